// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A panel times many tokens with integer activations, a chunk of columns at a time: the chunk is unpacked in the thread's scratch
// (UnpackedPanel.h), tiles of tokens pass by it, and their sums wait for the next chunk. Worth it where registers are few and tiles
// small (AVX2: Q4_0 and Q4_K 1.07, Q8_0 1.02 times as fast as tiles alone; Zen 1, one thread, 512 tokens, 2048 columns,
// 2026-11), or where unpacking, scaling and dots take turns in the same units (VectorUnit's sharesUnits).
//
// A chunk and the same columns of a tile stay in a first-level cache together, even if half of it is another's.
#ifndef INGOT_CODEGEN_CPU_MATMUL_CHUNKPRODUCTS_H
#define INGOT_CODEGEN_CPU_MATMUL_CHUNKPRODUCTS_H

#include "codegen/cpu/layout/ActivationLayout.h"
#include "codegen/cpu/layout/PanelLayout.h"
#include "codegen/cpu/target/VectorUnit.h"
#include "codegen/cpu/vector/Emitter.h"

namespace ingot::cpu {

struct ChunkProblem {
  PanelLayout weights;
  ActivationLayout activations; ///< q8, with AVX2 q15 too
  VectorUnit unit;
  int64_t blockTokens;       ///< most tokens of a call
  int tileTokens;            ///< of the largest tile
  int64_t prefetchBytes = 0; ///< ahead in the weights
};

/// Bytes of scratch.
int64_t chunkScratchBytes(const ChunkProblem &problem);

struct ChunkArguments {
  Value records, tokens, scratch;
};

struct ChunkPanel {
  Value weights;
  Value result, resultStride; ///< where the first token's sums will be stored, and bytes from a token's to the next one's
  /// Stores the 16 sums of a token.
  llvm::function_ref<void(Value sums, Value token)> store;
};

/// What all panels find in the scratch about the tokens; comes first.
void prepareTokens(Emitter &e, const ChunkProblem &problem, const ChunkArguments &arguments);

/// The products of a panel with all tokens.
void emitChunkProducts(Emitter &e, const ChunkProblem &problem, const ChunkArguments &arguments, const ChunkPanel &panel);

} // namespace ingot::cpu
#endif
