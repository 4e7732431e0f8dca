// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The tile in float32. Scores lie in scratch between the steps, so that registers hold the sums of some rows and vectors at a time
// whatever the vector unit; a row's operations and their order are the same on all of them.
#include "codegen/cpu/attention/FlashProducts.h"
#include "codegen/cpu/attention/FlashTile.h"
#include "codegen/cpu/attention/VectorMath.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace ingot::cpu {

namespace {

/// Sums of row `row`, register `number`, in what `sums` points at: rows of so many bytes.
Address place(const VectorUnit &unit, Value sums, int64_t rowBytes, int64_t row, int64_t number) {
  return {sums, Value(), 0, row * rowBytes + number * unit.bits / 8};
}

class FloatTile {
public:
  FloatTile(Emitter &e, const FlashTile &tile, Value scratch, Value chunk, Value number, Value firstKey)
      : e(e), tile(tile), layout(tile.layout), scratch(scratch), chunk(chunk),
        firstRow(e.multiply(number, e.constant(layout.tileRows))), firstKey(firstKey) {}

  void emit() {
    score();
    e.loop(layout.tileRows / weighedRows(), {},
           [&](Value group, ValueRange) { return weigh(e.multiply(group, e.constant(weighedRows()))), Values(); });
    mix();
  }

private:
  Value ofRow(Value row, int64_t part, int64_t rowBytes) { return e.pointerTo({scratch, e.add(firstRow, row), rowBytes, part}); }

  /// `body` for each group of rows that registers hold, with the first one's number in the tile.
  void forEachHeld(llvm::function_ref<void(Value row)> body) {
    e.loop(layout.tileRows / layout.heldRows, {},
           [&](Value held, ValueRange) { return body(e.multiply(held, e.constant(layout.heldRows))), Values(); });
  }

  void score() {
    for (int64_t first = 0; first < tile.vectors; first += layout.tileVectors) {
      const int64_t count = std::min(layout.tileVectors, tile.vectors - first);
      Value keys = e.pointerTo({chunk, Value(), 0, layout.keys + first * 64});
      forEachHeld([&](Value row) {
        Value queries = ofRow(row, layout.queries, layout.queryBytes);
        Value scores = e.pointerTo({scratch, row, layout.weightBytes, layout.weights + first * 64});
        const FlashProducts products{tile.unit,         layout.perStep, layout.heldRows, count, queries,
                                     layout.queryBytes, keys,           keyVectors * 64};
        Value zero = e.splatFloat(products.sumType(e), 0);
        const Values sums = products.run(e, layout.steps, Values(layout.heldRows * products.registers(), zero));
        forEachSum(products, [&](int64_t number, int64_t r, int64_t v) {
          e.store(sums[number], place(tile.unit, scores, layout.weightBytes, r, v), tile.unit.bits / 8);
        });
      });
    }
  }

  static void forEachSum(const FlashProducts &products, llvm::function_ref<void(int64_t number, int64_t row, int64_t v)> body) {
    for (int64_t row = 0; row < products.rows; row++)
      for (int64_t v = 0; v < products.registers(); v++) body(row * products.registers() + v, row, v);
  }

  /// Rows whose scores become weights side by side where registers are many: one alone waits for its own results. Reading 512
  /// tokens after 15,872, times as fast as one by one: 1.01 (two), 1.04 (three), 1.05 (four), 1.0 (six; Emerald Rapids).
  int64_t weighedRows() const { return tile.unit.bits == 512 ? std::gcd(layout.tileRows, int64_t{4}) : 1; }

  /// A row's scores on their way to weights.
  struct Row {
    Value weights; ///< where they are
    Values scores;
    Address maximum, total, shrinkAt;
    Value before = {}, now = {}, shrink = {};
  };

  /// Scores become weights, in place.
  void weigh(Value first) {
    std::vector<Row> rows;
    for (int64_t number = 0; number < weighedRows(); number++) rows.push_back(scoresOf(e.add(first, e.constant(number))));
    for (Row &row : rows) {
      Value largest = row.scores[0];
      for (int64_t v = 1; v < tile.vectors; v++) largest = e.maximumFloats(largest, row.scores[v]);
      row.before = e.load(e.floats, row.maximum, 64);
      row.now = e.maximumFloats(row.before, e.broadcast(greatestLane(e, largest), 16));
    }
    for (Row &row : rows) row.shrink = powerOfTwo(e, e.subtractFloats(row.before, row.now));
    for (const Row &row : rows) {
      Value sum = e.multiplyFloats(e.load(e.floats, row.total, 64), row.shrink);
      for (int64_t v = 0; v < tile.vectors; v++) {
        Value weight = powerOfTwo(e, e.subtractFloats(row.scores[v], row.now));
        sum = e.addFloats(sum, weight);
        e.store(weight, {row.weights, Value(), 0, v * 64}, 64);
      }
      e.store(row.now, row.maximum, 64);
      e.store(sum, row.total, 64);
      e.store(row.shrink, row.shrinkAt, 64);
    }
  }

  Row scoresOf(Value row) {
    Value weights = e.pointerTo({scratch, row, layout.weightBytes, layout.weights}), key, position;
    if (tile.masked) {
      key = e.add(e.laneNumbers(), e.broadcast(mlir::LLVM::TruncOp::create(e.b, e.i32, firstKey), 16));
      position = e.loadBroadcast(e.i32, {ofRow(row, layout.visible, 4), Value(), 0, 0});
    }
    Values scores;
    for (int64_t v = 0; v < tile.vectors; v++) {
      Value score = e.multiplyFloats(e.load(e.floats, {weights, Value(), 0, v * 64}, 64), e.splatFloat(e.floats, tile.toBaseTwo));
      scores.push_back(tile.masked ? hideUnseen(e, tile, score, e.add(key, e.splat(e.ints, 16 * v)), position) : score);
    }
    return {weights,
            scores,
            {ofRow(row, layout.maxima, 64), Value(), 0, 0},
            {ofRow(row, layout.totals, 64), Value(), 0, 0},
            {scratch, row, 64, layout.shrinks}};
  }

  /// Weighted values onto the sums.
  void mix() {
    int64_t first = 0;
    for (int64_t count : layout.valueGroups) {
      Value values = e.pointerTo({chunk, Value(), 0, layout.valuesFrom(first)});
      forEachHeld([&](Value row) {
        Value held = ofRow(row, layout.sums + first * 64, layout.sumBytes);
        Value weights = e.pointerTo({scratch, row, layout.weightBytes, layout.weights});
        Value shrinks = e.pointerTo({scratch, row, 64, layout.shrinks});
        const FlashProducts products{tile.unit, layout.perStep,     layout.heldRows, count,
                                     weights,   layout.weightBytes, values,          count * 64};
        const int64_t alignment = tile.unit.bits / 8;
        Values sums;
        forEachSum(products, [&](int64_t, int64_t r, int64_t v) {
          Value shrink = e.load(products.sumType(e), {shrinks, Value(), 0, r * 64}, alignment);
          sums.push_back(
              e.multiplyFloats(e.load(products.sumType(e), place(tile.unit, held, layout.sumBytes, r, v), alignment), shrink));
        });
        sums = products.run(e, tile.vectors * 16, sums);
        forEachSum(products, [&](int64_t number, int64_t r, int64_t v) {
          e.store(sums[number], place(tile.unit, held, layout.sumBytes, r, v), alignment);
        });
      });
      first += count;
    }
  }

  Emitter &e;
  const FlashTile &tile;
  const FlashLayout &layout;
  Value scratch, chunk, firstRow, firstKey;
};

} // namespace

void emitFloatTile(Emitter &e, const FlashTile &tile, Value scratch, Value chunk, Value number, Value firstKey) {
  FloatTile(e, tile, scratch, chunk, number, firstKey).emit();
}

} // namespace ingot::cpu
