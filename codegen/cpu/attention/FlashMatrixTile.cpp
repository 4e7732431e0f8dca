// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The tile by AMX: 32 rows as two tiles of 16. Tiles and vectors meet in scratch: scores there become weights, and what a chunk
// adds to the sums comes back through it.
#include "codegen/cpu/attention/FlashTile.h"

#include "codegen/cpu/attention/FlashChunk.h"
#include "codegen/cpu/vector/Tiles.h"

namespace ingot::cpu {

namespace {

/// The numbers of the eight tiles: sums [tile of rows][vector], rows, vectors.
constexpr int sumsTile(int rows, int vector) { return 2 * rows + vector; }
constexpr int leftTile(int rows) { return 4 + rows; }
constexpr int rightTile(int vector) { return 6 + vector; }

constexpr int rowTiles = 2;
constexpr int64_t rowsAtOnce = 8; ///< whose maxima are found together
constexpr int64_t stepsAtOnce = tileRows;

class MatrixTile {
public:
  MatrixTile(Emitter &e, const FlashTile &tile, Value scratch, Value chunk, Value number, Value firstKey)
      : e(e), tiles(e), tile(tile), layout(tile.layout), scratch(scratch), chunk(chunk), number(number), firstKey(firstKey) {}

  void emit() {
    score();
    e.loop(layout.tileRows / rowsAtOnce, {}, [&](Value batch, ValueRange) { return weigh(batch), Values(); });
    mix();
  }

private:
  Value inScratch(int64_t part) { return e.pointerTo({scratch, Value(), 0, part}); }
  /// Of the tile's rows, `rowBytes` each.
  Value ofTile(int64_t part, int64_t rowBytes) { return e.pointerTo({scratch, number, layout.tileRows * rowBytes, part}); }

  /// sums[row, vector] = left[row, step] * right[step, vector], for one or two vectors of 16.
  void multiply(Value left, int64_t leftRowBytes, Value right, int64_t rightStepBytes, int64_t steps, int vectors, Value sums,
                int64_t sumRowBytes) {
    for (int rows = 0; rows < rowTiles; rows++)
      for (int vector = 0; vector < vectors; vector++) tiles.zero(sumsTile(rows, vector));
    for (int64_t step = 0; step < steps; step += stepsAtOnce) {
      for (int vector = 0; vector < vectors; vector++)
        tiles.load(rightTile(vector), e.pointerTo({right, Value(), 0, step * rightStepBytes + vector * tileRowBytes}),
                   rightStepBytes);
      for (int rows = 0; rows < rowTiles; rows++) {
        tiles.load(leftTile(rows), e.pointerTo({left, Value(), 0, rows * tileRows * leftRowBytes + step * 4}), leftRowBytes);
        for (int vector = 0; vector < vectors; vector++) tiles.multiply(sumsTile(rows, vector), leftTile(rows), rightTile(vector));
      }
    }
    for (int rows = 0; rows < rowTiles; rows++)
      for (int vector = 0; vector < vectors; vector++)
        tiles.store(sumsTile(rows, vector), e.pointerTo({sums, Value(), 0, rows * tileRows * sumRowBytes + vector * tileRowBytes}),
                    sumRowBytes);
  }

  void score() {
    Value queries = ofTile(layout.queries, layout.queryBytes);
    for (int64_t first = 0; first < tile.vectors; first += 2)
      multiply(queries, layout.queryBytes, e.pointerTo({chunk, Value(), 0, layout.keys + first * 64}), keyVectors * 64,
               layout.keySteps, 2, inScratch(layout.scores + first * 64), chunkKeys * 4);
  }

  /// Scores of some rows become weights.
  void weigh(Value batch) {
    Value factor = e.splatFloat(e.floats, tile.toBaseTwo);
    Value firstRow = e.multiply(batch, e.constant(rowsAtOnce)), key, visible;
    Value scores = e.pointerTo({scratch, firstRow, chunkKeys * 4, layout.scores});
    if (tile.masked) {
      key = e.add(e.laneNumbers(), e.broadcast(mlir::LLVM::TruncOp::create(e.b, e.i32, firstKey), 16));
      visible = e.pointerTo({ofTile(layout.visible, 4), firstRow, 4, 0});
    }
    auto scoresOf = [&](int64_t row) {
      Values all;
      for (int64_t v = 0; v < tile.vectors; v++)
        all.push_back(e.load(e.floats, {scores, Value(), 0, (row * keyVectors + v) * 64}, 64));
      if (!tile.masked) return all;
      Value position = e.loadBroadcast(e.i32, {visible, Value(), 0, row * 4});
      for (int64_t v = 0; v < tile.vectors; v++)
        all[v] = hideUnseen(e, tile, all[v], e.add(key, e.splat(e.ints, 16 * v)), position);
      return all;
    };
    Values largest;
    for (int64_t row = 0; row < rowsAtOnce; row++) largest.push_back(maximumOf(e, scoresOf(row)));
    Value maxima = e.pointerTo({ofTile(layout.maxima, layout.maximaBytes / layout.tileRows), batch, 64, 0});
    Value before = e.load(e.floats, {maxima, Value()}, 64);
    Value now = e.maximumFloats(before, e.multiplyFloats(maximumOfLanes(e, largest), factor));
    e.store(now, {maxima, Value()}, 64);
    Value shrink = scaledPowerOfTwo(e, e.subtractFloats(before, now)), less = e.negateFloats(now);
    e.store(shrink, {scratch, batch, 64, layout.shrinks}, 64);
    Value totals = e.pointerTo({ofTile(layout.totals, 64), firstRow, 64, 0});
    Value weights = e.pointerTo({scratch, firstRow, layout.weightBytes, layout.weights});
    Value ones = e.bitcast(Emitter::vector(e.bf16, 32), e.splat(Emitter::vector(e.i16, 32), 0x3f80));
    for (int64_t row = 0; row < rowsAtOnce; row++) {
      const Values all = scoresOf(row);
      Value lessMaximum = splatLane(e, less, laneOfRow(row));
      const Address total{totals, Value(), 0, row * 64};
      Value sum = e.multiplyFloats(e.load(e.floats, total, 64), splatLane(e, shrink, laneOfRow(row)));
      auto weight = [&](int64_t v) { return scaledPowerOfTwo(e, e.fma(all[v], factor, lessMaximum)); };
      for (int64_t v = 0; v < tile.vectors; v += 2) {
        Value rounded = roundTwo(e, weight(v), weight(v + 1));
        sum = e.intrinsic("llvm.x86.avx512bf16.dpbf16ps.512", e.floats, {sum, rounded, ones});
        e.store(rounded, {weights, Value(), 0, row * layout.weightBytes + v * 32}, 64);
      }
      e.store(sum, total, 64);
    }
  }

  /// Weighted values onto the tile's sums.
  void mix() {
    Value sums = ofTile(layout.sums, layout.sumBytes), weights = inScratch(layout.weights);
    int64_t first = 0;
    for (int64_t count : layout.valueGroups) {
      multiply(weights, layout.weightBytes, e.pointerTo({chunk, Value(), 0, layout.valuesFrom(first)}), count * 64,
               tile.vectors * 8, int(count), inScratch(layout.mixed), count * 64);
      e.loop(layout.tileRows / rowsAtOnce, {}, [&](Value batch, ValueRange) {
        Value mixed = e.pointerTo({scratch, batch, rowsAtOnce * count * 64, layout.mixed});
        Value to = e.pointerTo({sums, batch, rowsAtOnce * layout.sumBytes, first * 64});
        Value shrinks = e.pointerTo({scratch, batch, 64, layout.shrinks});
        for (int64_t row = 0; row < rowsAtOnce; row++) {
          Value shrink = e.loadBroadcast(e.f32, {shrinks, Value(), 0, laneOfRow(row) * 4});
          for (int64_t v = 0; v < count; v++) {
            const Address place{to, Value(), 0, row * layout.sumBytes + v * 64};
            Value more = e.load(e.floats, {mixed, Value(), 0, (row * count + v) * 64}, 64);
            e.store(e.fma(e.load(e.floats, place, 64), shrink, more), place, 64);
          }
        }
        return Values();
      });
      first += count;
    }
  }

  Emitter &e;
  Tiles tiles;
  const FlashTile &tile;
  const FlashLayout &layout;
  Value scratch, chunk, number, firstKey;
};

} // namespace

void emitMatrixTile(Emitter &e, const FlashTile &tile, Value scratch, Value chunk, Value number, Value firstKey) {
  MatrixTile(e, tile, scratch, chunk, number, firstKey).emit();
}

} // namespace ingot::cpu
