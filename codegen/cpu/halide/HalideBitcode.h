// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What crosses between Halide (with an LLVM of its own) and our LLVM: bitcode as bytes, never an object of either.
#ifndef INGOT_CODEGEN_CPU_HALIDE_HALIDEBITCODE_H
#define INGOT_CODEGEN_CPU_HALIDE_HALIDEBITCODE_H

#include <string>
#include <vector>

namespace ingot::cpu {

/// The kernels' bodies, one LLVM bitcode file each. The functions in it are called by the wrappers in the MLIR module.
struct HalideBitcode {
  std::vector<std::string> files;
};

} // namespace ingot::cpu
#endif
