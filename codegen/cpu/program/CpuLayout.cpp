// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/program/CpuLayout.h"

#include "codegen/cpu/attention/FlashAttention.h"
#include "codegen/cpu/program/KernelShapes.h"

using namespace mlir;

namespace ingot::cpu {

int64_t CpuLayout::matrixBytes(packed::MatrixType matrix) const {
  return packedBytes(matrix.getFormat(), matrix.getRows(), matrix.getColumns());
}

int64_t CpuLayout::cacheBytes(model::CacheType cache) const { return layoutOf(cache).bytes(); }

int64_t CpuLayout::activationBytes(packed::ActivationsType activations) const { return layoutOf(activations).recordBytes; }

int64_t CpuLayout::matmulItems(packed::MatmulOp matmul) const { return matmulKernel(matmul, unit).items(); }

bool CpuLayout::matmulItemsGrow(packed::MatmulOp matmul) const { return matmulKernel(matmul, unit).usesTiles(); }

bool CpuLayout::multipliesGates(packed::MatmulOp matmul, packed::ActivationsType result) const {
  return canGate(matmulKernel(matmul, unit), result.getKind());
}

int64_t CpuLayout::matmulItemBytes(packed::MatmulOp matmul) const {
  int64_t bytes = 0;
  for (Value weight : matmul.getWeights()) bytes += matrixBytes(cast<packed::MatrixType>(weight.getType()));
  return bytes / matmulItems(matmul);
}

plan::TargetLayout::KeySplit CpuLayout::attentionSplit(Operation *attention, int64_t tokensPerBlock) const {
  const AttentionKernel kernel = attentionKernel(attention, tokensPerBlock, unit);
  if (!isDecode(kernel)) return {};
  const DecodeShape shape = DecodeShape::of(kernel);
  if (!shape.splits()) return {};
  return {.keys = kernel.window > 0 ? 0 : shape.rangeKeys,
          .partialBytes = shape.ranges * kernel.heads * DecodeShape::partialBytes(kernel),
          .arrivalBytes = shape.itemsPerRange * 4};
}

int64_t CpuLayout::matmulTokens(packed::MatmulOp matmul) const {
  if (matmulItemsGrow(matmul)) return unit.tileBlock;
  switch (matmul.getInput().getType().getKind()) {
  case packed::ActivationKind::q8:
    return unit.integerTile;
  case packed::ActivationKind::q15:
    return unit.wideTile;
  default:
    return unit.floatTile;
  }
}

/// vpdpbusd: 8 tokens generated together 1.3 (15 bits) to 1.5 times as fast, prompts of 8 tokens 1.4, of 32 1.14, of 512 1.02 times
/// (1B in Q4_0, Zen 4). With AVX2 alone one generated token gains, too (Q4_0 78 and 91 % of plain reading, Q6_K 70 and 87 %, Zen
/// 3), but a prompt of 512 loses 5 to 10 %. There dense weights want half the distance (one thread of a Zen 3: BF16 and F16 1.04
/// times as fast as with all of it, F32 level; Q8_0 0.73), and short rows a quarter (whole programs in turns there, two threads and
/// one: SmolLM2 1.02 and 1.03, Gemma 3 270M 1.08 and 1.07; 1B in Q4_K_M, which has 2048 columns, 0.98 and 0.85).
plan::TargetLayout::Prefetch CpuLayout::matmulPrefetch(packed::MatmulOp matmul, bool fewTokens) const {
  const int64_t ahead = unit.prefetchSeveral;
  const bool isDense = llvm::none_of(matmulKernel(matmul, unit).segments,
                                     [](const MatmulSegment &segment) { return packed::info(segment.format).isQuantised(); });
  if (unit.integerDot == IntegerDot::vpmaddubsw) {
    constexpr int64_t longRow = 2048;
    const int64_t alone = isDense ? ahead / 2 : matmul.getInput().getType().getColumns() < longRow ? ahead / 4 : ahead;
    return fewTokens ? Prefetch{ahead, alone} : Prefetch{};
  }
  if (unit.integerDot != IntegerDot::vpdpbusd) return {};
  // Chunks of dense weights are asked for as it is; for one wanted token the output matrix takes 1.4 times as long without more.
  if (matmulItemsGrow(matmul)) return {fewTokens || !isDense ? ahead : 0, 0};
  // Dense weights have been measured on Zen 5 alone: 512 tokens in BF16 1.02 times as fast.
  const bool hasCodes = layoutOf(matmul.getInput().getType()).isQuantised();
  return {hasCodes || unit.prefetchOne != 0 ? ahead : 0, unit.prefetchOne};
}

int64_t CpuLayout::attentionTokens(Operation *attention) const {
  const AttentionKernel kernel = attentionKernel(attention, /*tokens=*/16, unit);
  return isFlashAttention(kernel) ? flashBlockTokens(kernel) : 16;
}

int64_t CpuLayout::attentionItems(Operation *attention, int64_t tokensPerBlock) const {
  const AttentionKernel kernel = attentionKernel(attention, tokensPerBlock, unit);
  if (!isDecode(kernel)) return itemsPerTokenBlock(kernel);
  const DecodeShape shape = DecodeShape::of(kernel);
  return shape.itemsPerRange * (kernel.window > 0 ? shape.ranges : 1);
}

int64_t CpuLayout::scratchBytes(kernel::FuncOp kernel) const {
  switch (kernel::kindOf(kernel.block())) {
  case kernel::Kind::attention: {
    const AttentionKernel attention = attentionKernel(kernel, unit);
    if (isFlashAttention(attention)) return flashScratchBytes(attention);
    return isDecode(attention) ? decodeScratchBytes(attention) : 0;
  }
  case kernel::Kind::matmul:
    return cpu::scratchBytes(matmulKernel(kernel, unit));
  default:
    return 0;
  }
}

} // namespace ingot::cpu
