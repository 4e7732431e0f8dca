// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/gguf/Inspect.h"
#include "test/frontends/gguf/Samples.h"

#include "llvm/Support/JSON.h"

#include <gtest/gtest.h>

using namespace ingot;
using namespace ingot::test;

namespace {

gguf::File awkwardFile() {
  GgufWriter writer;
  writer.string("general.architecture", "llama").string("broken", "a\xff\nb").float32("nan", NAN).float32("inf", -INFINITY);
  writer.int32s("long", {1, 2, 3, 4, 5, 6, 7, 8}).strings("short", {"x", "y\xc0"}).float32("tiny", 1e-5f);
  writer.raw("big", GgufWriter::UInt64, bytesOf<uint64_t>(~0ull)).string("text", std::string(200, 'x'));
  writer.tensor("token_embd.weight", {64, 4}, GgufWriter::Q8_0).tensor("t", {256}, GgufWriter::IQ4_XS);
  return llvm::cantFail(readBytes(writer.bytes()));
}

std::string print(const gguf::File &file, bool json, const gguf::InspectOptions &options = {}) {
  std::string text;
  llvm::raw_string_ostream out(text);
  (json ? gguf::inspectAsJson : gguf::inspect)(file, out, options);
  return text;
}

TEST(GgufInspect, isReadable) {
  const std::string text = print(awkwardFile(), false);
  for (const char *line : {
           "model.gguf: GGUF version 3, 1032 B, alignment 32\n",
           "\nmetadata (9)\n  general.architecture  string    \"llama\"\n",
           "\n  broken                string    \"a\ufffd\\nb\"\n",
           "\n  nan                   float32   nan\n",
           "\n  long                  array of int32  [1, 2, 3, 4, 5, 6, … 8 in all]\n",
           "\n  tiny                  float32   1e-05\n",
           "\n  big                   uint64    18446744073709551615\n",
           "\ntensors (2)   shape, format, bytes, offset\n  token_embd.weight  64x4  Q8_0             272  0x",
           "\n  t                   256  IQ4_XS           136  0x",
           "  not supported\n",
           "\nformats\n  Q8_0         1 tensors            256 elements      272 B  8.50 bits an element\n",
           "\n  all          2 tensors            512 elements      408 B  6.38 bits an element\n",
       })
    EXPECT_NE(text.find(line), std::string::npos) << "missing: " << line << "\nin:\n" << text;
  EXPECT_NE(text.find("\"" + std::string(72, 'x') + "…\""), std::string::npos);
  EXPECT_TRUE(llvm::json::isUTF8(text));
}

TEST(GgufInspect, isJson) {
  gguf::InspectOptions options;
  options.fate = [](const gguf::Tensor &tensor) { return tensor.format ? "packed" : ""; };
  const std::string text = print(awkwardFile(), true, options);
  llvm::Expected<llvm::json::Value> json = llvm::json::parse(text);
  ASSERT_TRUE(bool(json)) << llvm::toString(json.takeError()) << text;
  const llvm::json::Object &root = *json->getAsObject();
  EXPECT_EQ(root.getString("path"), "model.gguf");
  EXPECT_EQ(root.getInteger("version"), 3);
  const llvm::json::Array &metadata = *root.getArray("metadata");
  ASSERT_EQ(metadata.size(), 9u);
  EXPECT_EQ(metadata[1].getAsObject()->getString("value"), "a\ufffd\nb");
  EXPECT_EQ(metadata[2].getAsObject()->getString("value"), "nan");
  EXPECT_EQ(metadata[3].getAsObject()->getString("value"), "-inf");
  EXPECT_EQ(metadata[4].getAsObject()->getInteger("count"), 8);
  EXPECT_EQ(metadata[4].getAsObject()->getArray("first")->size(), 6u);
  EXPECT_EQ(metadata[5].getAsObject()->getArray("value")->size(), 2u);
  EXPECT_NE(text.find("\"value\": 1e-05"), std::string::npos);
  EXPECT_NE(text.find("\"value\": 18446744073709551615"), std::string::npos);
  const llvm::json::Object &tensor = *(*root.getArray("tensors"))[0].getAsObject();
  EXPECT_EQ(tensor.getString("format"), "Q8_0");
  EXPECT_EQ(tensor.getString("fate"), "packed");
  EXPECT_EQ(tensor.getInteger("bytes"), 272);
  EXPECT_EQ(tensor.getArray("shape")->size(), 2u);
  const llvm::json::Object &unknown = *(*root.getArray("tensors"))[1].getAsObject();
  EXPECT_EQ(unknown.getBoolean("supported"), false);
  EXPECT_FALSE(unknown.get("fate"));
  EXPECT_EQ(root.getArray("formats")->size(), 2u);
}

} // namespace
