// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/text/Words.h"
#include "test/runtime/text/SmallVocabulary.h"
#include <chrono>
#include <random>

using namespace ingot::text;
using Ids = std::vector<int32_t>;
using Words = std::vector<std::string>;

static Words wordsOf(const std::string &pre, std::string_view text) {
  Opened opened(bytePairs(pre, {}));
  Words words;
  ingot::runtime::WordCutter(opened.tokenizer.textTables()).cut(text, [&](std::string_view word) { words.emplace_back(word); });
  return words;
}

TEST(Words, Gpt2) {
  EXPECT_EQ(wordsOf("gpt-2", "I'll say  2x 'S"), (Words{"I", "'ll", " say", " ", " 2", "x", " '", "S"}));
  EXPECT_EQ(wordsOf("gpt-2", "a   b"), (Words{"a", "  ", " b"}));
  EXPECT_EQ(wordsOf("gpt-2", "a  \n\n"), (Words{"a", "  \n\n"}));
  EXPECT_EQ(wordsOf("gpt-2", "größe №5 x²"), (Words{"größe", " №", "5", " x", "²"}));
  EXPECT_EQ(wordsOf("gpt-2", ""), Words{});
}

TEST(Words, SmollmCutsNumbersFirst) {
  EXPECT_EQ(wordsOf("smollm", "in 2024,  7"), (Words{"in", " ", "2", "0", "2", "4", ",", "  ", "7"}));
  EXPECT_EQ(wordsOf("smollm", "12"), (Words{"1", "2"}));
}

TEST(Words, Llama3) {
  EXPECT_EQ(wordsOf("llama-bpe", "I'LL 12345 (ab)\n\n x"), (Words{"I", "'LL", " ", "123", "45", " (", "ab", ")\n\n", " x"}));
  EXPECT_EQ(wordsOf("llama-bpe", "a \n \n  b \t\n"), (Words{"a", " \n \n", " ", " b", " \t\n"}));
  EXPECT_EQ(wordsOf("llama-bpe", "!word\tword"), (Words{"!word", "\tword"}));
}

TEST(Words, Qwen2TakesSingleDigits) { EXPECT_EQ(wordsOf("qwen2", "a 123"), (Words{"a", " ", "1", "2", "3"})); }

TEST(Words, DefaultCutsPunctuationAndDigits) {
  EXPECT_EQ(wordsOf("default", "ab, c+1 12345 it's"), (Words{"ab", ",", " c", "+", "1", " ", "123", "45", " it", "'", "s"}));
}

TEST(Words, TekkenCutsBeforeUpperCase) {
  EXPECT_EQ(wordsOf("tekken", "camelCase HTTPServer ABC"), (Words{"camel", "Case", " HTTPServer", " ABC"}));
  EXPECT_EQ(wordsOf("tekken", "a//\n12"), (Words{"a", "//\n", "1", "2"}));
}

TEST(Words, AreTheText) {
  std::mt19937 random(1);
  for (const char *pre : {"gpt-2", "smollm", "llama-bpe", "qwen2", "default", "tekken"})
    for (int round = 0; round < 200; ++round) {
      std::string text, joined;
      constexpr const char *parts[] = {" ", "  ", "\n",   "a",        "B",  "1", "23", "'s",      "'",
                                       "é", "東", "\xff", "\xe6\x9d", "\r", "!", "½",  "\xc2\xa0"};
      for (int i = 0; i < 12; ++i) text += parts[random() % std::size(parts)];
      for (const std::string &word : wordsOf(pre, text)) joined += word;
      EXPECT_EQ(joined, text) << pre;
    }
}

TEST(BytePairs, MergesByRankThenFromTheLeft) {
  Opened opened(bytePairs("gpt-2", {"a b", "b c", "ab c", "c c"}));
  EXPECT_EQ(opened.pieces("abc"), (Words{"abc"}));
  EXPECT_EQ(opened.pieces("bcc"), (Words{"bc", "c"}));
  EXPECT_EQ(opened.pieces("ccc"), (Words{"cc", "c"}));
  EXPECT_EQ(opened.pieces("xbc"), (Words{"x", "bc"}));
}

TEST(BytePairs, MergesThroughStringsThatAreNoTokens) {
  TokenizerSource source = bytePairs("gpt-2", {"a b"});
  source.tokens.push_back("abc");
  source.tokenTypes.push_back(INGOT_TEXT_NORMAL);
  source.tokens[256] = "unused"; // "ab" is no token any more
  source.merges.push_back("ab c");
  Opened opened(source);
  EXPECT_EQ(opened.encode("abc"), (Ids{257}));
  EXPECT_EQ(opened.encode("ab"), (Ids{'a', 'b'}));
}

TEST(BytePairs, WholeWordsWhereMergesAreIgnored) {
  TokenizerSource source = bytePairs("llama-bpe", {"a b"});
  source.tokens.push_back("zab");
  source.tokenTypes.push_back(INGOT_TEXT_NORMAL);
  source.addBos = false;
  EXPECT_EQ(Opened(source).encode("zab"), (Ids{257}));
  source.pre = "smaug-bpe";
  EXPECT_EQ(Opened(source).encode("zab"), (Ids{'z', 256}));
}

TEST(Scored, MergesTheBestScoreFirst) {
  Opened opened(scored({"▁", "a", "b", "c", "bc", "ab", "abc"}));
  EXPECT_EQ(opened.encode("abc"), (Ids{259, 265})); // ▁, then bc before ab, then abc
  EXPECT_EQ(opened.pieces("aab"), (Words{" ", "a", "ab"}));
}

TEST(Scored, PrefixesASpaceAtTheStartAndAfterSpecialTokens) {
  TokenizerSource source = scored({"▁", "a", "▁a"});
  Opened opened(source);
  EXPECT_EQ(opened.encode("a"), (Ids{261}));
  EXPECT_EQ(opened.encode(""), Ids{});
  EXPECT_EQ(opened.encode("a</s>a", true), (Ids{261, 2, 261}));
  source.addSpacePrefix = false;
  EXPECT_EQ(Opened(source).encode("a a"), (Ids{260, 261}));
}

TEST(Scored, FallsBackToBytes) {
  Opened opened(scored({"▁"}));
  EXPECT_EQ(opened.encode("é"), (Ids{259, 3 + 0xc3, 3 + 0xa9}));
  EXPECT_EQ(opened.encode("\xff\xc3"), (Ids{259, 3 + 0xff, 3 + 0xc3}));
}

TEST(Scored, NeverMergesToAControlToken) {
  TokenizerSource source = scored({"<", "s", ">", "<s"});
  source.addSpacePrefix = false;
  EXPECT_EQ(Opened(source).encode("<s>"), (Ids{262, 261}));
  EXPECT_EQ(Opened(source).encode("<s>", true), (Ids{1}));
}

TEST(SpecialTokens, AreParsedOnlyWhenAsked) {
  Opened opened(bytePairs("gpt-2", {}, {"<|a|>", "<|im_end|>"}));
  EXPECT_EQ(opened.encode("x<|a|>y", true), (Ids{'x', 256, 'y'}));
  EXPECT_EQ(opened.encode("x<|a|>y").size(), 7u);
  EXPECT_EQ(opened.encode("<|a|><|a|>", true), (Ids{256, 256}));
  EXPECT_EQ(opened.encode("<|a|", true), (Ids{'<', '|', 'a', '|'}));
}

TEST(SpecialTokens, UserDefinedOnesAlways) {
  TokenizerSource source = bytePairs("gpt-2", {}, {"<tag>"});
  source.tokenTypes.back() = INGOT_TEXT_USER_DEFINED;
  EXPECT_EQ(Opened(source).encode("a<tag>"), (Ids{'a', 256}));
}

TEST(SpecialTokens, TheLongestCounts) {
  Opened opened(bytePairs("gpt-2", {}, {"ab", "bcde", "abc"}));
  EXPECT_EQ(opened.encode("abcde", true), (Ids{'a', 257}));
  EXPECT_EQ(opened.encode("abcab", true), (Ids{258, 256}));
}

TEST(Tokenizer, AddsBosWhereTheModelWantsIt) {
  TokenizerSource source = bytePairs("gpt-2", {}, {"<s>"});
  source.bos = 256;
  EXPECT_EQ(Opened(source).encode("a", false, true), (Ids{'a'}));
  source.addBos = true;
  EXPECT_EQ(Opened(source).encode("a", false, true), (Ids{256, 'a'}));
  EXPECT_EQ(Opened(source).encode("a"), (Ids{'a'}));
}

TEST(Tokenizer, ChatHasBosOnce) {
  TokenizerSource source = bytePairs("gpt-2", {}, {"<s>"});
  source.bos = 256;
  source.addBos = true;
  EXPECT_EQ(Opened(source).encodeChat("a"), (Ids{256, 'a'}));
  EXPECT_EQ(Opened(source).encodeChat("<s>a"), (Ids{256, 'a'}));
  source.addBos = false;
  EXPECT_EQ(Opened(source).encodeChat("a"), (Ids{'a'}));
}

TEST(Tokenizer, DecodesToTheSameBytes) {
  Opened pairs(bytePairs("llama-bpe", {"a b", "ab c", "Ġ a", "Ã ©"}));
  TokenizerSource source = scored({"▁", "a", "b", "ab", "▁a", "é"});
  source.addSpacePrefix = false;
  Opened pieces(source);
  std::mt19937 random(2);
  for (int round = 0; round < 300; ++round) {
    std::string text;
    for (int i = 0; i < 40; ++i) text.push_back(random() % 2 ? char(random()) : "ab cé"[random() % 6]);
    EXPECT_EQ(pairs.decode(pairs.encode(text)), text);
    EXPECT_EQ(pieces.decode(pieces.encode(text)), text);
  }
}

// With merges one at a time by a search, these would take hours.
TEST(Tokenizer, LongTextsWithoutBreaksStayFast) {
  Opened pairs(bytePairs("gpt-2", {"a a", "aa aa", "aaaa aaaa"}));
  Opened pieces(scored({"▁", "a", "aa", "aaaa", "aaaaaaaa"}));
  std::string text(300000, 'a');
  auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(pairs.encode(text).size(), 300000u / 8);
  EXPECT_EQ(pieces.encode(text).size(), 300000u / 8 + 1);
  EXPECT_LT(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(), 20);
}

TEST(Tokenizer, RefusesOtherBytes) {
  Opened opened(bytePairs("gpt-2", {"a b"}));
  ingot::runtime::Tokenizer other;
  for (size_t size : {size_t(0), size_t(8), sizeof(ingot_text_tables), opened.bytes.size() - 8})
    EXPECT_FALSE(other.open(opened.aligned.data(), size)) << size;
  std::vector<uint64_t> changed = opened.aligned;
  auto *head = reinterpret_cast<ingot_text_tables *>(changed.data());
  head->version += 1;
  EXPECT_FALSE(other.open(changed.data(), opened.bytes.size()));
  head->version -= 1;
  head->merges.count = 1u << 30;
  EXPECT_FALSE(other.open(changed.data(), opened.bytes.size()));
  head->magic[0] = 'J';
  EXPECT_FALSE(other.open(changed.data(), opened.bytes.size()));
}
