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

/// Matmuls are most of the work: those of 15-bit activations, which have no function in common with others, are a unit of their
/// own.
static size_t unitOf(kernel::FuncOp function, const VectorUnit &vectors) {
  if (kernel::kindOf(function.block()) != kernel::Kind::matmul) return 2;
  return matmulKernel(function, vectors).activations.kind == packed::ActivationKind::q15 ? 1 : 0;
}

LogicalResult emitKernels(ModuleOp module, const VectorUnit &vectors, bool inOneUnit, ProgramUnits &out) {
  auto addUnit = [&](const char *name) {
    out.modules.push_back(ModuleOp::create(module.getLoc()));
    out.units.push_back({name, *out.modules.back(), {}});
  };
  if (inOneUnit)
    addUnit("kernels");
  else
    for (const char *name : {"matmuls", "wide_matmuls", "rows"}) addUnit(name);
  for (auto function : module.getOps<kernel::FuncOp>())
    if (failed(emitKernel(function, vectors, inOneUnit ? out.units.front() : out.units[unitOf(function, vectors)])))
      return failure();
  return success();
}

} // namespace ingot::cpu
