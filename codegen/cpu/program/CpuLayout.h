// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sizes and divisions of work on a processor's vector unit, for the passes.
#ifndef INGOT_CODEGEN_CPU_PROGRAM_CPULAYOUT_H
#define INGOT_CODEGEN_CPU_PROGRAM_CPULAYOUT_H

#include "codegen/cpu/target/VectorUnit.h"
#include "dialects/plan/TargetLayout.h"

namespace ingot::cpu {

class CpuLayout final : public plan::TargetLayout {
public:
  explicit CpuLayout(const VectorUnit &unit = {}) : unit(unit) {}

  int64_t matrixBytes(packed::MatrixType matrix) const override;
  int64_t cacheBytes(model::CacheType cache) const override;
  int64_t activationBytes(packed::ActivationsType activations) const override;
  int64_t matmulItems(packed::MatmulOp matmul) const override;
  bool matmulItemsGrow(packed::MatmulOp matmul) const override;
  bool multipliesGates(packed::MatmulOp matmul, packed::ActivationsType result) const override;
  int64_t matmulItemBytes(packed::MatmulOp matmul) const override;
  KeySplit attentionSplit(mlir::Operation *attention, int64_t tokensPerBlock) const override;
  int64_t attentionItems(mlir::Operation *attention, int64_t tokensPerBlock) const override;
  int64_t scratchBytes(kernel::FuncOp kernel) const override;
  int64_t matmulTokens(packed::MatmulOp matmul) const override;
  Prefetch matmulPrefetch(packed::MatmulOp matmul, bool fewTokens) const override;
  int64_t attentionTokens(mlir::Operation *attention) const override;

private:
  VectorUnit unit;
};

} // namespace ingot::cpu
#endif
