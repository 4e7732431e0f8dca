// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Panels times many tokens with integer activations, a chunk of columns at a time: the chunk is unpacked in the thread's scratch
// (UnpackedPanel.h), tiles of tokens pass by it, and their sums wait for the next chunk. Worth it where registers are few and tiles
// small (AVX2: Q4_0 and Q4_K 1.07, Q8_0 1.02 times as fast as tiles alone; Zen 1, one thread, 512 tokens, 2048 columns,
// 2026-11), or where unpacking, scaling and dots take turns in the same units (VectorUnit's sharesUnits).
//
//   blocks of columns     that the second-level cache holds of all tokens of a block; more than one: few panels at a time, whose
//                         sums wait
//     panels
//       chunks            a chunk and the same columns of a tile stay in a first-level cache, even if half of it is another's
//         tiles
#ifndef INGOT_CODEGEN_CPU_MATMUL_CHUNKPRODUCTS_H
#define INGOT_CODEGEN_CPU_MATMUL_CHUNKPRODUCTS_H

#include "codegen/cpu/layout/ActivationLayout.h"
#include "codegen/cpu/layout/PanelLayout.h"
#include "codegen/cpu/matmul/Dots.h"
#include "codegen/cpu/matmul/PanelRange.h"
#include "codegen/cpu/target/VectorUnit.h"

namespace ingot::cpu {

struct ChunkProblem {
  PanelLayout weights;
  ActivationLayout activations; ///< q8, with AVX2 q15 too
  VectorUnit unit;
  int tileTokens; ///< of the largest tile
  /// Whether the next chunk's weights are asked for beside the products of this one. While a chunk is unpacked would be too late:
  /// that is over before they come. (Times as fast as so: Q4_0, 512 tokens, 8192 columns, Emerald Rapids 1.02; Q6_K, eight tokens
  /// from memory, Zen 3 1.31 with 8 bits, 1.15 with 15.)
  bool asksAhead = false;
};

/// Tokens of a block, at most.
int64_t chunkBlockTokens(const ChunkProblem &problem);
/// Bytes of scratch.
int64_t chunkScratchBytes(const ChunkProblem &problem);

/// `minimumSums` as emitDots has them.
void emitChunkProducts(Emitter &e, const ChunkProblem &problem, const TokenBlock &block, PerToken minimumSums, Value scratch,
                       const PanelRange &panels);

} // namespace ingot::cpu
#endif
