// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which tokens end an answer. Files name one (eos) or a few (eot, eom), but chat models end their turns with others too; these
// are known by their texts.
#ifndef INGOT_FRONTENDS_TEXT_ENDTOKENS_H
#define INGOT_FRONTENDS_TEXT_ENDTOKENS_H

#include "frontends/text/TokenizerSource.h"

namespace ingot::text {

/// The end of a turn or text in some model's format. Whatever type the file gives such a token, it is a control token: also the
/// `</s>` that Gemma's vocabulary has as a user-defined token of HTML, as in llama.cpp.
bool isTurnEnd(const std::string &text);
/// Sorted, each once.
std::vector<int32_t> endTokens(const TokenizerSource &source, const std::vector<uint8_t> &types);

} // namespace ingot::text
#endif
