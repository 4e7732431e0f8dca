// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The known pre-tokenisers of byte-pair vocabularies: one row a way of cutting text into words, with all its names.
#ifndef INGOT_FRONTENDS_TEXT_PRETOKENIZERS_H
#define INGOT_FRONTENDS_TEXT_PRETOKENIZERS_H

#include "runtime/abi/Text.h"
#include <string>
#include <string_view>

namespace ingot::text {

struct PreTokenizer {
  std::string_view names; ///< separated by blanks
  ingot_text_pre pre;
  bool ignoreMerges; ///< a word that is a token is taken whole
  bool addBos;       ///< where the file does not say
};

/// Null if the name is unknown; an empty name means "default".
const PreTokenizer *findPreTokenizer(std::string_view name);
/// "default, gpt-2, …" for messages.
std::string knownPreTokenizers();

} // namespace ingot::text
#endif
