// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// float32 dots: weights of any format become float32 in registers, activations are float32 or widened bf16, one FMA a column.
// With vectors of 512 bits, even columns go to one chain and odd ones to another, added at the end. Where 16 rows are several
// registers these are chains enough, and the registers hold more tokens.
#include "codegen/cpu/matmul/Dequantise.h"
#include "codegen/cpu/matmul/Dots.h"

namespace ingot::cpu {

using packed::BlockFormat;

namespace {

constexpr int denseUnroll = 8; ///< columns; a whole number of lines in every dense format

class FloatDots {
public:
  FloatDots(Emitter &e, const DotsProblem &problem, Value panel, Value records)
      : e(e), problem(problem), panel(panel), records(records), chains(problem.unit.bits < 512 ? 1 : 2) {}

  Values run();

private:
  Values dense(Values sums);
  Values quantised(Values sums);
  Values denseColumns(Value group, int64_t first, int64_t count, ValueRange carried);
  void quantisedBlock(Scales &scales, const StripBlock &block, Values &sums);
  Value denseColumn(BlockPosition group, int64_t column);
  Value activation(int token, BlockPosition block, int64_t blockColumns, int64_t column);
  void multiplyColumn(Value weights, BlockPosition block, int64_t blockColumns, int64_t column, Values &sums);
  /// Element `column % 2` of pairs of bf16.
  Value halfOfPair(Value pairs, int64_t column);

  Emitter &e;
  const DotsProblem &problem;
  Value panel, records;
  int chains; ///< of a token
};

Value FloatDots::halfOfPair(Value pairs, int64_t column) {
  Value bits = column % 2 == 0 ? e.shiftLeft(pairs, 16) : e.bitAnd(pairs, e.splat(e.ints, -65536));
  return e.bitcast(e.floats, bits);
}

Value FloatDots::activation(int token, BlockPosition block, int64_t blockColumns, int64_t column) {
  const ActivationLayout &x = problem.activations;
  if (x.kind == ActivationKind::f32)
    return e.loadBroadcast(e.f32, inRecord(problem, records, token, block, x.codes, 4 * blockColumns, 4 * column));
  const Address pair = inRecord(problem, records, token, block, x.codes, 2 * blockColumns, column / 2 * 4);
  return halfOfPair(e.loadBroadcast(e.i32, pair), column);
}

void FloatDots::multiplyColumn(Value weights, BlockPosition block, int64_t blockColumns, int64_t column, Values &sums) {
  for (int token = 0; token < problem.tokens; token++) {
    Value &sum = sums[token * chains + column % chains];
    sum = e.fma(weights, activation(token, block, blockColumns, column), sum);
  }
}

Value FloatDots::denseColumn(BlockPosition group, int64_t column) {
  const int64_t plane = problem.weights.low;
  auto line = [&](int64_t columnBytes, int64_t offset) {
    const Address address = group.in(panel, plane, denseUnroll * columnBytes, offset);
    if (problem.prefetchBytes != 0 && offset % 64 == 0) askAhead(e, address, problem.prefetchBytes, problem.unit.prefetchFar);
    return address;
  };
  switch (problem.weights.format) {
  case BlockFormat::F32:
    return e.load(e.floats, line(64, 64 * column), 64);
  case BlockFormat::F16:
    return e.halfToFloats(e.load(Emitter::vector(e.f16, 16), line(32, 32 * column), 32));
  default:
    return halfOfPair(e.load(e.ints, line(32, column / 2 * 64), 64), column);
  }
}

Values FloatDots::denseColumns(Value group, int64_t first, int64_t count, ValueRange carried) {
  Values sums(carried);
  for (int64_t column = first; column < first + count; column++)
    multiplyColumn(denseColumn({group}, column), {group}, denseUnroll, column, sums);
  return sums;
}

Values FloatDots::dense(Values sums) {
  const int64_t columns = problem.weights.columns, groups = columns / denseUnroll;
  sums = e.loop(groups, sums, [&](Value group, ValueRange carried) { return denseColumns(group, 0, denseUnroll, carried); });
  return denseColumns(Value(), groups * denseUnroll, columns % denseUnroll, sums);
}

void FloatDots::quantisedBlock(Scales &scales, const StripBlock &block, Values &sums) {
  dequantiseBlock(e, problem.weights, scales, block,
                  [&](Value weights, int column) { multiplyColumn(weights, block.inRow, 32, column, sums); });
}

Values FloatDots::quantised(Values sums) {
  Scales scales(e, problem.weights);
  return forEachBlock(
      e, problem.weights, panel, {1, problem.prefetchBytes, 1, problem.unit.prefetchFar}, sums,
      [&](Value strip) { scales.enter(strip); }, [&](const StripBlock &block, Values &now) { quantisedBlock(scales, block, now); });
}

Values FloatDots::run() {
  Values sums(problem.tokens * chains, e.splatFloat(e.floats, 0));
  sums = packed::info(problem.weights.format).isQuantised() ? quantised(sums) : dense(sums);
  Values results;
  for (int token = 0; token < problem.tokens; token++) {
    Value sum = sums[token * chains];
    for (int chain = 1; chain < chains; chain++) sum = e.addFloats(sum, sums[token * chains + chain]);
    results.push_back(sum);
  }
  return results;
}

} // namespace

Values floatDots(Emitter &e, const DotsProblem &problem, Value panel, Value records) {
  return FloatDots(e, problem, panel, records).run();
}

} // namespace ingot::cpu
