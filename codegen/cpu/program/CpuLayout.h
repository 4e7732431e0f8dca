// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sizes and divisions of work on the AVX-512 target, for the passes.
#ifndef INGOT_CODEGEN_CPU_PROGRAM_CPULAYOUT_H
#define INGOT_CODEGEN_CPU_PROGRAM_CPULAYOUT_H

#include "dialects/plan/TargetLayout.h"

namespace ingot::cpu {

class CpuLayout final : public plan::TargetLayout {
public:
  int64_t matrixBytes(packed::MatrixType matrix) const override;
  int64_t cacheBytes(model::CacheType cache) const override;
  int64_t activationBytes(packed::ActivationsType activations) const override;
  int64_t matmulItems(packed::MatmulOp matmul) const override;
  int64_t matmulItemBytes(packed::MatmulOp matmul) const override;
  KeySplit attentionSplit(mlir::Operation *attention, int64_t tokensPerBlock) const override;
  int64_t attentionItems(mlir::Operation *attention, int64_t tokensPerBlock) const override;
  int64_t scratchBytes(kernel::FuncOp kernel) const override;
  int64_t matmulTokens() const override { return 6; }
  int64_t generatedMatmulTokens() const override { return 4; } // two terms: 15 bits
  int64_t attentionTokens() const override { return 16; }
};

} // namespace ingot::cpu
#endif
