// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/gguf/Tokenizer.h"
#include "test/frontends/gguf/Samples.h"

#include <gtest/gtest.h>

using namespace ingot;
using namespace ingot::test;

namespace {

GgufWriter withTokens() {
  GgufWriter writer;
  writer.string("tokenizer.ggml.model", "gpt2").strings("tokenizer.ggml.tokens", {"a", "b", "ab"});
  return writer;
}

std::string complaint(const GgufWriter &writer) {
  const gguf::File file = llvm::cantFail(readBytes(writer.bytes()));
  auto tokenizer = gguf::readTokenizer(file);
  std::string text = tokenizer ? "" : llvm::toString(tokenizer.takeError());
  return text.substr(0, text.find(" (offset"));
}

TEST(GgufTokenizer, takesEverythingOut) {
  const gguf::File file = llvm::cantFail(readBytes(sampleModel().bytes()));
  const gguf::TokenizerMetadata tokenizer = llvm::cantFail(gguf::readTokenizer(file));
  EXPECT_EQ(tokenizer.model, "llama");
  EXPECT_EQ(tokenizer.tokens.size(), 4u);
  EXPECT_EQ(tokenizer.tokens[3], "a");
  EXPECT_EQ(tokenizer.scores[3], -1.0f);
  EXPECT_EQ(tokenizer.types[1], 3);
  EXPECT_EQ(tokenizer.bos, 1);
  EXPECT_EQ(tokenizer.eos, 2);
  EXPECT_EQ(tokenizer.unknown, std::nullopt);
  EXPECT_EQ(tokenizer.addBos, true);
  EXPECT_EQ(tokenizer.addSpacePrefix, std::nullopt);
  EXPECT_TRUE(tokenizer.merges.empty());
  const text::TokenizerSource source = llvm::cantFail(gguf::tokenizerSource(file));
  EXPECT_EQ(source.tokens[3], "a");
  EXPECT_EQ(source.bos, 1);
  EXPECT_EQ(source.addBos, true);
}

TEST(GgufTokenizer, minusOneMeansNoToken) {
  GgufWriter writer = withTokens();
  writer.int32("tokenizer.ggml.bos_token_id", -1).uint32("tokenizer.ggml.padding_token_id", 0xffffffff);
  writer.uint32("tokenizer.ggml.eos_token_id", 2).int32s("tokenizer.ggml.eos_token_ids", {0, 2});
  const gguf::File file = llvm::cantFail(readBytes(writer.bytes()));
  const gguf::TokenizerMetadata tokenizer = llvm::cantFail(gguf::readTokenizer(file));
  EXPECT_EQ(tokenizer.bos, std::nullopt);
  EXPECT_EQ(tokenizer.padding, std::nullopt);
  EXPECT_EQ(tokenizer.eos, 2);
  EXPECT_EQ(tokenizer.endTokens, (std::vector<int32_t>{0, 2}));
}

TEST(GgufTokenizer, complaints) {
  const std::string start = "model.gguf: error: ";
  GgufWriter none;
  none.string("general.architecture", "llama");
  EXPECT_EQ(complaint(none), start +
                                 "the file has no tokenizer: metadata key 'tokenizer.ggml.model' is missing\n"
                                 "note: convert the model with its tokenizer; files with weights or a vocabulary only cannot be "
                                 "compiled");
  GgufWriter empty;
  empty.string("tokenizer.ggml.model", "llama").strings("tokenizer.ggml.tokens", {});
  EXPECT_EQ(complaint(empty), start + "metadata key 'tokenizer.ggml.tokens' has no tokens");
  EXPECT_EQ(complaint(withTokens().floats("tokenizer.ggml.scores", {1, 2})),
            start + "metadata key 'tokenizer.ggml.scores' has 2 elements, but there are 3 tokens");
  EXPECT_EQ(complaint(withTokens().floats("tokenizer.ggml.merges", {1, 2})),
            start + "metadata key 'tokenizer.ggml.merges' is of type array of float32, not an array of strings");
  EXPECT_EQ(complaint(withTokens().strings("tokenizer.ggml.token_type", {"", "", ""})),
            start + "metadata key 'tokenizer.ggml.token_type' is of type array of string, not an array of integers");
  EXPECT_EQ(complaint(withTokens().uint32("tokenizer.ggml.eos_token_id", 3)),
            start + "metadata key 'tokenizer.ggml.eos_token_id' is 3, but token ids go from 0 to 2");
  EXPECT_EQ(complaint(withTokens().string("tokenizer.ggml.eos_token_id", "b")),
            start + "metadata key 'tokenizer.ggml.eos_token_id' is of type string, not a token id");
  EXPECT_EQ(complaint(withTokens().int32s("tokenizer.ggml.eos_token_ids", {1, -5})),
            start + "metadata key 'tokenizer.ggml.eos_token_ids' is -5, but token ids go from 0 to 2");
  EXPECT_EQ(complaint(withTokens().uint32("tokenizer.ggml.add_bos_token", 1)),
            start + "metadata key 'tokenizer.ggml.add_bos_token' is uint32 '1', not a bool");
  EXPECT_EQ(complaint(withTokens().uint32("tokenizer.chat_template", 1)),
            start + "metadata key 'tokenizer.chat_template' is of type uint32, not a string");
  EXPECT_EQ(complaint(withTokens().string("tokenizer.ggml.precompiled_charsmap", "x")),
            start + "metadata key 'tokenizer.ggml.precompiled_charsmap' is of type string, not bytes");
}

TEST(GgufTokenizer, refusesSettingsThatWouldBeIgnored) {
  const gguf::File file =
      llvm::cantFail(readBytes(withTokens().boolean("tokenizer.ggml.treat_whitespace_as_suffix", true).bytes()));
  EXPECT_EQ(llvm::toString(gguf::tokenizerSource(file).takeError()),
            "model.gguf: error: 'tokenizer.ggml.treat_whitespace_as_suffix' is true, which is not supported yet (offset 0x8d)");
}

} // namespace
