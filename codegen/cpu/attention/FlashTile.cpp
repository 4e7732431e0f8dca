// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/attention/FlashTile.h"

#include <algorithm>

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
  constexpr double hiddenScore = -1e36; // scaled or not yet
  return e.select(sees, scores, e.splatFloat(e.floats, hiddenScore));
}

Value maximumOf(Emitter &e, llvm::ArrayRef<Value> values) {
  if (values.size() == 1) return values[0];
  return e.maximumFloats(maximumOf(e, values.take_front(values.size() / 2)), maximumOf(e, values.drop_front(values.size() / 2)));
}

Value maximumOfLanes(Emitter &e, Values rows) {
  auto halve = [&](llvm::ArrayRef<int32_t> low, llvm::ArrayRef<int32_t> high) {
    Values next;
    for (size_t i = 0; i < rows.size(); i += 2) {
      Value a = rows[i], b = rows[std::min(i + 1, rows.size() - 1)];
      next.push_back(e.maximumFloats(e.shuffle(a, b, low), e.shuffle(a, b, high)));
    }
    rows = next;
  };
  halve({0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23}, {8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31});
  halve({0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27}, {4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31});
  // In each fourth: two lanes of the first row, two of the one four further.
  halve({0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29}, {2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31});
  Value swapped = e.shuffle(rows[0], rows[0], {1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14});
  return e.maximumFloats(rows[0], swapped);
}

Value splatLane(Emitter &e, Value vector, int64_t lane) {
  return e.shuffle(vector, vector, llvm::SmallVector<int32_t>(16, int32_t(lane)));
}

} // namespace ingot::cpu
