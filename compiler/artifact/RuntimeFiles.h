// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where the parts of the runtime lie that go into every artifact: beside the installed `ingot`, or in the build tree.
#ifndef INGOT_COMPILER_ARTIFACT_RUNTIMEFILES_H
#define INGOT_COMPILER_ARTIFACT_RUNTIMEFILES_H

#include "compiler/artifact/Link.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace ingot::artifact {

struct RuntimeFiles {
  std::vector<std::string> program; ///< what an executable is linked from, in order: entry, main program, runtime
  std::vector<std::string> library; ///< the same for a shared library: the runtime alone
  std::string header;               ///< path of Ingot.h
};

llvm::Expected<RuntimeFiles> findRuntimeFiles(Architecture architecture = Architecture::x86_64);

} // namespace ingot::artifact
#endif
