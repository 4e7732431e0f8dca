// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One tile of rows against one chunk of keys: scores in registers, softmax on the way, weighted values onto the tile's sums.
#ifndef INGOT_CODEGEN_CPU_ATTENTION_FLASHTILE_H
#define INGOT_CODEGEN_CPU_ATTENTION_FLASHTILE_H

#include "codegen/cpu/attention/FlashLayout.h"
#include "codegen/cpu/vector/Emitter.h"
#include "codegen/cpu/vector/Functions.h"

namespace ingot::cpu {

/// A tile's extents: what its code depends on.
struct FlashTile {
  const FlashLayout &layout;
  int64_t window;
  double toBaseTwo; ///< scale and log2(e), applied to the products, so that queries round as they are
  int64_t vectors;  ///< of 16 keys that the chunk has
  bool masked;      ///< some row may not see some key
  VectorUnit unit;
};

/// All three: `chunk` is the chunk's address, `firstKey` the position of its first key, `number` the tile's.
/// Products in bf16: AVX-512 BF16, scores in registers.
void emitPairTile(Emitter &e, const FlashTile &tile, Value scratch, Value chunk, Value number, Value firstKey);
/// Products in bf16 by AMX tiles: two of 16 rows, scores in scratch.
void emitMatrixTile(Emitter &e, const FlashTile &tile, Value scratch, Value chunk, Value number, Value firstKey);
/// Products in float32: on any vector unit, scores in scratch.
void emitFloatTile(Emitter &e, const FlashTile &tile, Value scratch, Value chunk, Value number, Value firstKey);

/// Hides what a row may not see: `scores` of 16 keys from `key` on (int32 lanes), `position` the row's in all lanes.
Value hideUnseen(Emitter &e, const FlashTile &tile, Value scores, Value key, Value position);

/// Written to `maxima` before the first chunk; smaller than any score.
constexpr double noMaximum = -1e30;

Value maximumOf(Emitter &e, llvm::ArrayRef<Value> values);
/// The maximum of each row's 16 lanes, up to 8 rows at once; where each lies, laneOfRow says.
Value maximumOfLanes(Emitter &e, Values rows);
constexpr int64_t laneOfRow(int64_t row) { return row < 4 ? 4 * row : 4 * (row - 4) + 2; }
Value splatLane(Emitter &e, Value vector, int64_t lane);

/// The sum of 16 lanes in all of them, in a fixed order.
Value sumInAllLanes(Emitter &e, Value lanes);

} // namespace ingot::cpu
#endif
