// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A text section as typed arrays, checked once when it is opened: every array lies inside the section. What the arrays hold is
// trusted, since the section is part of the program and has its checksum.
#ifndef INGOT_RUNTIME_TEXT_TEXTTABLES_H
#define INGOT_RUNTIME_TEXT_TEXTTABLES_H

#include "runtime/abi/ChatTemplate.h"
#include "runtime/abi/Text.h"
#include <stddef.h>
#include <stdint.h>
#include <string_view>

namespace ingot::runtime {

template <typename Element> struct Span {
  const Element *elements = nullptr;
  uint32_t count = 0;

  const Element &operator[](size_t index) const { return elements[index]; }
  const Element *begin() const { return elements; }
  const Element *end() const { return elements + count; }
};

struct TextTables {
  const ingot_text_tables *head = nullptr;
  Span<uint32_t> symbolBegin;
  Span<char> bytes;
  Span<uint8_t> types;
  Span<uint32_t> ranks;
  Span<ingot_text_merge> merges;
  Span<uint32_t> mergeSlots, textSlots;
  Span<ingot_text_special> specials;
  Span<int32_t> endTokens;
  Span<uint32_t> classes;
  Span<ingot_template_node> templateNodes;
  Span<uint32_t> templateWords;
  Span<ingot_text_array> templateStrings;
  Span<char> templateBytes, templateSource;

  /// False if this is no text section of this version or if it is incomplete.
  bool open(const void *section, size_t size);

  std::string_view symbolBytes(uint32_t symbol) const {
    return {bytes.elements + symbolBegin[symbol], symbolBegin[symbol + 1] - symbolBegin[symbol]};
  }
  /// The token of these bytes, special or mergeable; INGOT_TEXT_NONE if there is none.
  uint32_t findText(const char *text, size_t length, bool special) const;
  /// The merge of two symbols; null if they don't merge.
  const ingot_text_merge *findMerge(uint32_t left, uint32_t right) const;
};

} // namespace ingot::runtime
#endif
