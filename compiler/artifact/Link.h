// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Linking inside this process with lld: a user needs neither compiler nor linker. Objects and result stay in memory.
#ifndef INGOT_COMPILER_ARTIFACT_LINK_H
#define INGOT_COMPILER_ARTIFACT_LINK_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace ingot::artifact {

/// What a program is linked for. The first is that of this process.
enum class Architecture { x86_64, aarch64 };

struct LinkRequest {
  llvm::StringRef outputPath; ///< for messages; its last part is a library's name
  Architecture architecture = Architecture::x86_64;
  bool shared;                             ///< a library; else a position-independent program
  llvm::ArrayRef<llvm::StringRef> objects; ///< contents of object files
  llvm::ArrayRef<std::string> files;       ///< objects and archives, in this order after `objects`
  llvm::ArrayRef<std::string> exports;     ///< all that a library shows
};

/// The bytes of the linked file; the same for the same request on the same machine.
llvm::Expected<std::string> link(const LinkRequest &request);

} // namespace ingot::artifact
#endif
