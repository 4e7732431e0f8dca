// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Products by AMX tiles: 16 tokens x 16 outputs at a time from bfloat16 (tdpbf16ps), for weights of every format.
//
// The sums of a tile cannot be rescaled on the way, so quantised weights are widened to bfloat16 first, a chunk of columns at a
// time into the first-level cache, where all tokens pass over it; the tokens' tiles come from the second. Between chunks the sums
// wait in the thread's scratch.
//
//   tokens in groups of 512
//     chunks of 512 columns     widen the chunk of two panels -> scratch
//       two tiles of tokens     four tiles of sums += for each 32 columns: 2 x 2 products
//     outputs                   sums -> result
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
};

/// Whether tiles can do it: bfloat16 activations, BF16 or quantised weights, a multiple of 32 columns.
bool fitsTiles(const TileProblem &problem);

/// Bytes of scratch, for any number of tokens.
int64_t tileScratchBytes(const TileProblem &problem);

struct TileArguments {
  Value records, tokens, matrix, firstPanel, endPanel, scratch;
};

/// Stores 16 sums: of `token`, outputs of `panel`.
using StoreSums = llvm::function_ref<void(Value sums, Value token, Value panel)>;

/// The products of all tokens with panels [firstPanel, endPanel).
void emitTileProducts(Emitter &e, const TileProblem &problem, const TileArguments &arguments, StoreSums store);

} // namespace ingot::cpu
#endif
