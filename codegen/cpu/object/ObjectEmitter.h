// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From modules in the LLVM dialect and Halide's bitcode to LLVM IR, assembly and objects. A unit is one object; units are compiled
// by several threads, each in an LLVM context of its own. The same units give the same bytes.
#ifndef INGOT_CODEGEN_CPU_OBJECT_OBJECTEMITTER_H
#define INGOT_CODEGEN_CPU_OBJECT_OBJECTEMITTER_H

#include "codegen/cpu/halide/HalideBitcode.h"
#include "codegen/cpu/target/CpuTarget.h"
#include "mlir/IR/BuiltinOps.h"

namespace mlir {
class DialectRegistry;
}

namespace ingot::cpu {

struct CodeUnit {
  std::string name; ///< for messages and the source_filename
  mlir::ModuleOp module;
  HalideBitcode bitcode; ///< its functions become internal and are inlined into the module's
};

struct EmitOptions {
  bool llvmIr = false, assembly = false, object = true;
  int threads = 2;
};

struct EmittedCode {
  std::string llvmIr, assembly, object; ///< those asked for
};

/// What the modules' context needs to be translated: the builtin and LLVM dialects' translations.
void registerObjectEmitter(mlir::DialectRegistry &registry);

/// One EmittedCode a unit, in order. Fails with a diagnostic at the module's location.
mlir::LogicalResult emitCode(llvm::ArrayRef<CodeUnit> units, const CpuTarget &target, const EmitOptions &options,
                             std::vector<EmittedCode> &out);

} // namespace ingot::cpu
#endif
