// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/matmul/ChunkProducts.h"

#include "codegen/cpu/layout/Planes.h"
#include "codegen/cpu/matmul/Dots.h"
#include "codegen/cpu/matmul/TokenStarts.h"
#include "codegen/cpu/matmul/TokenTiles.h"
#include "codegen/cpu/matmul/TokenWords.h"
#include "codegen/cpu/matmul/UnpackedPanel.h"

#include "llvm/Support/MathExtras.h"

namespace ingot::cpu {

namespace {

constexpr int64_t mostChunkColumns = 512;

/// How columns are cut, and where things lie in the scratch.
struct Plan {
  explicit Plan(const ChunkProblem &problem)
      : weights(problem.weights), unpacked(unpackedLayout(weights, problem.activations.kind, problem.unit)),
        starts(unpacked, problem.activations), words(unpacked, problem.activations) {
    strips = weights.panelBytes / weights.stripBytes, stripBlocks = weights.stripColumns / 32;
    const int64_t chunks = llvm::divideCeilSigned(weights.columns, mostChunkColumns);
    chunkStrips = llvm::divideCeilSigned(strips, chunks);
    Planes planes;
    codes = planes.add(chunkBlocks() * unpacked.stripBytes);
    sums = planes.add(problem.blockTokens * panelRows * 4);
    tokenStarts = planes.add(problem.blockTokens * starts.tokenBytes());
    tokenWords = planes.add(problem.blockTokens * words.tokenBytes());
    bytes = planes.bytes();
  }

  int64_t chunkBlocks() const { return chunkStrips * stripBlocks; }

  const PanelLayout &weights;
  const PanelLayout unpacked;
  const TokenStarts starts;
  const TokenWords words;
  int64_t strips, stripBlocks, chunkStrips;
  int64_t codes, sums, tokenStarts, tokenWords, bytes; ///< offsets, and all
};

Value inScratch(Emitter &e, const ChunkArguments &arguments, int64_t offset) {
  return e.pointerTo({arguments.scratch, Value(), 0, offset});
}

class ChunkProducts {
public:
  ChunkProducts(Emitter &e, const ChunkProblem &problem, const ChunkArguments &arguments, const ChunkPanel &panel)
      : e(e), problem(problem), arguments(arguments), panel(panel), plan(problem), codes(inScratch(e, arguments, plan.codes)),
        sums(inScratch(e, arguments, plan.sums)), starts(inScratch(e, arguments, plan.tokenStarts)),
        words(inScratch(e, arguments, plan.tokenWords)) {}

  void run();

private:
  struct Chunk {
    Value firstBlock, blocks;
    Value notFirst; ///< 16 lanes of it
    Value isLast;
  };

  /// Where the sums of a token wait for the next chunk.
  Address sumsOf(Value token, int64_t more) { return {sums, token, 4 * panelRows, 4 * panelRows * more}; }
  Chunk unpack(Value firstStrip);
  void tile(const Chunk &chunk, Value token, int count);

  Emitter &e;
  const ChunkProblem &problem;
  const ChunkArguments &arguments;
  const ChunkPanel &panel;
  const Plan plan;
  Value codes, sums, starts, words;
};

ChunkProducts::Chunk ChunkProducts::unpack(Value firstStrip) {
  Value left = e.subtract(e.constant(plan.strips), firstStrip);
  unpackStrips(e, plan.weights, e.pointerTo({panel.weights, firstStrip, plan.weights.stripBytes, 0}),
               {.prefetchBytes = problem.prefetchBytes,
                .prefetchFar = problem.unit.prefetchFar,
                .strips = e.minimum(left, e.constant(plan.chunkStrips))},
               plan.unpacked, codes);
  Value firstBlock = e.multiply(firstStrip, e.constant(plan.stripBlocks));
  Value blocks = e.minimum(e.subtract(e.constant(plan.weights.columns / 32), firstBlock), e.constant(plan.chunkBlocks()));
  Value number = e.broadcast(mlir::LLVM::TruncOp::create(e.b, e.i32, firstStrip), panelRows);
  return {firstBlock, blocks, e.less(e.splat(e.ints, 0), number), e.less(left, e.constant(plan.chunkStrips + 1))};
}

void ChunkProducts::tile(const Chunk &chunk, Value token, int count) {
  Values before;
  for (int number = 0; number < count; number++)
    before.push_back(e.loadMasked(e.floats, sumsOf(token, number), chunk.notFirst, 64));
  // A result's line comes from memory. Asked for all at once, the tile's lines would hold up those of the activations.
  Value next = e.add(token, e.constant(count));
  Value place =
      e.select(chunk.isLast, e.pointerTo({panel.result, e.multiply(next, panel.resultStride), 1, 0}), e.pointerTo(sumsOf(next, 0)));
  Value stride = e.select(chunk.isLast, panel.resultStride, e.constant(4 * panelRows));
  const int64_t asks = llvm::divideCeilSigned(count, plan.chunkBlocks());
  const auto askForNext = [&](Value block) {
    for (int64_t ask = 0; ask < asks; ask++) {
      Value number = e.add(e.multiply(block, e.constant(asks)), e.constant(ask));
      e.prefetchForStore({place, e.multiply(number, stride), 1, 0});
    }
  };
  const auto ofTokens = [&](Value all, int64_t bytes) {
    return PerToken{bytes == 0 ? Value() : e.pointerTo({all, token, bytes, 0}), bytes};
  };
  const DotsPart part{.firstBlock = chunk.firstBlock,
                      .blocks = chunk.blocks,
                      .starts = ofTokens(starts, plan.starts.tokenBytes()),
                      .words = ofTokens(words, plan.words.tokenBytes()),
                      .sums = before,
                      .beside = askForNext};
  const ActivationLayout &x = problem.activations;
  const Values after =
      emitDots(e, {plan.unpacked, x, problem.unit, count}, codes, e.pointerTo({arguments.records, token, x.recordBytes, 0}), &part);
  e.ifThenElse(
      chunk.isLast,
      [&] {
        for (int number = 0; number < count; number++) panel.store(after[number], e.add(token, e.constant(number)));
      },
      [&] {
        for (int number = 0; number < count; number++) e.store(after[number], sumsOf(token, number), 64);
      });
}

void ChunkProducts::run() {
  e.loop(e.constant(0), e.constant(plan.strips), plan.chunkStrips, {}, [&](Value firstStrip, ValueRange) {
    const Chunk chunk = unpack(firstStrip);
    forEachTile(e, problem.tileTokens, e.constant(0), arguments.tokens, [&](Value token, int count) { tile(chunk, token, count); });
    return Values();
  });
}

} // namespace

int64_t chunkScratchBytes(const ChunkProblem &problem) { return Plan(problem).bytes; }

void prepareTokens(Emitter &e, const ChunkProblem &problem, const ChunkArguments &arguments) {
  const Plan plan(problem);
  plan.starts.write(e, arguments.records, arguments.tokens, inScratch(e, arguments, plan.tokenStarts));
  plan.words.write(e, arguments.records, arguments.tokens, inScratch(e, arguments, plan.tokenWords));
}

void emitChunkProducts(Emitter &e, const ChunkProblem &problem, const ChunkArguments &arguments, const ChunkPanel &panel) {
  ChunkProducts(e, problem, arguments, panel).run();
}

} // namespace ingot::cpu
