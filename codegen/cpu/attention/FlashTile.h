// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One tile of rows against one chunk of keys: scores in registers, softmax on the way, weighted values onto the tile's sums.
#ifndef INGOT_CODEGEN_CPU_ATTENTION_FLASHTILE_H
#define INGOT_CODEGEN_CPU_ATTENTION_FLASHTILE_H

#include "codegen/cpu/attention/FlashLayout.h"
#include "codegen/cpu/vector/Emitter.h"

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

/// Both: `number` is the tile's, `firstKey` the position of the chunk's first key.
/// Products in bf16: AVX-512 BF16, scores in registers.
void emitPairTile(Emitter &e, const FlashTile &tile, Value scratch, Value number, Value firstKey);
/// Products in float32: on any vector unit, scores in scratch.
void emitFloatTile(Emitter &e, const FlashTile &tile, Value scratch, Value number, Value firstKey);

/// Hides what a row may not see: `scores` of 16 keys from `key` on (int32 lanes), `position` the row's in all lanes.
Value hideUnseen(Emitter &e, const FlashTile &tile, Value scores, Value key, Value position);

/// Written to `maxima` before the first chunk; smaller than any score.
constexpr double noMaximum = -1e30;

/// The lane in which a row's maximum lies.
constexpr int64_t laneOfRow(int64_t row) { return row < 4 ? 4 * row : 4 * (row - 4) + 2; }

/// The sum of 16 lanes in all of them, in a fixed order.
Value sumInAllLanes(Emitter &e, Value lanes);

} // namespace ingot::cpu
#endif
