// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Joins Halide's bitcode to a module and gives every function the target's attributes.
#ifndef INGOT_CODEGEN_CPU_OBJECT_LINKBODIES_H
#define INGOT_CODEGEN_CPU_OBJECT_LINKBODIES_H

#include "codegen/cpu/halide/HalideBitcode.h"
#include "codegen/cpu/target/CpuTarget.h"

namespace llvm {
class Module;
}

namespace ingot::cpu {

/// False with a message when a file can't be read or linked.
bool linkBodies(const HalideBitcode &bitcode, llvm::Module &module, std::string &error);

void setTargetAttributes(const CpuTarget &target, llvm::Module &module);

} // namespace ingot::cpu
#endif
