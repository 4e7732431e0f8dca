// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The tile in bf16: scores stay in registers from the products to the weights.
#include "codegen/cpu/attention/FlashTile.h"

#include "codegen/cpu/attention/FlashChunk.h"
#include "codegen/cpu/attention/FlashProducts.h"

namespace ingot::cpu {

namespace {

Value maximumOf(Emitter &e, llvm::ArrayRef<Value> values) {
  if (values.size() == 1) return values[0];
  return e.maximumFloats(maximumOf(e, values.take_front(values.size() / 2)), maximumOf(e, values.drop_front(values.size() / 2)));
}

/// The maximum of each row's 16 lanes, up to 8 rows at once; where each lies, laneOfRow says.
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

/// As VectorMath.h's, of fewer instructions: 2^x for x <= 0, with a relative error of at most 1.6e-7; exactly 1 at 0, exactly 0 far
/// below.
Value scaledPowerOfTwo(Emitter &e, Value x) {
  constexpr double coefficients[] = {0.001326472731307149, 0.009671512991189957, 0.05550733581185341, 0.24022242426872253,
                                     0.6931470036506653};
  Value whole = e.roundToInteger(x), rest = e.subtractFloats(x, whole);
  Value sum = e.splatFloat(e.floats, coefficients[0]);
  for (double coefficient : llvm::ArrayRef(coefficients).drop_front()) sum = e.fma(sum, rest, e.splatFloat(e.floats, coefficient));
  sum = e.fma(sum, rest, e.splatFloat(e.floats, 1));
  constexpr int currentRounding = 4;
  return e.intrinsic("llvm.x86.avx512.mask.scalef.ps.512", e.floats,
                     {sum, whole, sum, e.splat(e.i16, -1), e.splat(e.i32, currentRounding)});
}

Value splatLane(Emitter &e, Value vector, int64_t lane) {
  return e.shuffle(vector, vector, llvm::SmallVector<int32_t>(16, int32_t(lane)));
}

} // namespace

void emitPairTile(Emitter &e, const FlashTile &tile, Value scratch, Value number, Value firstKey) {
  const FlashLayout &layout = tile.layout;
  const int64_t rows = layout.tileRows, vectors = tile.vectors;
  auto ofTile = [&](int64_t part, int64_t rowBytes) { return e.pointerTo({scratch, number, rows * rowBytes, part}); };

  // Scores.
  const FlashProducts scoring{tile.unit,
                              layout.perStep,
                              rows,
                              vectors,
                              ofTile(layout.queries, layout.queryBytes),
                              layout.queryBytes,
                              e.pointerTo({scratch, Value(), 0, layout.keys}),
                              keyVectors * 64};
  Values scores = scoring.run(e, layout.steps, Values(rows * vectors, e.splatFloat(e.floats, 0)));
  for (Value &score : scores) score = e.multiplyFloats(score, e.splatFloat(e.floats, tile.toBaseTwo));
  if (tile.masked) {
    Value visible = ofTile(layout.visible, 4);
    Value key = e.add(e.laneNumbers(), e.broadcast(mlir::LLVM::TruncOp::create(e.b, e.i32, firstKey), 16));
    for (int64_t row = 0; row < rows; row++) {
      Value position = e.loadBroadcast(e.i32, {visible, Value(), 0, row * 4});
      for (int64_t v = 0; v < vectors; v++) {
        Value &score = scores[row * vectors + v];
        score = hideUnseen(e, tile, score, e.add(key, e.splat(e.ints, 16 * v)), position);
      }
    }
  }

  // Maxima.
  Values largest;
  for (int64_t row = 0; row < rows; row++) largest.push_back(maximumOf(e, llvm::ArrayRef(scores).slice(row * vectors, vectors)));
  const Address maxima{scratch, number, 64, layout.maxima};
  Value before = e.load(e.floats, maxima, 64), now = e.maximumFloats(before, maximumOfLanes(e, largest));
  e.store(now, maxima, 64);
  Value shrink = scaledPowerOfTwo(e, e.subtractFloats(before, now));

  // Weights and their total.
  Value totals = ofTile(layout.totals, 64), weights = e.pointerTo({scratch, Value(), 0, layout.weights});
  Value ones = e.bitcast(Emitter::vector(e.bf16, 32), e.splat(Emitter::vector(e.i16, 32), 0x3f80));
  for (int64_t row = 0; row < rows; row++) {
    Value maximum = splatLane(e, now, laneOfRow(row));
    const Address total{totals, Value(), 0, row * 64};
    Value sum = e.multiplyFloats(e.load(e.floats, total, 64), splatLane(e, shrink, laneOfRow(row)));
    auto weight = [&](int64_t v) {
      if (v >= vectors) return e.splatFloat(e.floats, 0);
      return scaledPowerOfTwo(e, e.subtractFloats(scores[row * vectors + v], maximum));
    };
    for (int64_t v = 0; v < vectors; v += 2) {
      Value rounded = roundTwo(e, weight(v), weight(v + 1));
      sum = e.intrinsic("llvm.x86.avx512bf16.dpbf16ps.512", e.floats, {sum, rounded, ones});
      e.store(rounded, {weights, Value(), 0, row * layout.weightBytes + v * 32}, 64);
    }
    e.store(sum, total, 64);
  }

  // Weighted values.
  Value sums = ofTile(layout.sums, layout.sumBytes);
  auto mix = [&](Value to, Value values, int64_t count) {
    Values current;
    for (int64_t row = 0; row < rows; row++)
      for (int64_t v = 0; v < count; v++)
        current.push_back(e.multiplyFloats(e.load(e.floats, {to, Value(), 0, row * layout.sumBytes + v * 64}, 64),
                                           splatLane(e, shrink, laneOfRow(row))));
    current = FlashProducts{tile.unit, layout.perStep, rows, count, weights, layout.weightBytes, values, count * 64}.run(
        e, vectors * 8, current);
    for (int64_t row = 0; row < rows; row++)
      for (int64_t v = 0; v < count; v++) e.store(current[row * count + v], {to, Value(), 0, row * layout.sumBytes + v * 64}, 64);
  };
  const std::vector<int64_t> &groups = layout.valueGroups;
  int64_t first = 0;
  for (size_t begin = 0; begin < groups.size();) {
    size_t end = begin;
    while (end < groups.size() && groups[end] == groups[begin]) end++;
    const int64_t count = groups[begin];
    e.loop(int64_t(end - begin), {}, [&](Value index, ValueRange) {
      mix(e.pointerTo({sums, index, count * 64, first * 64}),
          e.pointerTo({scratch, index, chunkKeys / 2 * count * 64, layout.valuesFrom(first)}), count);
      return Values();
    });
    first += count * int64_t(end - begin);
    begin = end;
  }
}

} // namespace ingot::cpu
