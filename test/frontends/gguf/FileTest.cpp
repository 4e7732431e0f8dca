// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a good file reads as.
#include "test/frontends/gguf/Samples.h"

#include <gtest/gtest.h>

using namespace ingot;
using namespace ingot::test;
using packed::BlockFormat;

namespace {

/// A value that must be there.
template <typename T> T valueOf(llvm::Expected<T> value) {
  if (value) return std::move(*value);
  ADD_FAILURE() << llvm::toString(value.takeError());
  return T();
}

gguf::File sample() {
  static const std::string bytes = sampleModel().bytes();
  return llvm::cantFail(readBytes(bytes));
}

TEST(GgufFile, readsEveryTypeOfValue) {
  const gguf::File file = sample();
  EXPECT_EQ(valueOf(file.integer("every.uint8")), 200);
  EXPECT_EQ(valueOf(file.integer("every.int8")), -100);
  EXPECT_EQ(valueOf(file.integer("every.uint16")), 60000);
  EXPECT_EQ(valueOf(file.integer("every.int16")), -30000);
  EXPECT_EQ(valueOf(file.integer("every.uint32")), 4000000000);
  EXPECT_EQ(valueOf(file.integer("every.int32")), -2000000000);
  EXPECT_EQ(valueOf(file.integer("every.int64")), -(1ll << 62));
  EXPECT_EQ(valueOf(file.number("every.uint64")), 0x1p63);
  EXPECT_EQ(valueOf(file.number("every.float32")), 1e-5f);
  EXPECT_EQ(valueOf(file.number("every.float64")), 0.1);
  EXPECT_EQ(valueOf(file.number("every.int8")), -100);
  EXPECT_TRUE(valueOf(file.boolean("every.bool")));
  EXPECT_EQ(valueOf(file.string("every.string")), "naïve\n");
  EXPECT_EQ(file.find("every.uint64")->asInteger(), std::nullopt); // does not fit
  EXPECT_EQ(file.find("every.uint64")->text(), "9223372036854775808");
}

TEST(GgufFile, readsArrays) {
  const gguf::File file = sample();
  EXPECT_EQ(*file.find("every.bools")->asBooleans(), (std::vector<bool>{true, false, true}));
  EXPECT_EQ(*file.find("tokenizer.ggml.token_type")->asIntegers(), (std::vector<int64_t>{2, 3, 3, 1}));
  EXPECT_EQ(*file.find("tokenizer.ggml.scores")->asFloats(), (std::vector<float>{0, 0, 0, -1}));
  EXPECT_EQ(file.find("tokenizer.ggml.tokens")->asStrings()->back(), "a");
  EXPECT_EQ(file.find("tokenizer.ggml.tokens")->asIntegers(), std::nullopt);
  EXPECT_EQ(file.find("every.bool")->asIntegers(), std::nullopt);
  std::vector<std::string> inner;
  file.find("every.nested")->forEach([&](const gguf::Value &element) {
    inner.push_back(element.typeText() + " " + std::to_string(element.size()));
    return true;
  });
  EXPECT_EQ(inner, (std::vector<std::string>{"array of int32 2", "array of string 1"}));
}

TEST(GgufFile, fallbacksCountOnlyForMissingKeys) {
  const gguf::File file = sample();
  EXPECT_EQ(valueOf(file.integer("none", 5)), 5);
  EXPECT_EQ(valueOf(file.string("none", "x")), "x");
  EXPECT_EQ(llvm::toString(file.integer("none").takeError()), "model.gguf: error: metadata key 'none' is missing\n"
                                                              "note: if you know its value, rerun with --set none=VALUE");
  EXPECT_EQ(llvm::toString(file.integer("general.architecture", 5).takeError()),
            "model.gguf: error: metadata key 'general.architecture' is string 'llama', not an integer below 2^63 (offset 0x18)");
  EXPECT_EQ(llvm::toString(file.number("every.bools").takeError()).substr(0, 81),
            "model.gguf: error: metadata key 'every.bools' is an array of bool, not a number (");
}

TEST(GgufFile, findsTensors) {
  const gguf::File file = sample();
  ASSERT_EQ(file.tensors().size(), 3u);
  const gguf::Tensor *embedding = file.tensor("token_embd.weight");
  ASSERT_TRUE(embedding);
  EXPECT_EQ(embedding->format, BlockFormat::Q8_0);
  EXPECT_EQ(embedding->columns(), 64);
  EXPECT_EQ(embedding->rows(), 4);
  EXPECT_EQ(embedding->shapeText(), "64x4");
  EXPECT_EQ(embedding->data.size(), 4u * 2 * 34);
  EXPECT_EQ(embedding->data[33], 1); // 33 % 32, as the writer fills it
  EXPECT_EQ(embedding->offset % 32, 0u);
  EXPECT_FALSE(file.tensor("none"));
}

TEST(GgufFile, keepsUnknownFormatsToNameThem) {
  const gguf::File file = sample();
  const gguf::Tensor *tensor = file.tensor("blk.0.ffn_up.weight");
  EXPECT_FALSE(tensor->format);
  EXPECT_EQ(tensor->data.size(), 3u * 136);
  const std::string text = llvm::toString(file.unsupportedFormat(*tensor));
  EXPECT_EQ(text.find("model.gguf: error: tensor 'blk.0.ffn_up.weight' is stored as IQ4_XS, which is not supported (offset 0x"),
            0u);
  EXPECT_NE(text.find("\nnote: supported formats: F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q2_K, Q3_K, Q4_K, Q5_K, Q6_K"),
            std::string::npos);
  GgufWriter newer;
  newer.tensor("t", {7}, 77);
  const std::string bytes = newer.bytes();
  const gguf::File file77 = llvm::cantFail(readBytes(bytes));
  EXPECT_NE(llvm::toString(file77.unsupportedFormat(file77.tensors()[0])).find("stored as type 77"), std::string::npos);
}

TEST(GgufFile, readsVersion2AndAnyAlignment) {
  GgufWriter writer;
  writer.version = 2;
  writer.alignment = 256;
  writer.uint32("general.alignment", 256).tensor("a", {3}, GgufWriter::F32).tensor("b", {3, 2}, GgufWriter::F16);
  const std::string bytes = writer.bytes();
  const gguf::File file = llvm::cantFail(readBytes(bytes));
  EXPECT_EQ(file.version(), 2u);
  EXPECT_EQ(file.alignment(), 256u);
  EXPECT_EQ(file.tensors()[1].offset, file.tensors()[0].offset + 256);
}

TEST(GgufFile, readsAFileWithoutTensors) {
  GgufWriter writer;
  writer.string("general.architecture", "llama");
  EXPECT_EQ(complaintAbout(writer.bytes()), "");
  EXPECT_EQ(complaintAbout(GgufWriter().bytes()), "");
}

TEST(GgufFile, setReplacesAndAddsValues) {
  gguf::File file = sample();
  EXPECT_FALSE(file.set("llama.block_count", "7"));
  EXPECT_EQ(valueOf(file.integer("llama.block_count")), 7);
  EXPECT_TRUE(file.entry("llama.block_count")->overridden);
  EXPECT_FALSE(file.set("every.int8", "-128"));
  EXPECT_EQ(valueOf(file.integer("every.int8")), -128);
  EXPECT_FALSE(file.set("llama.rope.freq_base", "1e6"));
  EXPECT_EQ(valueOf(file.number("llama.rope.freq_base")), 1e6);
  EXPECT_FALSE(file.set("every.bool", "false"));
  EXPECT_FALSE(valueOf(file.boolean("every.bool")));
  EXPECT_FALSE(file.set("tokenizer.chat_template", "{{ x }}"));
  EXPECT_EQ(valueOf(file.string("tokenizer.chat_template")), "{{ x }}");
  EXPECT_FALSE(file.set("llama.attention.scale", "0.25"));
  EXPECT_EQ(valueOf(file.number("llama.attention.scale")), 0.25);
  EXPECT_FALSE(file.set("llama.vocab_size", "12"));
  EXPECT_EQ(valueOf(file.integer("llama.vocab_size")), 12);
  const gguf::File moved = std::move(file);
  EXPECT_EQ(valueOf(moved.string("tokenizer.chat_template")), "{{ x }}");
  EXPECT_EQ(llvm::toString(moved.boolean("llama.vocab_size").takeError()),
            "model.gguf: error: metadata key 'llama.vocab_size' is int64 '12', not a bool\nnote: the value was given with --set");
}

TEST(GgufFile, setRefusesWhatDoesNotFit) {
  gguf::File file = sample();
  auto complaint = [&](llvm::StringRef key, llvm::StringRef text) { return llvm::toString(file.set(key, text)); };
  EXPECT_EQ(complaint("llama.block_count", "many"),
            "model.gguf: error: metadata key 'llama.block_count' is of type uint32 ('2' in the file); 'many' is not");
  EXPECT_EQ(complaint("every.int8", "128"),
            "model.gguf: error: metadata key 'every.int8' is of type int8 ('-100' in the file); '128' is not");
  EXPECT_EQ(complaint("tokenizer.ggml.scores", "1"),
            "model.gguf: error: metadata key 'tokenizer.ggml.scores' is an array of float32; only single values can be set");
  EXPECT_EQ(complaint("general.alignment", "64"),
            "model.gguf: error: metadata key 'general.alignment' describes the file itself and cannot be set");
  EXPECT_EQ(complaint("lama.block_count", "3"), "model.gguf: error: there is no metadata key 'lama.block_count' to set\n"
                                                "note: did you mean 'llama.block_count'?");
  EXPECT_EQ(complaint("x", "3"),
            "model.gguf: error: there is no metadata key 'x' to set\nnote: ingot inspect lists the file's keys");
  EXPECT_EQ(valueOf(file.integer("llama.block_count")), 2);
}

} // namespace
