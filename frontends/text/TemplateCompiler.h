// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Compiles a chat template, in the part of Jinja that models use, to the tree of `runtime/abi/ChatTemplate.h`. What is not in
// that part is an error now, with its name and line, and not when the program answers.
#ifndef INGOT_FRONTENDS_TEXT_TEMPLATECOMPILER_H
#define INGOT_FRONTENDS_TEXT_TEMPLATECOMPILER_H

#include "frontends/text/SectionWriter.h"
#include "llvm/Support/Error.h"

namespace ingot::text {

llvm::Error compileTemplate(std::string_view source, SectionWriter &writer);

} // namespace ingot::text
#endif
