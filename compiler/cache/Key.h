// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The name of a compilation's result: a hash of everything that it depends on.
#ifndef INGOT_COMPILER_CACHE_KEY_H
#define INGOT_COMPILER_CACHE_KEY_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace ingot::cache {

/// The files that belong to a model: all parts of a split one, every file of a folder, else the file itself.
llvm::Expected<std::vector<std::string>> modelFiles(llvm::StringRef model);

/// 32 hexadecimal digits from the models' files, the options' canonical text, and what compiles: `compilerFiles` are the compiler's
/// own executable and the archives that it links. A file counts by its identity (inode, size, time of change to the nanosecond) and
/// its beginning, not by its name; reading all of it would take longer than starting the program.
llvm::Expected<std::string> makeKey(llvm::ArrayRef<std::string> modelFiles, llvm::StringRef canonicalOptions,
                                    llvm::StringRef compilerVersion, llvm::ArrayRef<std::string> compilerFiles);

/// The features of this machine's processor, on which `--target native` depends, in a fixed order.
std::string hostFeatures();

} // namespace ingot::cache
#endif
