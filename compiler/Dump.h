// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// --dump DIR: what the compiler had in hand at every level, for people.
#ifndef INGOT_COMPILER_DUMP_H
#define INGOT_COMPILER_DUMP_H

#include "codegen/cpu/object/ObjectEmitter.h"
#include "compiler/Pipeline.h"
#include "mlir/IR/BuiltinOps.h"

namespace ingot {

class Dump {
public:
  /// An empty folder dumps nothing.
  explicit Dump(llvm::StringRef folder) : folder(folder) {}
  explicit operator bool() const { return !folder.empty(); }
  /// 0-model.mlir … 4-plan.mlir.
  llvm::Error level(Level level, mlir::ModuleOp module) const;
  /// kernels/NAME.mlir for each kernel, as they were before the plan took their calls.
  llvm::Error kernels(mlir::ModuleOp module) const;
  /// UNIT.ll and UNIT.s; kernels/NAME.ll and kernels/NAME.s for each kernel of `module`.
  llvm::Error code(mlir::ModuleOp module, llvm::ArrayRef<cpu::CodeUnit> units, llvm::ArrayRef<cpu::EmittedCode> code) const;
  /// benchmark: a script that times each kernel in the program, whose context holds `positions` tokens.
  llvm::Error benchmark(llvm::StringRef program, int64_t positions) const;

private:
  llvm::Error write(const llvm::Twine &name, llvm::StringRef text, bool executable = false) const;
  std::string folder;
};

} // namespace ingot
#endif
