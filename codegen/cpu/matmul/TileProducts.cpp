// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/matmul/TileProducts.h"

#include "codegen/cpu/matmul/Dequantise.h"
#include "codegen/cpu/vector/Tiles.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>

namespace ingot::cpu {

namespace LLVM = mlir::LLVM;

namespace {

constexpr int panelsAtOnce = 2, tokenTilesAtOnce = 2;
constexpr int64_t roundTokens = tokenTilesAtOnce * tileRows, roundBytes = tokenTilesAtOnce * panelsAtOnce * tileBytes;
/// Steps of products between which a piece of other work is spread: tile and vector instructions overlap only when they are mixed
/// so finely (a piece behind four steps costs its whole time, a quarter of it behind each nothing; Xeon with AMX, 2026-11).
constexpr int groupSteps = 4;

/// A chunk of both panels and a few tiles of sums fit a first-level cache of 48 KB; whole short rows save the sums a trip.
constexpr int64_t mostChunkColumns = 512, singleChunkColumns = 640;
/// The tokens of a block, in all columns of a column block, take half of a second-level cache of 2 MB.
constexpr int64_t cachedActivations = 1 << 20;
/// Pairs whose sums wait while the columns change.
constexpr int64_t mostHeldPairs = 32;

/// Tokens between asking for a result's memory and storing to it.
constexpr int64_t storesAhead = 32;

/// How a problem is cut. A step is 32 columns; all chunks but the last have `chunkSteps`.
struct Cut {
  explicit Cut(const TileProblem &problem) {
    steps = problem.weights.columns / tileColumns;
    const int64_t columns = problem.weights.columns;
    chunkSteps =
        llvm::divideCeilSigned(steps, columns <= singleChunkColumns ? 1 : llvm::divideCeilSigned(columns, mostChunkColumns));
    chunkSteps = llvm::divideCeilSigned(chunkSteps, groupSteps) * groupSteps;
    chunks = llvm::divideCeilSigned(steps, chunkSteps);
    const int64_t fit = std::max<int64_t>(1, cachedActivations / (problem.blockTokens * chunkSteps * tileColumns * 2));
    blockChunks = llvm::divideCeilSigned(chunks, llvm::divideCeilSigned(chunks, fit));
    columnBlocks = llvm::divideCeilSigned(chunks, blockChunks);
    heldPairs = chunks == 1 ? 0 : columnBlocks == 1 ? 1 : mostHeldPairs;
    sumsBytes = llvm::divideCeilSigned(problem.blockTokens, tileRows) * panelsAtOnce * tileBytes;
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

  /// What of the next chunk is done beside the products of a chunk, evenly spread over all its groups of steps.
  struct Background {
    Source next; ///< pieces of it are widened, or asked for
    Value widened, pieces;
  };
  /// Sums of a round that go to the result beside the products of the next.
  struct Finished {
    Value pair, round, rows; ///< rows: 0 when there are none
  };

  void pass(Value firstPair, Value pairs);
  Unit after(const Unit &unit, Value pairs);
  Source sourceOf(const Unit &unit, Value firstPair);
  Value sumsOf(Value pair);
  Value stagedAt(Value round);
  Value rowsOf(Value round);
  Value widenedAt(Value number);
  void piece(const Source &source, Value number, Value widened, llvm::function_ref<void(int quarter)> afterQuarter);
  void pieces(const Background &background, Value first, Value end);
  void storeRows(Value firstPair, const Finished &finished, Value first, Value end);
  void multiply(const Unit &unit, Value firstPair, const Source &source, Value weights, const Background &background);
  void tokenTiles(const Unit &unit, Value tokenTile, int count, const Source &source, Value weights,
                  llvm::function_ref<void(Value group, llvm::function_ref<void(int step)> products)> group,
                  llvm::function_ref<void()> atEnd);
  Value tokenTileCount() { return e.divide(e.add(arguments.tokens, e.constant(tileRows - 1)), e.constant(tileRows)); }

  Emitter &e;
  Tiles tiles;
  const TileProblem &problem;
  const TileArguments &arguments;
  const Cut cut;
  Value stagedSums, heldSums; ///< in the scratch, behind two widened chunks
  Value rounds;               ///< of one or two tiles of tokens
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

/// Where the sums of a pair wait from chunk to chunk.
Value TileProducts::sumsOf(Value pair) { return e.pointerTo({heldSums, cut.columnBlocks == 1 ? Value() : pair, cut.sumsBytes, 0}); }

/// The sums of a round's last chunk meet vectors in the first-level cache: rounds take turns in two places.
Value TileProducts::stagedAt(Value round) { return e.pointerTo({stagedSums, e.bitAnd(round, e.constant(1)), roundBytes, 0}); }

/// Tokens of a round.
Value TileProducts::rowsOf(Value round) {
  return e.minimum(e.subtract(arguments.tokens, e.multiply(round, e.constant(roundTokens))), e.constant(roundTokens));
}

/// Piece `number` of a chunk, 32 columns of one of its panels: widened, or asked for, in quarters.
void TileProducts::piece(const Source &source, Value number, Value widened, llvm::function_ref<void(int quarter)> afterQuarter) {
  Value which = e.bitAnd(number, e.constant(1)), step = e.divide(number, e.constant(panelsAtOnce));
  Value panel = e.select(equal(which, e.constant(0)), source.panels[0], source.panels[1]), column = e.add(source.firstStep, step);
  if (!cut.widened) {
    Value lines = e.pointerTo({panel, column, tileBytes, 0});
    for (int quarter = 0; quarter < groupSteps; quarter++) {
      for (int64_t line = 0; line < tileBytes / groupSteps; line += 64) {
        const Address at{lines, Value(), 0, quarter * (tileBytes / groupSteps) + line};
        e.prefetch(at);
        if (problem.prefetchBytes != 0) e.prefetch(at.plus(cut.chunkBytes()), /*locality=*/2);
      }
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
  const int64_t blockLines = llvm::divideCeilSigned(layout.stripBytes / stripBlocks, 64);
  Value ahead = e.pointerTo({strip, e.bitAnd(column, e.constant(stripBlocks - 1)), layout.stripBytes / stripBlocks / 64 * 64, 0});
  for (int quarter = 0; quarter < groupSteps; quarter++) {
    if (problem.prefetchBytes != 0)
      for (int64_t line = quarter * blockLines / groupSteps; line < (quarter + 1) * blockLines / groupSteps; line++)
        askAhead(e, {ahead, Value(), 0, 64 * line}, problem.prefetchBytes, problem.prefetchFar);
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
                              llvm::function_ref<void(Value group, llvm::function_ref<void(int step)> products)> group,
                              llvm::function_ref<void()> atEnd) {
  const int64_t record = problem.activations.recordBytes;
  Value held = e.pointerTo({sumsOf(unit.pair), tokenTile, panelsAtOnce * tileBytes, 0});
  auto forEachSum = [&](Value sums, llvm::function_ref<void(int number, Value address)> body) {
    for (int token = 0; token < count; token++)
      for (int panel = 0; panel < panelsAtOnce; panel++)
        body(sumsTile(token, panel), e.pointerTo({sums, Value(), 0, (token * panelsAtOnce + panel) * tileBytes}));
  };
  e.ifThenElse(
      equal(unit.chunk, e.constant(0)), [&] { forEachSum(held, [&](int number, Value) { tiles.zero(number); }); },
      [&] { forEachSum(held, [&](int number, Value address) { tiles.load(number, address, tileRowBytes); }); });
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
  atEnd();
  Value staged = stagedAt(e.divide(tokenTile, e.constant(tokenTilesAtOnce)));
  forEachSum(e.select(equal(unit.chunk, e.constant(cut.chunks - 1)), staged, held),
             [&](int number, Value address) { tiles.store(number, address, tileRowBytes); });
}

/// Sums of rows [first, end) of a round go to the result.
void TileProducts::storeRows(Value firstPair, const Finished &finished, Value first, Value end) {
  Value pair = e.add(firstPair, finished.pair), firstToken = e.multiply(finished.round, e.constant(roundTokens));
  Value sums = stagedAt(finished.round);
  e.loop(first, end, 1, {}, [&](Value row, ValueRange) {
    // [tile][panel][token of the tile]
    Value inTile = e.bitAnd(row, e.constant(tileRows - 1));
    const Address place{sums, e.add(e.multiply(e.subtract(row, inTile), e.constant(panelsAtOnce)), inTile), tileRowBytes, 0};
    Value token = e.add(firstToken, row);
    arguments.ask(e.add(token, e.constant(storesAhead)), pair);
    arguments.store(e.load(e.floats, place, 64), e.load(e.floats, place.plus(tileBytes), 64), token, pair);
    return Values();
  });
}

/// All tokens times a chunk, and what goes on beside that.
void TileProducts::multiply(const Unit &unit, Value firstPair, const Source &source, Value weights, const Background &background) {
  Value zero = e.constant(0), one = e.constant(1);
  Value groups = e.divide(source.steps, e.constant(groupSteps)), allGroups = e.multiply(rounds, groups);
  // How much of `all` is done before so many of `count` groups, with a rate in fixed point.
  constexpr int64_t bits = 16;
  auto rateOf = [&](Value all, Value count) {
    Value divisor = e.maximum(count, one);
    return e.divide(e.add(e.shiftLeft(all, bits), e.subtract(divisor, one)), divisor);
  };
  auto before = [&](Value group, Value rate, Value all) { return e.minimum(e.shiftRight(e.multiply(group, rate), bits), all); };
  Value pieceRate = rateOf(background.pieces, allGroups);
  auto piecesBefore = [&](Value group) { return before(group, pieceRate, background.pieces); };
  // The round before is this pair's, if this chunk is its last; before the first round it is the last one of the pair before.
  Value isLastChunk = equal(unit.chunk, e.constant(cut.chunks - 1));
  Value isBehindLast = e.bitAnd(equal(unit.chunk, e.constant((cut.columnBlocks - 1) * cut.blockChunks)), e.less(zero, unit.pair));
  auto finishedBefore = [&](Value round) {
    Value isFirst = equal(round, zero), number = e.select(isFirst, e.subtract(rounds, one), e.subtract(round, one));
    return Finished{e.select(isFirst, e.subtract(unit.pair, one), unit.pair), number,
                    e.select(e.select(isFirst, isBehindLast, isLastChunk), rowsOf(number), zero)};
  };
  auto multiplyRound = [&](Value round, int count) {
    Value tokenTile = e.multiply(round, e.constant(tokenTilesAtOnce)), first = e.multiply(round, groups);
    const Finished finished = finishedBefore(round);
    Value rowRate = rateOf(finished.rows, groups);
    auto rowsBefore = [&](Value group) { return before(group, rowRate, finished.rows); };
    tokenTiles(
        unit, tokenTile, count, source, weights,
        [&](Value index, llvm::function_ref<void(int step)> products) {
          Value group = e.add(first, index), next = e.add(group, one);
          Value from = piecesBefore(group), to = piecesBefore(next);
          e.ifThenElse(
              e.less(from, to), [&] { piece(background.next, from, background.widened, products); },
              [&] {
                for (int step = 0; step < groupSteps; step++) products(step);
              });
          pieces(background, e.add(from, one), to);
          storeRows(firstPair, finished, rowsBefore(index), rowsBefore(e.add(index, one)));
        },
        [&] { storeRows(firstPair, finished, rowsBefore(groups), finished.rows); });
  };
  Value whole = e.divide(tokenTileCount(), e.constant(tokenTilesAtOnce));
  e.loop(zero, whole, 1, {}, [&](Value round, ValueRange) { return multiplyRound(round, tokenTilesAtOnce), Values(); });
  e.ifThen(e.less(whole, rounds), [&] { multiplyRound(whole, 1); });
  // A chunk of less than a group leaves all of it.
  pieces(background, piecesBefore(allGroups), background.pieces);
}

void TileProducts::pass(Value firstPair, Value pairs) {
  Value zero = e.constant(0), one = e.constant(1), units = e.multiply(pairs, e.constant(cut.chunks));
  auto piecesOf = [&](const Source &source) { return e.multiply(source.steps, e.constant(panelsAtOnce)); };
  const Source begin = sourceOf({zero, zero, zero}, firstPair);
  pieces({begin, widenedAt(zero), Value()}, zero, piecesOf(begin));
  e.loop(zero, units, 1, {zero, zero, zero}, [&](Value number, ValueRange carried) {
    const Unit unit{carried[0], carried[1], carried[2]}, following = after(unit, pairs);
    Value another = e.add(number, one), isLast = equal(another, units);
    const Source source = sourceOf(unit, firstPair);
    // Behind the last one comes nothing, but addresses must be those of something.
    const Source next = sourceOf(
        {following.columnBlock, e.select(isLast, unit.pair, following.pair), e.select(isLast, unit.chunk, following.chunk)},
        firstPair);
    Value weights = cut.widened ? widenedAt(number) : e.pointerTo({source.panels[0], source.firstStep, tileBytes, 0});
    multiply(unit, firstPair, source, weights, {next, widenedAt(another), e.select(isLast, zero, piecesOf(next))});
    return Values{following.columnBlock, following.pair, following.chunk};
  });
  Value lastRound = e.subtract(rounds, one);
  storeRows(firstPair, {e.subtract(pairs, one), lastRound, Value()}, zero, rowsOf(lastRound));
}

void TileProducts::run() {
  tiles.configure(arguments.scratch); // not used yet
  stagedSums = e.pointerTo({arguments.scratch, Value(), 0, 2 * cut.widened});
  heldSums = e.pointerTo({stagedSums, Value(), 0, 2 * roundBytes});
  rounds = e.divide(e.add(tokenTileCount(), e.constant(tokenTilesAtOnce - 1)), e.constant(tokenTilesAtOnce));
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
  return 2 * cut.widened + 2 * roundBytes + cut.heldPairs * cut.sumsBytes;
}

void emitTileProducts(Emitter &e, const TileProblem &problem, const TileArguments &arguments) {
  TileProducts(e, problem, arguments).run();
}

} // namespace ingot::cpu
