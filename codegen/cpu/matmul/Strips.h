// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The walk through a quantised panel: strip by strip, in each strip block by block of 32 columns. All engines read panels this way,
// from end to end, which is what a processor's prefetcher follows.
#ifndef INGOT_CODEGEN_CPU_MATMUL_STRIPS_H
#define INGOT_CODEGEN_CPU_MATMUL_STRIPS_H

#include "codegen/cpu/matmul/CodeUnpack.h"

namespace ingot::cpu {

struct StripBlock {
  Value strip;           ///< the strip's address
  BlockPosition inStrip; ///< of the block in the strip's planes
  BlockPosition inRow;   ///< of the block in what has one plane for all columns: activations, a dequantised row
};

struct StripWalk {
  int64_t unroll = 1;        ///< blocks emitted one behind the other; a power of two
  int64_t prefetchBytes = 0; ///< each block asks for its share of the strip's lines, so far ahead; 0: no prefetch
  int panels = 1;            ///< that are walked through side by side
  int64_t prefetchFar = 0;   ///< asked for so far ahead, too (VectorUnit)
  Value strips = {};         ///< so many; null: all that have columns
};

/// Asks for the line `bytes` behind `line`; unless `farBytes` is 0 for the one so far behind it, too, into the second-level cache.
void askAhead(Emitter &e, const Address &line, int64_t bytes, int64_t farBytes);

/// `enter` is called for each strip, then `block` for its blocks, then `leave`; the values carried from block to block start as
/// `initial`.
Values forEachBlock(Emitter &e, const PanelLayout &layout, Value panel, StripWalk walk, ValueRange initial,
                    llvm::function_ref<void(Value strip)> enter,
                    llvm::function_ref<void(const StripBlock &, Values &carried)> block,
                    llvm::function_ref<void(Value strip, Value index, Values &carried)> leave = nullptr);

} // namespace ingot::cpu
#endif
