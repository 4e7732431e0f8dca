// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/runtime/text/SmallVocabulary.h"

using namespace ingot::text;
using ingot::runtime::StreamDecoder;

TEST(StreamDecoder, NeverSplitsACharacter) {
  Opened opened(bytePairs("gpt-2", {}));
  StreamDecoder decoder(opened.tokenizer);
  std::vector<std::string> pieces;
  for (char byte : std::string("aé東😀")) pieces.emplace_back(decoder.push(uint8_t(byte)));
  EXPECT_EQ(pieces, (std::vector<std::string>{"a", "", "é", "", "", "東", "", "", "", "😀"}));
  EXPECT_EQ(decoder.flush(), "");
}

TEST(StreamDecoder, GivesInvalidBytesAsTheyAre) {
  Opened opened(bytePairs("gpt-2", {}));
  StreamDecoder decoder(opened.tokenizer);
  EXPECT_EQ(decoder.push(0xff), "\xff");
  EXPECT_EQ(decoder.push(0xe6), "");
  EXPECT_EQ(decoder.push('x'), "\xe6x");
  EXPECT_EQ(decoder.push(0xe6), "");
  EXPECT_EQ(decoder.push(0x9d), "");
  EXPECT_EQ(decoder.flush(), "\xe6\x9d");
  EXPECT_EQ(decoder.flush(), "");
}

TEST(StreamDecoder, HidesControlTokensUnlessAsked) {
  Opened opened(bytePairs("gpt-2", {}, {"<|a|>"}));
  StreamDecoder decoder(opened.tokenizer);
  EXPECT_EQ(decoder.push(256), "");
  EXPECT_EQ(decoder.push(256, true), "<|a|>");
  EXPECT_EQ(decoder.push(-1), "");
  EXPECT_EQ(decoder.push(1 << 30), "");
}

TEST(StreamDecoder, TakesOffThePrefixedSpaceAtTheStart) {
  TokenizerSource source = scored({"▁a"});
  Opened opened(source);
  StreamDecoder atStart(opened.tokenizer, true), within(opened.tokenizer);
  EXPECT_EQ(atStart.push(259), "a");
  EXPECT_EQ(atStart.push(259), " a");
  EXPECT_EQ(within.push(259), " a");
  source.addSpacePrefix = false;
  Opened without(source);
  EXPECT_EQ(StreamDecoder(without.tokenizer, true).push(259), " a");
}
