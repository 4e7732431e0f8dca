// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Text as characters with their classes. A byte that begins no valid UTF-8 sequence is a character of its own.
#ifndef INGOT_RUNTIME_TEXT_CHARACTERS_H
#define INGOT_RUNTIME_TEXT_CHARACTERS_H

#include "runtime/text/TextTables.h"
#include "runtime/text/Utf8.h"
#include <algorithm>

namespace ingot::runtime {

struct Character {
  uint32_t code = 0;
  uint32_t length = 0; ///< bytes; 0 at the end of the text
  uint8_t classes = 0; ///< set of ingot_text_class; 0 at the end of the text

  bool is(unsigned set) const { return classes & set; }
  bool isWord() const { return classes & (INGOT_TEXT_LETTER | INGOT_TEXT_NUMBER | INGOT_TEXT_SPACE); }
  /// [^\s\p{L}\p{N}]
  bool isMark() const { return classes && !isWord(); }
  bool isLineEnd() const { return length && (code == '\r' || code == '\n'); }
};

inline uint8_t classesOf(const TextTables &tables, uint32_t code) {
  if (code < 128) return tables.head->ascii_classes[code];
  const uint32_t *next = std::upper_bound(tables.classes.begin(), tables.classes.end(), code << 8 | 0xff);
  return next == tables.classes.begin() ? uint8_t(INGOT_TEXT_OTHER) : uint8_t(next[-1]);
}

inline Character characterAt(const TextTables &tables, std::string_view text, size_t at) {
  if (at >= text.size()) return {};
  Utf8 decoded = decodeUtf8(text.data() + at, text.size() - at);
  if (!decoded.valid) return {0xfffd, 1, INGOT_TEXT_OTHER};
  return {decoded.code, decoded.length, classesOf(tables, decoded.code)};
}

} // namespace ingot::runtime
#endif
