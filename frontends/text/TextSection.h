// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From a tokeniser's description to the section that `runtime/abi/Text.h` lays out.
#ifndef INGOT_FRONTENDS_TEXT_TEXTSECTION_H
#define INGOT_FRONTENDS_TEXT_TEXTSECTION_H

#include "frontends/text/TokenizerSource.h"
#include "llvm/Support/Error.h"
#include <string>

namespace ingot::text {

/// The section's bytes, to be placed 8-byte aligned. Equal sources give equal bytes. An unknown tokeniser or pre-tokeniser, ids
/// outside the vocabulary and a chat template that can't be compiled are errors.
llvm::Expected<std::string> buildTextSection(const TokenizerSource &source);

} // namespace ingot::text
#endif
