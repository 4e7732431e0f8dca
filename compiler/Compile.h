// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The whole compiler as one call: a model file becomes what the options ask for.
#ifndef INGOT_COMPILER_COMPILE_H
#define INGOT_COMPILER_COMPILE_H

#include "compiler/Options.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/raw_ostream.h"

namespace ingot {

/// Compiles `options.input` to `options.output`. `diagnostics` takes warnings and what --explain says; `progress` hears the name of
/// each phase when it begins. An error's text is "file: error: what", with "note: …" lines after it.
llvm::Error compileModel(const CompileOptions &options, llvm::raw_ostream &diagnostics,
                         llvm::function_ref<void(llvm::StringRef phase)> progress);

/// The passes of the pipeline, as `--disable` and `--explain` name them.
PassNames passNames();

} // namespace ingot
#endif
