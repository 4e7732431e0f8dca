// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One pass over the text per length of special tokens, longest first. Few places begin and end like one, and only these are
// looked up. A longer match is never strictly inside a shorter candidate, so its two ends tell whether a place is still free.
#include "runtime/text/SpecialTokens.h"
#include <algorithm>

namespace ingot::runtime {

static bool contains(const uint32_t (&set)[8], char byte) { return set[uint8_t(byte) / 32] >> (uint8_t(byte) % 32) & 1; }

void findSpecialTokens(const TextTables &tables, std::string_view text, bool parseSpecial, Array<SpecialMatch> &matches) {
  Array<bool> taken;
  for (const ingot_text_special &special : tables.specials) {
    size_t length = special.length;
    const uint32_t (&first)[8] = special.first[parseSpecial], (&last)[8] = special.last[parseSpecial];
    for (size_t at = 0; at + length <= text.size();) {
      bool isCandidate = contains(first, text[at]) && contains(last, text[at + length - 1]);
      bool isFree = taken.empty() || !(taken[at] || taken[at + length - 1]);
      uint32_t id = isCandidate && isFree ? tables.findText(text.data() + at, length, true) : INGOT_TEXT_NONE;
      if (id == INGOT_TEXT_NONE || (!parseSpecial && tables.types[id] != INGOT_TEXT_USER_DEFINED)) {
        ++at;
        continue;
      }
      if (taken.empty()) taken.resize(text.size());
      std::fill(taken.begin() + at, taken.begin() + at + length, true);
      matches.push({at, uint32_t(length), id});
      at += length;
    }
  }
  std::sort(matches.begin(), matches.end(), [](const SpecialMatch &a, const SpecialMatch &b) { return a.begin < b.begin; });
}

} // namespace ingot::runtime
