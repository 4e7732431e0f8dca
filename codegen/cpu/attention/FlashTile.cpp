// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/attention/FlashTile.h"

namespace ingot::cpu {

Value sumInAllLanes(Emitter &e, Value lanes) {
  for (int32_t distance : {8, 4, 2, 1}) {
    llvm::SmallVector<int32_t> other;
    for (int32_t lane = 0; lane < 16; lane++) other.push_back(lane ^ distance);
    lanes = e.addFloats(lanes, e.shuffle(lanes, lanes, other));
  }
  return lanes;
}

Value hideUnseen(Emitter &e, const FlashTile &tile, Value scores, Value key, Value position) {
  // How far the key lies behind; as an unsigned number it is huge for one that is ahead.
  Value behind = e.subtract(position, key);
  const int64_t seen = tile.window > 0 ? tile.window : int64_t(1) << 31;
  Value sees = mlir::LLVM::ICmpOp::create(e.b, mlir::LLVM::ICmpPredicate::ult, behind, e.splat(e.ints, int32_t(seen)));
  // Less than noMaximum by so much that its power of two is 0.
  constexpr double hiddenScore = -3e38;
  return e.select(sees, scores, e.splatFloat(e.floats, hiddenScore));
}

} // namespace ingot::cpu
