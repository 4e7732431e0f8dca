// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Kernels compiled in this process: an MLIR module of LLVM dialect becomes machine code for a target that
// this processor can run.
#ifndef INGOT_TEST_CODEGEN_CPU_MATMUL_COMPILEDMODULE_H
#define INGOT_TEST_CODEGEN_CPU_MATMUL_COMPILEDMODULE_H

#include "codegen/cpu/target/CpuTarget.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "runtime/abi/Model.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace llvm::orc {
class LLJIT;
}

namespace ingot::test {

/// Why kernels can't run on this processor; empty when they can.
std::string missingFeatures(const std::string &target = "znver4");

class CompiledModule {
public:
  explicit CompiledModule(const std::string &target = "znver4");
  ~CompiledModule();
  /// Kernels are emitted into it before `compile`.
  mlir::ModuleOp module() { return *owned; }
  const cpu::VectorUnit &unit() const { return target.unit; }
  std::string text();
  /// The module's assembly, for tests of the instructions chosen.
  std::string assembly();
  /// `functions`: what the module may call, by name.
  void compile(const std::vector<std::pair<std::string, void *>> &functions = {});
  ingot_kernel kernel(const std::string &name);

private:
  cpu::CpuTarget target;
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> owned;
  std::unique_ptr<llvm::orc::LLJIT> jit;
};

} // namespace ingot::test
#endif
