// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Cuts a unit's code into its kernels, for --dump: each with the functions and constants that it uses, and nothing else.
#ifndef INGOT_COMPILER_KERNELCODE_H
#define INGOT_COMPILER_KERNELCODE_H

#include "codegen/cpu/object/ObjectEmitter.h"

namespace ingot {

struct KernelCode {
  std::string name;
  std::string llvmIr;   ///< a module of its own: `llc` takes it
  std::string assembly; ///< the text of its functions, those that it calls first
};

/// The kernels among the unit's functions, in the unit's order.
std::vector<KernelCode> cutIntoKernels(const cpu::EmittedCode &code, llvm::ArrayRef<llvm::StringRef> kernels);

} // namespace ingot
#endif
