// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Each kernel goes to the emitter of its kind.
#include "codegen/cpu/halide/EmitKernels.h"
#include "codegen/cpu/attention/FlashAttention.h"
#include "codegen/cpu/program/EmitProgram.h"
#include "codegen/cpu/program/KernelShapes.h"

using namespace mlir;

namespace ingot::cpu {

static LogicalResult emitKernel(kernel::FuncOp function, const VectorUnit &vectors, CodeUnit &unit) {
  switch (kernel::kindOf(function.block())) {
  case kernel::Kind::matmul:
    emitMatmul(matmulKernel(function, vectors), unit.module);
    return success();
  case kernel::Kind::embed:
    emitEmbed(embedKernel(function), unit.module);
    return success();
  case kernel::Kind::attention: {
    const AttentionKernel kernel = attentionKernel(function, vectors);
    if (isFlashAttention(kernel))
      emitFlashAttention(kernel, unit.module);
    else if (isDecode(kernel))
      emitDecodeAttention(kernel, unit.module);
    else
      return emitAttention(kernel, unit.module, unit.bitcode);
    return success();
  }
  case kernel::Kind::rows: {
    auto kernel = rowKernel(function, vectors);
    return failed(kernel) ? failure() : emitRows(*kernel, unit.module, unit.bitcode);
  }
  }
  llvm_unreachable("a kernel has one of four kinds");
}

LogicalResult emitKernels(ModuleOp module, const VectorUnit &vectors, bool inOneUnit, ProgramUnits &out) {
  auto addUnit = [&](const char *name) {
    out.modules.push_back(ModuleOp::create(module.getLoc()));
    out.units.push_back({name, *out.modules.back(), {}});
  };
  // Matmuls in one unit, the rest in another: about equal work for two threads.
  addUnit(inOneUnit ? "kernels" : "matmuls");
  if (!inOneUnit) addUnit("rows");
  for (auto function : module.getOps<kernel::FuncOp>()) {
    bool isMatmul = kernel::kindOf(function.block()) == kernel::Kind::matmul;
    if (failed(emitKernel(function, vectors, isMatmul ? out.units.front() : out.units.back()))) return failure();
  }
  return success();
}

} // namespace ingot::cpu
