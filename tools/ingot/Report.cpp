// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/ingot/Report.h"

#include "llvm/Support/raw_ostream.h"

namespace ingot::tool {

/// Text that names no file is the tool's own complaint.
static void print(llvm::Error error) {
  std::string text = llvm::toString(std::move(error));
  llvm::StringRef firstLine = llvm::StringRef(text).split('\n').first;
  llvm::StringRef prefix = firstLine.starts_with("error: ")                                               ? "ingot: "
                           : firstLine.contains(": error: ") || firstLine.starts_with("internal error: ") ? ""
                                                                                                          : "ingot: error: ";
  llvm::outs().flush();
  llvm::errs() << prefix << llvm::StringRef(text).rtrim('\n') << "\n";
}

int reportError(llvm::Error error) {
  print(std::move(error));
  return exitFailure;
}

int reportUsage(llvm::StringRef command, llvm::Error error) {
  print(std::move(error));
  llvm::errs() << "note: '" << (command.empty() ? "ingot" : "ingot ") << command << " --help' says more\n";
  return exitUsage;
}

} // namespace ingot::tool
