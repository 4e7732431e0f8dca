// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// UTF-8, one character at a time.
#ifndef INGOT_RUNTIME_TEXT_UTF8_H
#define INGOT_RUNTIME_TEXT_UTF8_H

#include "runtime/memory/Array.h"
#include <stddef.h>
#include <stdint.h>
#include <string_view>

namespace ingot::runtime {

struct Utf8 {
  uint32_t code = 0;
  uint32_t length = 1; ///< bytes; 1 if invalid
  bool valid = false;
  bool incomplete = false; ///< invalid only because the text ends
};

/// The character at `text`, which has at least one byte. Overlong forms, surrogates and codes above U+10FFFF are invalid.
inline Utf8 decodeUtf8(const char *text, size_t size) {
  uint8_t first = uint8_t(text[0]);
  if (first < 0x80) return {first, 1, true};
  if (first < 0xc2 || first > 0xf4) return {};
  uint32_t length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  uint32_t code = first & (0x7f >> length);
  for (uint32_t at = 1; at < length; ++at) {
    if (at == size) return {0, 1, false, true};
    uint8_t next = uint8_t(text[at]);
    uint8_t low = at > 1 ? 0x80 : first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    uint8_t high = at > 1 ? 0xbf : first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (next < low || next > high) return {};
    code = code << 6 | (next & 0x3f);
  }
  return {code, length, true};
}

/// Bytes at the end of the text that begin a character whose rest is missing, 0 to 3.
inline size_t incompleteTail(std::string_view text) {
  for (size_t back = 1; back <= 3 && back <= text.size(); ++back) {
    const char *at = text.data() + text.size() - back;
    if (decodeUtf8(at, back).incomplete) return back;
  }
  return 0;
}

inline void appendUtf8(Text &out, uint32_t code) {
  if (code < 0x80) return out.push(char(code));
  if (code >= 0x10000) {
    out.push(char(0xf0 | code >> 18));
    out.push(char(0x80 | (code >> 12 & 0x3f)));
  } else if (code >= 0x800) {
    out.push(char(0xe0 | code >> 12));
  } else {
    out.push(char(0xc0 | code >> 6));
  }
  if (code >= 0x800) out.push(char(0x80 | (code >> 6 & 0x3f)));
  out.push(char(0x80 | (code & 0x3f)));
}

} // namespace ingot::runtime
#endif
