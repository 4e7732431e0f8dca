// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How the tool speaks: errors in one form, exit codes with one meaning.
#ifndef INGOT_TOOLS_INGOT_REPORT_H
#define INGOT_TOOLS_INGOT_REPORT_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace ingot::tool {

enum ExitCode { exitSuccess = 0, exitFailure = 1, exitUsage = 2 };

/// Prints "file: error: what" and its notes; returns exitFailure.
int reportError(llvm::Error error);

/// The same for a command line that makes no sense, with a hint at the command's help; returns exitUsage.
int reportUsage(llvm::StringRef command, llvm::Error error);

} // namespace ingot::tool
#endif
