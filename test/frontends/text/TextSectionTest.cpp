// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/runtime/text/SmallVocabulary.h"

using namespace ingot::text;
using Ids = std::vector<int32_t>;

static std::string errorOf(const TokenizerSource &source) {
  llvm::Expected<std::string> section = buildTextSection(source);
  return section ? "" : llvm::toString(section.takeError());
}
static Ids endsOf(const TokenizerSource &source) {
  Opened opened(source);
  Ids ends(opened.tokenizer.textTables().endTokens.begin(), opened.tokenizer.textTables().endTokens.end());
  for (int32_t id = -1; id <= int32_t(source.tokens.size()); ++id)
    EXPECT_EQ(opened.tokenizer.isEndToken(id), std::find(ends.begin(), ends.end(), id) != ends.end());
  return ends;
}

TEST(TextSection, EqualSourcesGiveEqualBytes) {
  TokenizerSource source = bytePairs("gpt-2", {"a b", "ab c"}, {"<|im_end|>"});
  source.chatTemplate = "{{ messages[0].content }}";
  EXPECT_EQ(Opened(source).bytes, Opened(source).bytes);
}

TEST(TextSection, EndTokensAreTheFilesAndTheWellKnown) {
  TokenizerSource source = bytePairs("gpt-2", {}, {"<|im_start|>", "<|im_end|>", "<|stop|>", "<|eot_id|>"});
  EXPECT_EQ(endsOf(source), (Ids{257, 259}));
  source.eos = 258;
  source.eot = 65;
  EXPECT_EQ(endsOf(source), (Ids{65, 257, 258, 259}));
  source = bytePairs("gpt-2", {}, {"<|end|>", "<|return|>", "<|call|>"});
  EXPECT_EQ(endsOf(source), (Ids{257, 258}));
}

TEST(TextSection, ATurnEndIsAControlTokenWhateverTheFileSays) {
  TokenizerSource source = bytePairs("gpt-2", {}, {"<|im_end|>"});
  source.tokenTypes.back() = INGOT_TEXT_NORMAL;
  EXPECT_EQ(Opened(source).encode("<|im_end|>", true), (Ids{256}));
  source.tokenTypes.clear();
  EXPECT_EQ(Opened(source).encode("<|im_end|>", true), (Ids{256}));
}

TEST(TextSection, RefusesUnknownNames) {
  TokenizerSource source = bytePairs("klingon", {});
  EXPECT_TRUE(llvm::StringRef(errorOf(source)).starts_with("pre-tokenizer 'klingon' is unknown\nnote: known are default, gpt-2, "));
  source.model = "bert";
  EXPECT_EQ(errorOf(source), "tokenizer model 'bert' is unknown\nnote: known are gpt2 and llama");
  source = scored({});
  source.pre = "qwen2";
  EXPECT_EQ(errorOf(source), "pre-tokenizer 'qwen2' is unknown with tokenizer model 'llama'\nnote: known is default");
}

TEST(TextSection, RefusesWhatDoesNotFit) {
  TokenizerSource source = bytePairs("gpt-2", {"a b"});
  source.merges.push_back("ab");
  EXPECT_EQ(errorOf(source), "merge 1 of the tokenizer is 'ab', but should be two texts separated by a blank");
  source = bytePairs("gpt-2", {});
  source.bos = 256;
  EXPECT_EQ(errorOf(source), "the bos token is 256, but the tokenizer has 256 tokens");
  source.bos = 0;
  source.tokenTypes.pop_back();
  EXPECT_EQ(errorOf(source), "the tokenizer has 256 tokens, but 255 token types");
  source.tokenTypes.push_back(7);
  EXPECT_EQ(errorOf(source), "token 255 has type 7; known are 0 to 6");
  source = scored({});
  source.scores.pop_back();
  EXPECT_EQ(errorOf(source), "the tokenizer has 259 tokens, but 258 scores");
  source.tokens.clear();
  EXPECT_EQ(errorOf(source), "the tokenizer has no tokens");
}
