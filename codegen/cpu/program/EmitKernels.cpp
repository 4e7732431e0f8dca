// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Each kernel goes to the emitter of its kind.
#include "codegen/cpu/halide/EmitKernels.h"
#include "codegen/cpu/program/EmitProgram.h"
#include "codegen/cpu/program/KernelShapes.h"

using namespace mlir;

namespace ingot::cpu {

static LogicalResult emitKernel(kernel::FuncOp function, CodeUnit &unit) {
  switch (kernel::kindOf(function.block())) {
  case kernel::Kind::matmul: emitMatmul(matmulKernel(function), unit.module); return success();
  case kernel::Kind::embed: emitEmbed(embedKernel(function), unit.module); return success();
  case kernel::Kind::attention: return emitAttention(attentionKernel(function), unit.module, unit.bitcode);
  case kernel::Kind::rows: {
    auto kernel = rowKernel(function);
    return failed(kernel) ? failure() : emitRows(*kernel, unit.module, unit.bitcode);
  }
  }
  llvm_unreachable("a kernel has one of four kinds");
}

LogicalResult emitKernels(ModuleOp module, ProgramUnits &out) {
  // Matmuls in one unit, the rest in another: about equal work for two threads.
  for (bool matmuls : {true, false}) {
    out.modules.push_back(ModuleOp::create(module.getLoc()));
    CodeUnit unit{matmuls ? "matmuls" : "rows", *out.modules.back(), {}};
    for (auto function : module.getOps<kernel::FuncOp>())
      if ((kernel::kindOf(function.block()) == kernel::Kind::matmul) == matmuls && failed(emitKernel(function, unit))) return failure();
    out.units.push_back(std::move(unit));
  }
  return success();
}

}  // namespace ingot::cpu
