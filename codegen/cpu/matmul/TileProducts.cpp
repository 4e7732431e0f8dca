// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/matmul/TileProducts.h"

#include "codegen/cpu/matmul/Dequantise.h"
#include "codegen/cpu/vector/Tiles.h"

#include <algorithm>

namespace ingot::cpu {

namespace LLVM = mlir::LLVM;

namespace {

constexpr int panelsAtOnce = 2, tokenTilesAtOnce = 2;
/// Steps of products between which a piece of other work is spread: tile and vector instructions overlap only when they are mixed
/// so finely (a piece behind four steps costs its whole time, a quarter of it behind each nothing; Xeon with AMX, 2026-11).
constexpr int groupSteps = 4;

/// A chunk of both panels and a few tiles of sums fit a first-level cache of 48 KB.
constexpr int64_t mostChunkColumns = 640;
/// The tokens of a block, in all columns of a column block, take half of a second-level cache of 2 MB.
constexpr int64_t cachedActivations = 1 << 20;
/// Pairs whose sums wait while the columns change.
constexpr int64_t mostHeldPairs = 32;

/// Tokens between asking for a result's memory and storing to it.
constexpr int64_t storesAhead = 32;

int64_t quotientUp(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// How a problem is cut. A step is 32 columns; all chunks but the last have `chunkSteps`.
struct Cut {
  explicit Cut(const TileProblem &problem) {
    steps = problem.weights.columns / tileColumns;
    chunkSteps = quotientUp(steps, quotientUp(steps * tileColumns, mostChunkColumns));
    chunkSteps = quotientUp(chunkSteps, groupSteps) * groupSteps;
    chunks = quotientUp(steps, chunkSteps);
    const int64_t fit = std::max<int64_t>(1, cachedActivations / (problem.blockTokens * chunkSteps * tileColumns * 2));
    blockChunks = quotientUp(chunks, quotientUp(chunks, fit));
    columnBlocks = quotientUp(chunks, blockChunks);
    heldPairs = columnBlocks == 1 ? 2 : mostHeldPairs;
    sumsBytes = quotientUp(problem.blockTokens, tileRows) * panelsAtOnce * tileBytes;
    widened = packed::info(problem.weights.format).isQuantised() ? panelsAtOnce * chunkBytes() : 0;
  }
  int64_t chunkBytes() const { return chunkSteps * tileBytes; } ///< of a panel as bfloat16

  int64_t steps, chunkSteps, chunks, blockChunks, columnBlocks;
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
      : e(e), tiles(e), problem(problem), arguments(arguments), cut(problem) {}

  void run();

private:
  /// A chunk of a pair: what is multiplied by all tokens, then by the next one's.
  struct Unit {
    Value columnBlock, pair, chunk; ///< `pair` counts from the first of a pass
  };
  /// Where the weights of a unit come from, and how many steps they have.
  struct Source {
    Value panels[panelsAtOnce], firstStep, steps;
  };

  Value equal(Value left, Value right) { return LLVM::ICmpOp::create(e.b, LLVM::ICmpPredicate::eq, left, right); }

  /// What is done beside the products of a chunk, evenly spread over all its groups of steps.
  struct Background {
    Source next; ///< pieces of it are widened, or asked for
    Value widened, pieces;
    Value finishedPair, firstRow, rows; ///< sums that go to the result
  };

  void pass(Value firstPair, Value pairs);
  Unit after(const Unit &unit, Value pairs);
  Source sourceOf(const Unit &unit, Value firstPair);
  Value sumsOf(Value pair);
  Value widenedAt(Value number);
  void piece(const Source &source, Value number, Value widened, llvm::function_ref<void(int quarter)> afterQuarter);
  void pieces(const Background &background, Value first, Value end);
  void storeRows(Value firstPair, Value pair, Value first, Value end);
  void multiply(const Unit &unit, Value firstPair, const Source &source, Value weights, const Background &background);
  void tokenTiles(const Unit &unit, Value tokenTile, int count, const Source &source, Value weights,
                  llvm::function_ref<void(Value group, llvm::function_ref<void(int step)> products)> group);

  Emitter &e;
  Tiles tiles;
  const TileProblem &problem;
  const TileArguments &arguments;
  const Cut cut;
  Value heldSums; ///< in the scratch, behind two widened chunks
};

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

/// Those of the pair before wait, too, until they are stored.
Value TileProducts::sumsOf(Value pair) {
  return e.pointerTo({heldSums, cut.columnBlocks == 1 ? e.bitAnd(pair, e.constant(1)) : pair, cut.sumsBytes, 0});
}

/// Piece `number` of a chunk, 32 columns of one of its panels: widened, or asked for, in quarters.
void TileProducts::piece(const Source &source, Value number, Value widened, llvm::function_ref<void(int quarter)> afterQuarter) {
  Value which = e.bitAnd(number, e.constant(1)), step = e.divide(number, e.constant(panelsAtOnce));
  Value panel = e.select(equal(which, e.constant(0)), source.panels[0], source.panels[1]), column = e.add(source.firstStep, step);
  if (!cut.widened) {
    Value lines = e.pointerTo({panel, column, tileBytes, 0});
    for (int quarter = 0; quarter < groupSteps; quarter++) {
      for (int64_t line = 0; line < tileBytes / groupSteps; line += 64)
        e.prefetch({lines, Value(), 0, quarter * (tileBytes / groupSteps) + line});
      afterQuarter(quarter);
    }
    return;
  }
  const PanelLayout &layout = problem.weights;
  const int64_t stripBlocks = layout.stripColumns / tileColumns;
  Value strip = e.pointerTo({panel, e.divide(column, e.constant(stripBlocks)), layout.stripBytes, 0});
  Scales scales(e, layout);
  scales.enter(strip);
  Value to = e.pointerTo({e.pointerTo({widened, which, cut.chunkBytes(), 0}), step, tileBytes, 0});
  WidenedBlock writer(e, layout, scales, {strip, {e.bitAnd(column, e.constant(stripBlocks - 1))}, {}}, {to, Value()});
  static_assert(groupSteps == WidenedBlock::quarters);
  const int64_t blockLines = quotientUp(layout.stripBytes / stripBlocks, 64);
  Value ahead = e.pointerTo({strip, e.bitAnd(column, e.constant(stripBlocks - 1)), layout.stripBytes / stripBlocks / 64 * 64, 0});
  for (int quarter = 0; quarter < groupSteps; quarter++) {
    if (problem.prefetchBytes != 0)
      for (int64_t line = quarter * blockLines / groupSteps; line < (quarter + 1) * blockLines / groupSteps; line++)
        askAhead(e, {ahead, Value(), 0, 64 * line}, problem.prefetchBytes, problem.asksTwice);
    writer.write(quarter);
    afterQuarter(quarter);
  }
}

void TileProducts::pieces(const Background &background, Value first, Value end) {
  e.loop(first, end, 1, {}, [&](Value number, ValueRange) {
    piece(background.next, number, background.widened, [](int) {});
    return Values();
  });
}

/// One or two tiles of tokens times both panels, whose chunk lies at `weights`.
void TileProducts::tokenTiles(const Unit &unit, Value tokenTile, int count, const Source &source, Value weights,
                              llvm::function_ref<void(Value group, llvm::function_ref<void(int step)> products)> group) {
  const int64_t record = problem.activations.recordBytes;
  Value sums = e.pointerTo({sumsOf(unit.pair), tokenTile, panelsAtOnce * tileBytes, 0});
  auto forEachSum = [&](llvm::function_ref<void(int number, Value address)> body) {
    for (int token = 0; token < count; token++)
      for (int panel = 0; panel < panelsAtOnce; panel++)
        body(sumsTile(token, panel), e.pointerTo({sums, Value(), 0, (token * panelsAtOnce + panel) * tileBytes}));
  };
  e.ifThenElse(
      equal(unit.chunk, e.constant(0)), [&] { forEachSum([&](int number, Value) { tiles.zero(number); }); },
      [&] { forEachSum([&](int number, Value address) { tiles.load(number, address, tileRowBytes); }); });
  Value tokens = e.pointerTo({arguments.records, tokenTile, tileRows * record, problem.activations.codes});
  tokens = e.pointerTo({tokens, source.firstStep, tileColumns * 2, 0});
  Value second = e.pointerTo({weights, Value(), 0, cut.chunkBytes()});
  if (!cut.widened) second = e.pointerTo({source.panels[1], source.firstStep, tileBytes, 0});
  auto products = [&](Value index, int64_t unroll, int64_t step) {
    tiles.load(weightsTile(0), e.pointerTo({weights, index, unroll * tileBytes, step * tileBytes}), 64);
    tiles.load(weightsTile(1), e.pointerTo({second, index, unroll * tileBytes, step * tileBytes}), 64);
    for (int token = 0; token < count; token++) {
      tiles.loadStreamed(tokensTile(token),
                         e.pointerTo({tokens, index, unroll * tileColumns * 2, step * tileColumns * 2 + token * tileRows * record}),
                         record);
      for (int panel = 0; panel < panelsAtOnce; panel++)
        tiles.multiply(sumsTile(token, panel), tokensTile(token), weightsTile(panel));
    }
  };
  Value groups = e.divide(source.steps, e.constant(groupSteps));
  e.loop(e.constant(0), groups, 1, {}, [&](Value index, ValueRange) {
    group(index, [&](int step) { products(index, groupSteps, step); });
    return Values();
  });
  e.loop(e.multiply(groups, e.constant(groupSteps)), source.steps, 1, {},
         [&](Value step, ValueRange) { return products(step, 1, 0), Values(); });
  forEachSum([&](int number, Value address) { tiles.store(number, address, tileRowBytes); });
}

/// The sums of tokens [first, end) go to the result.
void TileProducts::storeRows(Value firstPair, Value pair, Value first, Value end) {
  e.loop(first, end, 1, {}, [&](Value token, ValueRange) {
    // [tile][panel][token of the tile]
    Value inTile = e.bitAnd(token, e.constant(tileRows - 1));
    Value row = e.add(e.multiply(e.subtract(token, inTile), e.constant(panelsAtOnce)), inTile);
    const Address place{sumsOf(pair), row, 64, 0};
    arguments.ask(e.add(token, e.constant(storesAhead)), e.add(firstPair, pair));
    arguments.store(e.load(e.floats, place, 64), e.load(e.floats, place.plus(tileBytes), 64), token, e.add(firstPair, pair));
    return Values();
  });
}

/// All tokens times a chunk, and what goes on beside that.
void TileProducts::multiply(const Unit &unit, Value firstPair, const Source &source, Value weights, const Background &background) {
  Value count = e.divide(e.add(arguments.tokens, e.constant(tileRows - 1)), e.constant(tileRows));
  Value rounds = e.divide(e.add(count, e.constant(tokenTilesAtOnce - 1)), e.constant(tokenTilesAtOnce));
  Value groups = e.divide(source.steps, e.constant(groupSteps)), allGroups = e.multiply(rounds, groups);
  // How much of `all` is done before so many groups, with a rate in fixed point.
  constexpr int64_t bits = 16;
  auto rateOf = [&](Value all) {
    Value divisor = e.maximum(allGroups, e.constant(1));
    return e.divide(e.add(e.shiftLeft(all, bits), e.subtract(divisor, e.constant(1))), divisor);
  };
  Value pieceRate = rateOf(background.pieces), rowRate = rateOf(background.rows);
  auto before = [&](Value group, Value rate, Value all) { return e.minimum(e.shiftRight(e.multiply(group, rate), bits), all); };
  auto rowsBefore = [&](Value group) { return e.add(background.firstRow, before(group, rowRate, background.rows)); };
  auto piecesBefore = [&](Value group) { return before(group, pieceRate, background.pieces); };
  auto round = [&](Value number, int count) {
    Value tokenTile = e.multiply(number, e.constant(tokenTilesAtOnce)), first = e.multiply(number, groups);
    tokenTiles(unit, tokenTile, count, source, weights, [&](Value index, llvm::function_ref<void(int step)> products) {
      Value group = e.add(first, index), next = e.add(group, e.constant(1));
      Value from = piecesBefore(group), to = piecesBefore(next);
      e.ifThenElse(
          e.less(from, to), [&] { piece(background.next, from, background.widened, products); },
          [&] {
            for (int step = 0; step < groupSteps; step++) products(step);
          });
      pieces(background, e.add(from, e.constant(1)), to);
      storeRows(firstPair, background.finishedPair, rowsBefore(group), rowsBefore(next));
    });
  };
  Value whole = e.divide(count, e.constant(tokenTilesAtOnce));
  e.loop(e.constant(0), whole, 1, {}, [&](Value number, ValueRange) { return round(number, tokenTilesAtOnce), Values(); });
  e.ifThen(e.less(whole, rounds), [&] { round(whole, 1); });
  // A chunk of less than a group leaves all of it.
  pieces(background, piecesBefore(allGroups), background.pieces);
  storeRows(firstPair, background.finishedPair, rowsBefore(allGroups), e.add(background.firstRow, background.rows));
}

void TileProducts::pass(Value firstPair, Value pairs) {
  Value zero = e.constant(0), one = e.constant(1), units = e.multiply(pairs, e.constant(cut.chunks));
  auto piecesOf = [&](const Source &source) { return e.multiply(source.steps, e.constant(panelsAtOnce)); };
  const Source begin = sourceOf({zero, zero, zero}, firstPair);
  Background background;
  background.next = begin, background.widened = widenedAt(zero);
  pieces(background, zero, piecesOf(begin));
  e.loop(zero, units, 1, {zero, zero, zero}, [&](Value number, ValueRange carried) {
    const Unit unit{carried[0], carried[1], carried[2]}, following = after(unit, pairs);
    Value another = e.add(number, one), isLast = equal(another, units);
    const Source source = sourceOf(unit, firstPair);
    Background background;
    // Behind the last one comes nothing, but addresses must be those of something.
    background.next = sourceOf(
        {following.columnBlock, e.select(isLast, unit.pair, following.pair), e.select(isLast, unit.chunk, following.chunk)},
        firstPair);
    background.widened = widenedAt(another);
    background.pieces = e.select(isLast, zero, piecesOf(background.next));
    // While the last column block of a pair is multiplied, the sums of the pair before are stored.
    const int64_t firstChunk = (cut.columnBlocks - 1) * cut.blockChunks, chunks = cut.chunks - firstChunk;
    Value chunk = e.subtract(unit.chunk, e.constant(firstChunk));
    auto rowsBefore = [&](Value count) { return e.divide(e.multiply(arguments.tokens, count), e.constant(chunks)); };
    Value finishes = e.bitAnd(equal(unit.columnBlock, e.constant(cut.columnBlocks - 1)), e.less(zero, unit.pair));
    background.finishedPair = e.subtract(unit.pair, one);
    background.firstRow = e.select(finishes, rowsBefore(chunk), zero);
    background.rows = e.select(finishes, e.subtract(rowsBefore(e.add(chunk, one)), background.firstRow), zero);
    Value weights = cut.widened ? widenedAt(number) : e.pointerTo({source.panels[0], source.firstStep, tileBytes, 0});
    multiply(unit, firstPair, source, weights, background);
    return Values{following.columnBlock, following.pair, following.chunk};
  });
  storeRows(firstPair, e.subtract(pairs, one), zero, arguments.tokens);
}

void TileProducts::run() {
  tiles.configure(arguments.scratch); // not used yet
  heldSums = e.pointerTo({arguments.scratch, Value(), 0, 2 * cut.widened});
  if (cut.columnBlocks == 1)
    pass(arguments.firstPair, e.subtract(arguments.endPair, arguments.firstPair));
  else
    e.loop(arguments.firstPair, arguments.endPair, cut.heldPairs, {}, [&](Value pair, ValueRange) {
      pass(pair, e.minimum(e.subtract(arguments.endPair, pair), e.constant(cut.heldPairs)));
      return Values();
    });
  tiles.release();
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
