// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/matmul/TileProducts.h"

#include "codegen/cpu/matmul/Dequantise.h"

#include <algorithm>

namespace ingot::cpu {

namespace LLVM = mlir::LLVM;

namespace {

constexpr int64_t tileRows = 16, tileColumns = 32, tileBytes = 1024; ///< of a tile of bfloat16; of sums: 16 x 16 float32
constexpr int panelsAtOnce = 2, tokenTilesAtOnce = 2;

/// A chunk of both panels and a few tiles of sums fit a first-level cache of 48 KB.
constexpr int64_t mostChunkColumns = 512;
/// The tokens of a block, in all columns of a column block, take half of a second-level cache of 2 MB.
constexpr int64_t cachedActivations = 1 << 20;
/// Pairs whose sums wait while the columns change.
constexpr int64_t mostHeldPairs = 32;

int64_t quotientUp(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// How a problem is cut. A step is 32 columns; all chunks but the last have `chunkSteps`.
struct Cut {
  explicit Cut(const TileProblem &problem) {
    steps = problem.weights.columns / tileColumns;
    chunkSteps = quotientUp(steps, quotientUp(steps * tileColumns, mostChunkColumns));
    chunks = quotientUp(steps, chunkSteps);
    const int64_t fit = std::max<int64_t>(1, cachedActivations / (problem.blockTokens * chunkSteps * tileColumns * 2));
    blockChunks = quotientUp(chunks, quotientUp(chunks, fit));
    heldPairs = blockChunks == chunks ? 1 : mostHeldPairs;
    sumsBytes = quotientUp(problem.blockTokens, tileRows) * panelsAtOnce * tileBytes;
    widened = packed::info(problem.weights.format).isQuantised() ? panelsAtOnce * chunkBytes() : 0;
  }
  int64_t chunkBytes() const { return chunkSteps * tileBytes; } ///< of a panel as bfloat16

  int64_t steps, chunkSteps, chunks, blockChunks;
  int64_t heldPairs;
  int64_t sumsBytes; ///< of a pair: [tile of tokens][panel][16 tokens][16 outputs]
  int64_t widened;   ///< bytes of a widened chunk of both panels; 0: weights are multiplied where they are
};

/// The numbers of the eight tiles: sums [token tile][panel], tokens [token tile], weights [panel].
constexpr int sumsTile(int token, int panel) { return 2 * token + panel; }
constexpr int tokensTile(int token) { return 4 + token; }
constexpr int weightsTile(int panel) { return 6 + panel; }

class TileProducts {
public:
  TileProducts(Emitter &e, const TileProblem &problem, const TileArguments &arguments)
      : e(e), problem(problem), arguments(arguments), cut(problem) {}

  void run();

private:
  /// A chunk of a pair: what is multiplied by all tokens, then by the next one's.
  struct Unit {
    Value columnBlock, pair, chunk; ///< `pair` counts from the first of a pass
    ValueRange from(ValueRange values) { return columnBlock = values[0], pair = values[1], chunk = values[2], values; }
    Values values() const { return {columnBlock, pair, chunk}; }
  };
  /// Where the weights of a unit come from, and how many steps they have.
  struct Source {
    Value panels[panelsAtOnce], firstStep, steps;
  };

  void instruction(llvm::StringRef name, ValueRange operands) {
    LLVM::CallIntrinsicOp::create(e.b, e.b.getStringAttr(("llvm.x86." + name).str()), operands);
  }
  Value tile(int number) { return LLVM::ConstantOp::create(e.b, e.i8, e.b.getI8IntegerAttr(number)); }
  void loadTile(int number, Value address, int64_t stride) {
    instruction("tileloadd64", {tile(number), address, e.constant(stride)});
  }
  /// Past the first-level cache, in which it would take the place of weights.
  void loadStreamedTile(int number, Value address, int64_t stride) {
    instruction("tileloaddt164", {tile(number), address, e.constant(stride)});
  }
  Value equal(Value left, Value right) { return LLVM::ICmpOp::create(e.b, LLVM::ICmpPredicate::eq, left, right); }

  void configure();
  void pass(Value firstPair, Value pairs);
  Unit after(const Unit &unit, Value pairs);
  Source sourceOf(const Unit &unit, Value firstPair);
  Value widenedAt(Value number);
  void piece(const Source &source, Value number, Value widened);
  void multiply(const Unit &unit, Value firstPair, const Source &source, Value weights, const Source &next, Value nextWidened,
                Value nextPieces);
  void tokenTiles(const Unit &unit, Value pair, Value tokenTile, int count, const Source &source, Value weights,
                  llvm::function_ref<void(Value step)> besides);
  void storeSums(Value sums, Value pair, Value tokenTile, int count);

  Emitter &e;
  const TileProblem &problem;
  const TileArguments &arguments;
  const Cut cut;
  Value heldSums; ///< in the scratch, behind two widened chunks
};

/// All tiles have 16 rows of 64 bytes (Intel SDM, LDTILECFG: palette 1; bytes a row from byte 16 on, rows from byte 48 on).
void TileProducts::configure() {
  Value memory = arguments.scratch; // not used yet
  e.store(e.splat(e.ints, 0), {memory, Value()}, 64);
  auto byte = [&](int64_t offset, int64_t value) { e.store(e.splat(e.i8, value), {memory, Value(), 0, offset}, 1); };
  byte(0, 1);
  for (int number = 0; number < 8; number++) {
    byte(16 + 2 * number, 64);
    byte(48 + number, tileRows);
  }
  instruction("ldtilecfg", {memory});
}

/// Chunks of a column block in order, for each pair; then the next column block.
TileProducts::Unit TileProducts::after(const Unit &unit, Value pairs) {
  Value one = e.constant(1), zero = e.constant(0);
  Value nextBlock = e.add(unit.columnBlock, one), blockChunks = e.constant(cut.blockChunks);
  Value chunk = e.add(unit.chunk, one), pair = e.add(unit.pair, one);
  Value endsChunks = equal(chunk, e.minimum(e.multiply(nextBlock, blockChunks), e.constant(cut.chunks)));
  Value endsBlock = e.bitAnd(endsChunks, equal(pair, pairs));
  Value columnBlock = e.select(endsBlock, nextBlock, unit.columnBlock);
  return {columnBlock, e.select(endsBlock, zero, e.select(endsChunks, pair, unit.pair)),
          e.select(endsChunks, e.multiply(columnBlock, blockChunks), chunk)};
}

TileProducts::Source TileProducts::sourceOf(const Unit &unit, Value firstPair) {
  Value pair = e.add(firstPair, unit.pair), firstStep = e.multiply(unit.chunk, e.constant(cut.chunkSteps));
  Value left = e.subtract(e.constant(cut.steps), firstStep);
  return {{arguments.panelAt(pair, 0), arguments.panelAt(pair, 1)}, firstStep, e.minimum(left, e.constant(cut.chunkSteps))};
}

/// Chunks take turns in two places.
Value TileProducts::widenedAt(Value number) {
  return e.pointerTo({arguments.scratch, e.bitAnd(number, e.constant(1)), cut.widened, 0});
}

/// Piece `number` of a chunk, 32 columns of one of its panels: widened, or asked for.
void TileProducts::piece(const Source &source, Value number, Value widened) {
  Value which = e.bitAnd(number, e.constant(1)), step = e.divide(number, e.constant(panelsAtOnce));
  Value panel = e.select(equal(which, e.constant(0)), source.panels[0], source.panels[1]), column = e.add(source.firstStep, step);
  if (!cut.widened) {
    Value lines = e.pointerTo({panel, column, tileBytes, 0});
    for (int64_t line = 0; line < tileBytes; line += 64) e.prefetch({lines, Value(), 0, line});
    return;
  }
  const PanelLayout &layout = problem.weights;
  const int64_t stripBlocks = layout.stripColumns / tileColumns;
  Value strip = e.pointerTo({panel, e.divide(column, e.constant(stripBlocks)), layout.stripBytes, 0});
  Scales scales(e, layout);
  scales.enter(strip);
  Value to = e.pointerTo({e.pointerTo({widened, which, cut.chunkBytes(), 0}), step, tileBytes, 0});
  widenBlock(e, layout, scales, {strip, {e.bitAnd(column, e.constant(stripBlocks - 1))}, {}}, {to});
}

/// One or two tiles of tokens times both panels, whose chunk lies at `weights`. `besides` follows each step's products.
void TileProducts::tokenTiles(const Unit &unit, Value pair, Value tokenTile, int count, const Source &source, Value weights,
                              llvm::function_ref<void(Value step)> besides) {
  const int64_t record = problem.activations.recordBytes;
  Value sums = e.pointerTo({heldSums, cut.heldPairs == 1 ? Value() : unit.pair, cut.sumsBytes, 0});
  sums = e.pointerTo({sums, tokenTile, panelsAtOnce * tileBytes, 0});
  auto forEachSum = [&](llvm::function_ref<void(int number, Value address)> body) {
    for (int token = 0; token < count; token++)
      for (int panel = 0; panel < panelsAtOnce; panel++)
        body(sumsTile(token, panel), e.pointerTo({sums, Value(), 0, (token * panelsAtOnce + panel) * tileBytes}));
  };
  e.ifThenElse(
      equal(unit.chunk, e.constant(0)), [&] { forEachSum([&](int number, Value) { instruction("tilezero", {tile(number)}); }); },
      [&] { forEachSum([&](int number, Value address) { loadTile(number, address, 64); }); });
  Value tokens = e.pointerTo({arguments.records, tokenTile, tileRows * record, problem.activations.codes});
  tokens = e.pointerTo({tokens, source.firstStep, tileColumns * 2, 0});
  Value second = e.pointerTo({weights, Value(), 0, cut.chunkBytes()});
  if (!cut.widened) second = e.pointerTo({source.panels[1], source.firstStep, tileBytes, 0});
  e.loop(e.constant(0), source.steps, 1, {}, [&](Value step, ValueRange) {
    loadTile(weightsTile(0), e.pointerTo({weights, step, tileBytes, 0}), 64);
    loadTile(weightsTile(1), e.pointerTo({second, step, tileBytes, 0}), 64);
    for (int token = 0; token < count; token++) {
      loadStreamedTile(tokensTile(token), e.pointerTo({tokens, step, tileColumns * 2, token * tileRows * record}), record);
      for (int panel = 0; panel < panelsAtOnce; panel++)
        instruction("tdpbf16ps", {tile(sumsTile(token, panel)), tile(tokensTile(token)), tile(weightsTile(panel))});
    }
    besides(step);
    return Values();
  });
  forEachSum([&](int number, Value address) { instruction("tilestored64", {tile(number), address, e.constant(64)}); });
  e.ifThen(equal(unit.chunk, e.constant(cut.chunks - 1)), [&] { storeSums(sums, pair, tokenTile, count); });
}

void TileProducts::storeSums(Value sums, Value pair, Value tokenTile, int count) {
  Value first = e.multiply(tokenTile, e.constant(tileRows));
  for (int token = 0; token < count; token++) {
    Value tileFirst = e.add(first, e.constant(token * tileRows));
    Value rows = e.minimum(e.subtract(arguments.tokens, tileFirst), e.constant(tileRows));
    e.loop(e.constant(0), rows, 1, {}, [&](Value row, ValueRange) {
      const Address place{sums, row, 64, token * panelsAtOnce * tileBytes};
      arguments.store(e.load(e.floats, place, 64), e.load(e.floats, place.plus(tileBytes), 64), e.add(tileFirst, row), pair);
      return Values();
    });
  }
}

/// All tokens times a chunk, and beside them the pieces of the next one, evenly spread.
void TileProducts::multiply(const Unit &unit, Value firstPair, const Source &source, Value weights, const Source &next,
                            Value nextWidened, Value nextPieces) {
  Value tiles = e.divide(e.add(arguments.tokens, e.constant(tileRows - 1)), e.constant(tileRows));
  Value rounds = e.divide(e.add(tiles, e.constant(tokenTilesAtOnce - 1)), e.constant(tokenTilesAtOnce));
  constexpr int64_t bits = 16;
  Value allSteps = e.multiply(rounds, source.steps);
  Value rate = e.divide(e.add(e.shiftLeft(nextPieces, bits), e.subtract(allSteps, e.constant(1))), allSteps);
  Value pair = e.add(firstPair, unit.pair);
  auto round = [&](Value number, int count) {
    Value firstStep = e.multiply(number, source.steps);
    auto piecesBefore = [&](Value step) { return e.minimum(e.shiftRight(e.multiply(step, rate), bits), nextPieces); };
    tokenTiles(unit, pair, e.multiply(number, e.constant(tokenTilesAtOnce)), count, source, weights, [&](Value step) {
      Value before = e.add(firstStep, step);
      e.loop(piecesBefore(before), piecesBefore(e.add(before, e.constant(1))), 1, {},
             [&](Value number, ValueRange) { return piece(next, number, nextWidened), Values(); });
    });
  };
  Value whole = e.divide(tiles, e.constant(tokenTilesAtOnce));
  e.loop(e.constant(0), whole, 1, {}, [&](Value number, ValueRange) { return round(number, tokenTilesAtOnce), Values(); });
  e.ifThen(e.less(whole, rounds), [&] { round(whole, 1); });
}

void TileProducts::pass(Value firstPair, Value pairs) {
  auto pieces = [&](const Source &source) { return e.multiply(source.steps, e.constant(panelsAtOnce)); };
  Value zero = e.constant(0), units = e.multiply(pairs, e.constant(cut.chunks));
  const Unit first{zero, zero, zero};
  const Source begin = sourceOf(first, firstPair);
  e.loop(zero, pieces(begin), 1, {}, [&](Value number, ValueRange) { return piece(begin, number, widenedAt(zero)), Values(); });
  e.loop(zero, units, 1, first.values(), [&](Value number, ValueRange carried) {
    const Unit unit{carried[0], carried[1], carried[2]}, following = after(unit, pairs);
    Value another = e.add(number, e.constant(1)), isLast = equal(another, units);
    // Behind the last one comes nothing, but addresses must be those of something.
    const Source source = sourceOf(unit, firstPair);
    const Unit next{following.columnBlock, e.select(isLast, unit.pair, following.pair), e.select(isLast, unit.chunk, following.chunk)};
    const Source nextSource = sourceOf(next, firstPair);
    Value weights = cut.widened ? widenedAt(number) : e.pointerTo({source.panels[0], source.firstStep, tileBytes, 0});
    multiply(unit, firstPair, source, weights, nextSource, widenedAt(another), e.select(isLast, zero, pieces(nextSource)));
    return following.values();
  });
}

void TileProducts::run() {
  configure();
  heldSums = e.pointerTo({arguments.scratch, Value(), 0, 2 * cut.widened});
  if (cut.heldPairs == 1)
    pass(arguments.firstPair, e.subtract(arguments.endPair, arguments.firstPair));
  else
    e.loop(arguments.firstPair, arguments.endPair, cut.heldPairs, {}, [&](Value pair, ValueRange) {
      pass(pair, e.minimum(e.subtract(arguments.endPair, pair), e.constant(cut.heldPairs)));
      return Values();
    });
  instruction("tilerelease", {});
}

} // namespace

bool fitsTiles(const PanelLayout &weights, const ActivationLayout &activations) {
  const packed::BlockFormatInfo &format = packed::info(weights.format);
  return activations.kind == ActivationKind::bf16 && weights.columns % tileColumns == 0 &&
         (format.isQuantised() || format.format == packed::BlockFormat::BF16);
}

int64_t tileScratchBytes(const TileProblem &problem) {
  const Cut cut(problem);
  return std::max<int64_t>(64, 2 * cut.widened) + cut.heldPairs * cut.sumsBytes;
}

void emitTileProducts(Emitter &e, const TileProblem &problem, const TileArguments &arguments) {
  TileProducts(e, problem, arguments).run();
}

} // namespace ingot::cpu
