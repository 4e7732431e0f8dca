// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Finds the texts of special tokens in a text. Of overlapping ones the longest counts, wherever it begins; of equally long ones
// the first.
#ifndef INGOT_RUNTIME_TEXT_SPECIALTOKENS_H
#define INGOT_RUNTIME_TEXT_SPECIALTOKENS_H

#include "runtime/memory/Array.h"
#include "runtime/text/TextTables.h"

namespace ingot::runtime {

struct SpecialMatch {
  size_t begin;
  uint32_t length, id;
};

/// Matches in order of the text: user-defined tokens, and with `parseSpecial` control tokens too.
void findSpecialTokens(const TextTables &tables, std::string_view text, bool parseSpecial, Array<SpecialMatch> &matches);

} // namespace ingot::runtime
#endif
