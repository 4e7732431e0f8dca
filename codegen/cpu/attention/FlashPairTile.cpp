// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The tile in bf16: scores stay in registers from the products to the weights.
#include "codegen/cpu/attention/FlashTile.h"

#include "codegen/cpu/attention/FlashChunk.h"
#include "codegen/cpu/attention/FlashProducts.h"

namespace ingot::cpu {

void emitPairTile(Emitter &e, const FlashTile &tile, Value scratch, Value chunk, Value number, Value firstKey) {
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
                              e.pointerTo({chunk, Value(), 0, layout.keys}),
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
          e.pointerTo({chunk, index, chunkKeys / 2 * count * 64, layout.valuesFrom(first)}), count);
      return Values();
    });
    first += count * int64_t(end - begin);
    begin = end;
  }
}

} // namespace ingot::cpu
