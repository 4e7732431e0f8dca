// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/program/CpuLayout.h"

#include "codegen/cpu/program/KernelShapes.h"

using namespace mlir;

namespace ingot::cpu {

int64_t CpuLayout::matrixBytes(packed::MatrixType matrix) const {
  return packedBytes(matrix.getFormat(), matrix.getRows(), matrix.getColumns());
}

int64_t CpuLayout::activationBytes(packed::ActivationsType activations) const { return layoutOf(activations).recordBytes; }

int64_t CpuLayout::matmulItems(packed::MatmulOp matmul) const {
  int64_t panels = 0;
  for (Value weight : matmul.getWeights()) panels += panelCount(cast<packed::MatrixType>(weight.getType()).getRows());
  return panels;
}

int64_t CpuLayout::matmulItemBytes(packed::MatmulOp matmul) const {
  int64_t bytes = 0;
  for (Value weight : matmul.getWeights()) bytes += matrixBytes(cast<packed::MatrixType>(weight.getType()));
  return bytes / matmulItems(matmul);
}

int64_t CpuLayout::attentionItems(Operation *attention, int64_t tokensPerBlock) const {
  return itemsPerTokenBlock(attentionKernel(attention, tokensPerBlock));
}

int64_t CpuLayout::scratchBytes(kernel::FuncOp kernel) const {
  return kernel::kindOf(kernel.block()) == kernel::Kind::attention ? cpu::scratchBytes(attentionKernel(kernel)) : 0;
}

} // namespace ingot::cpu
