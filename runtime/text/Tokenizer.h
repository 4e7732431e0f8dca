// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Text to tokens and back, by the tables of a text section.
#ifndef INGOT_RUNTIME_TEXT_TOKENIZER_H
#define INGOT_RUNTIME_TEXT_TOKENIZER_H

#include "runtime/memory/Array.h"
#include "runtime/text/TextTables.h"
#include <string_view>

namespace ingot::runtime {

class Merger;

class Tokenizer {
public:
  /// False if this is no text section of this version or if it is damaged. The section must stay mapped.
  bool open(const void *section, size_t size) { return tables.open(section, size); }

  /// Appends the tokens of any bytes (below 4 GiB) to `ids`. User-defined tokens are recognised always, control tokens where
  /// `parseSpecial`. `addBos` adds BOS where the model wants one; EOS is never added, since a prompt is to be continued.
  void encode(std::string_view text, bool parseSpecial, bool addBos, Array<int32_t> &ids) const;
  /// Tokens of a rendered chat: special tokens parsed, and BOS exactly once, whether the template writes it or not.
  void encodeChat(std::string_view rendered, Array<int32_t> &ids) const;

  /// The bytes of a token, which need not be whole characters; empty for an id outside the vocabulary.
  std::string_view tokenBytes(int32_t id) const {
    return id < 0 || uint32_t(id) >= vocabulary() ? std::string_view() : tables.symbolBytes(uint32_t(id));
  }
  /// A control or unknown token: part of the conversation's form, not of its text.
  bool isControl(int32_t id) const {
    if (id < 0 || uint32_t(id) >= vocabulary()) return false;
    return tables.types[uint32_t(id)] == INGOT_TEXT_CONTROL || tables.types[uint32_t(id)] == INGOT_TEXT_UNKNOWN;
  }
  /// Ends an answer.
  bool isEndToken(int32_t id) const;

  uint32_t vocabulary() const { return tables.head->token_count; }
  int32_t bos() const { return tables.head->bos; } ///< -1: none
  int32_t eos() const { return tables.head->eos; } ///< -1: none
  bool addsBos() const { return (tables.head->flags & INGOT_TEXT_ADD_BOS) && bos() >= 0; }
  bool addsSpacePrefix() const { return tables.head->flags & INGOT_TEXT_ADD_SPACE_PREFIX; }
  bool hasTemplate() const { return tables.head->flags & INGOT_TEXT_HAS_TEMPLATE; }
  const TextTables &textTables() const { return tables; }

private:
  /// Text without special tokens.
  void encodeText(std::string_view text, bool afterSpecial, Merger &merger, Array<int32_t> &ids) const;
  void encodeBytePairs(std::string_view text, Merger &merger, Array<int32_t> &ids) const;
  void encodeScored(std::string_view text, Merger &merger, Array<int32_t> &ids) const;

  TextTables tables;
};

/// Tokens to text as they come: what it returns never ends inside a character.
class StreamDecoder {
public:
  /// With `atStart` the space that a tokeniser with a space prefix puts before the first word is taken off again.
  explicit StreamDecoder(const Tokenizer &tokenizer, bool atStart = false) : tokenizer(tokenizer), dropSpace(atStart) {}

  /// The bytes that are complete with this token, control tokens giving none unless `showControl`. Valid until the next call.
  std::string_view push(int32_t id, bool showControl = false);
  /// The held back bytes, as they are: the beginning of a character that never got its end.
  std::string_view flush();

private:
  const Tokenizer &tokenizer;
  bool dropSpace;
  Text buffer; ///< what the last call returned, then what is held back
  size_t returned = 0;
};

} // namespace ingot::runtime
#endif
