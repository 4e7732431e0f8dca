// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A GGUF file as what architectures are built from.
#ifndef INGOT_FRONTENDS_GGUF_IMPORT_H
#define INGOT_FRONTENDS_GGUF_IMPORT_H

#include "frontends/architectures/Architecture.h"
#include "frontends/gguf/File.h"

namespace ingot::gguf {

/// Verified model IR and the table of its weights, which point into `file` and live as long as it.
llvm::Expected<architectures::Imported> importModel(mlir::MLIRContext *context, const File &file);

} // namespace ingot::gguf
#endif
