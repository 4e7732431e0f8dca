// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Products by AMX tiles: 16 tokens x 16 outputs at a time from bfloat16 (tdpbf16ps), for weights of every format.
//
// The sums of a tile cannot be rescaled on the way, so quantised weights are widened to bfloat16 first, a chunk of columns of two
// panels at a time. A chunk stays in the first-level cache while all tokens of a block pass, and between their products the next
// chunk is widened: tile and vector instructions run side by side. The tokens' tiles come from the second-level cache by loads that
// leave the first alone. Where a block of tokens is too wide for that cache, its columns are cut, and the sums of many pairs wait.
//
//   columns, in blocks that fit the cache with the block's tokens
//     pairs of panels
//       chunks of columns            widened, or BF16 weights where they are
//         two tiles of tokens        four tiles of sums += for each 32 columns: 2 x 2 products, and a piece of the next chunk
//                                    after the last chunk: sums -> result
//
// The order of a sum's terms is that of its columns, whatever the number of tokens; rows of a tile beyond the last token are
// computed from whatever the buffer holds there (it has room for whole tiles) and dropped.
#ifndef INGOT_CODEGEN_CPU_MATMUL_TILEPRODUCTS_H
#define INGOT_CODEGEN_CPU_MATMUL_TILEPRODUCTS_H

#include "codegen/cpu/layout/ActivationLayout.h"
#include "codegen/cpu/layout/PanelLayout.h"
#include "codegen/cpu/vector/Emitter.h"

namespace ingot::cpu {

struct TileProblem {
  PanelLayout weights;
  ActivationLayout activations; ///< bf16
  int64_t blockTokens;          ///< most tokens of a call
  /// How far ahead in each panel packed weights are asked for; 0: not. Dense weights are asked for a chunk ahead, and if this is
  /// not 0 another one, into the second-level cache.
  int64_t prefetchBytes = 0;
  int64_t prefetchFar = 0; ///< VectorUnit's
};

/// Whether tiles can do it: bfloat16 activations, BF16 or quantised weights, a multiple of 32 columns.
bool fitsTiles(const PanelLayout &weights, const ActivationLayout &activations);

/// Bytes of scratch, for any number of tokens up to a block.
int64_t tileScratchBytes(const TileProblem &problem);

struct TileArguments {
  Value records, tokens, firstPair, endPair, scratch;
  /// The address of one of the two panels (0, 1) of a pair.
  llvm::function_ref<Value(Value pair, int which)> panelAt;
  /// Stores the 16 sums of each panel of `pair` for `token`.
  llvm::function_ref<void(Value first, Value second, Value token, Value pair)> store;
  /// Asks for the memory that they will be stored to.
  llvm::function_ref<void(Value token, Value pair)> ask;
};

/// The products of all tokens with the pairs of panels [firstPair, endPair).
void emitTileProducts(Emitter &e, const TileProblem &problem, const TileArguments &arguments);

} // namespace ingot::cpu
#endif
