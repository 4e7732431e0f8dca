// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What Ingot would make of each tensor of a file, found by importing it as `ingot compile` does.
#ifndef INGOT_TOOLS_INGOT_TENSORFATES_H
#define INGOT_TOOLS_INGOT_TENSORFATES_H

#include "frontends/gguf/File.h"

#include <functional>

namespace ingot::tool {

/// A short phrase for a tensor of `file`, which must outlive the function; or why the file cannot be compiled.
llvm::Expected<std::function<std::string(const gguf::Tensor &)>> tensorFates(const gguf::File &file);

} // namespace ingot::tool
#endif
