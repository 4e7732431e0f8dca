// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/text/TextTables.h"
#include <string.h>

namespace ingot::runtime {

template <typename Element> static bool take(Span<Element> &span, const void *section, size_t size, const ingot_text_array &place) {
  uint64_t end = place.offset + uint64_t(place.count) * sizeof(Element);
  if (end > size || place.offset % alignof(Element) != 0) return false;
  span = {reinterpret_cast<const Element *>(static_cast<const char *>(section) + place.offset), place.count};
  return true;
}

static bool isPowerOfTwo(uint32_t count) { return count != 0 && (count & (count - 1)) == 0; }

bool TextTables::open(const void *section, size_t size) {
  *this = TextTables();
  if (size < sizeof(ingot_text_tables) || reinterpret_cast<uintptr_t>(section) % 8 != 0) return false;
  const ingot_text_tables *tables = static_cast<const ingot_text_tables *>(section);
  if (memcmp(tables->magic, INGOT_TEXT_MAGIC, sizeof(tables->magic)) != 0 || tables->version != INGOT_TEXT_VERSION) return false;
  if (tables->size > size) return false;
  size = tables->size;
  bool inside =
      take(symbolBegin, section, size, tables->symbol_begin) && take(bytes, section, size, tables->bytes) &&
      take(types, section, size, tables->types) && take(ranks, section, size, tables->ranks) &&
      take(merges, section, size, tables->merges) && take(mergeSlots, section, size, tables->merge_slots) &&
      take(textSlots, section, size, tables->text_slots) && take(specials, section, size, tables->specials) &&
      take(endTokens, section, size, tables->end_tokens) && take(classes, section, size, tables->classes) &&
      take(templateNodes, section, size, tables->template_nodes) && take(templateWords, section, size, tables->template_words) &&
      take(templateStrings, section, size, tables->template_strings) &&
      take(templateBytes, section, size, tables->template_bytes) && take(templateSource, section, size, tables->template_source);
  bool bytePairs = tables->model == INGOT_TEXT_BYTE_PAIRS, scores = tables->model == INGOT_TEXT_SCORES;
  if (!inside || !(bytePairs || scores) || tables->token_count > tables->symbol_count) return false;
  if (symbolBegin.count != uint64_t(tables->symbol_count) + 1 || types.count != tables->token_count) return false;
  if (symbolBegin[tables->symbol_count] > bytes.count || !isPowerOfTwo(textSlots.count) || classes.count == 0) return false;
  if (scores ? ranks.count != tables->token_count : !isPowerOfTwo(mergeSlots.count)) return false;
  if ((tables->flags & INGOT_TEXT_HAS_TEMPLATE) && templateNodes.count == 0) return false;
  head = tables;
  return true;
}

uint32_t TextTables::findText(const char *text, size_t length, bool special) const {
  uint32_t mask = textSlots.count - 1;
  uint32_t kind = special ? INGOT_TEXT_SPECIAL_SLOT : 0;
  for (uint32_t slot = ingot_text_hash_bytes(text, length) & mask;; slot = (slot + 1) & mask) {
    uint32_t entry = textSlots[slot];
    if (entry == INGOT_TEXT_NONE) return INGOT_TEXT_NONE;
    if ((entry & INGOT_TEXT_SPECIAL_SLOT) != kind) continue;
    uint32_t symbol = entry & ~INGOT_TEXT_SPECIAL_SLOT;
    uint32_t begin = symbolBegin[symbol];
    if (symbolBegin[symbol + 1] - begin == length && memcmp(bytes.elements + begin, text, length) == 0) return symbol;
  }
}

const ingot_text_merge *TextTables::findMerge(uint32_t left, uint32_t right) const {
  uint32_t mask = mergeSlots.count - 1;
  for (uint32_t slot = ingot_text_hash_pair(left, right) & mask;; slot = (slot + 1) & mask) {
    uint32_t rank = mergeSlots[slot];
    if (rank == INGOT_TEXT_NONE) return nullptr;
    const ingot_text_merge &merge = merges[rank];
    if (merge.left == left && merge.right == right) return &merge;
  }
}

} // namespace ingot::runtime
