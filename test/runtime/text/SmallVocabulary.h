// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Small tokenisers for the tests, of both kinds.
#ifndef INGOT_TEST_RUNTIME_TEXT_SMALLVOCABULARY_H
#define INGOT_TEST_RUNTIME_TEXT_SMALLVOCABULARY_H

#include "frontends/text/TextSection.h"
#include "runtime/abi/Text.h"
#include "runtime/text/Tokenizer.h"
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

namespace ingot::text {

/// The printable spelling of a byte, as GPT-2 has it.
inline std::string spelled(unsigned byte) {
  unsigned code = byte, next = 256;
  for (unsigned b = 0; b <= byte; ++b) {
    bool printable = (b >= '!' && b <= '~') || (b >= 0xa1 && b <= 0xac) || b >= 0xae;
    code = printable ? b : next++;
  }
  if (code < 0x80) return std::string(1, char(code));
  return {char(0xc0 | code >> 6), char(0x80 | (code & 0x3f))};
}

/// 256 bytes (token = byte), then the merges' results, then the special tokens.
inline TokenizerSource bytePairs(const std::string &pre, const std::vector<std::string> &merges,
                                 const std::vector<std::string> &specials = {}) {
  TokenizerSource source;
  source.model = "gpt2";
  source.pre = pre;
  for (unsigned byte = 0; byte < 256; ++byte) source.tokens.push_back(spelled(byte));
  for (std::string merge : merges) {
    source.merges.push_back(merge);
    source.tokens.push_back(merge.erase(merge.find(' ', 1), 1));
  }
  source.tokenTypes.assign(source.tokens.size(), INGOT_TEXT_NORMAL);
  for (const std::string &special : specials) {
    source.tokens.push_back(special);
    source.tokenTypes.push_back(INGOT_TEXT_CONTROL);
  }
  return source;
}

/// <unk> <s> </s>, 256 bytes from 3 on, then the pieces, best first.
inline TokenizerSource scored(const std::vector<std::string> &pieces) {
  TokenizerSource source;
  source.model = "llama";
  source.tokens = {"<unk>", "<s>", "</s>"};
  source.tokenTypes = {INGOT_TEXT_UNKNOWN, INGOT_TEXT_CONTROL, INGOT_TEXT_CONTROL};
  source.scores = {0, 0, 0};
  for (unsigned byte = 0; byte < 256; ++byte) {
    char text[8];
    snprintf(text, sizeof(text), "<0x%02X>", byte);
    source.tokens.push_back(text);
    source.tokenTypes.push_back(INGOT_TEXT_BYTE);
    source.scores.push_back(0);
  }
  for (const std::string &piece : pieces) {
    source.tokens.push_back(piece);
    source.tokenTypes.push_back(INGOT_TEXT_NORMAL);
    source.scores.push_back(-float(source.scores.size()));
  }
  source.bos = 1;
  source.eos = 2;
  source.unknown = 0;
  return source;
}

/// A tokeniser with the section that it reads.
struct Opened {
  std::string bytes;
  std::vector<uint64_t> aligned;
  runtime::Tokenizer tokenizer;

  explicit Opened(const TokenizerSource &source) {
    llvm::Expected<std::string> section = buildTextSection(source);
    if (!section) {
      ADD_FAILURE() << llvm::toString(section.takeError());
      return;
    }
    bytes = *section;
    aligned.resize(bytes.size() / 8 + 1);
    memcpy(aligned.data(), bytes.data(), bytes.size());
    EXPECT_TRUE(tokenizer.open(aligned.data(), bytes.size()));
  }

  std::vector<int32_t> encode(std::string_view text, bool parseSpecial = false, bool addBos = false) const {
    runtime::Array<int32_t> ids;
    tokenizer.encode(text, parseSpecial, addBos, ids);
    return {ids.begin(), ids.end()};
  }
  std::vector<int32_t> encodeChat(std::string_view text) const {
    runtime::Array<int32_t> ids;
    tokenizer.encodeChat(text, ids);
    return {ids.begin(), ids.end()};
  }
  /// Each token's text.
  std::vector<std::string> pieces(std::string_view text) const {
    std::vector<std::string> found;
    for (int32_t id : encode(text)) found.emplace_back(tokenizer.tokenBytes(id));
    return found;
  }
  std::string decode(const std::vector<int32_t> &ids) const {
    std::string text;
    for (int32_t id : ids) text += tokenizer.tokenBytes(id);
    return text;
  }
};

} // namespace ingot::text
#endif
