// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The vocabulary's part of a text section: what tokens stand for, and the tables that encode.
#ifndef INGOT_FRONTENDS_TEXT_VOCABULARY_H
#define INGOT_FRONTENDS_TEXT_VOCABULARY_H

#include "frontends/text/SectionWriter.h"
#include "frontends/text/TokenizerSource.h"
#include "llvm/Support/Error.h"

namespace ingot::text {

llvm::Error addVocabulary(const TokenizerSource &source, SectionWriter &writer);

} // namespace ingot::text
#endif
