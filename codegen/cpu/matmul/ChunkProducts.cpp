// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/matmul/ChunkProducts.h"

#include "codegen/cpu/layout/Planes.h"
#include "codegen/cpu/matmul/Dots.h"
#include "codegen/cpu/matmul/TokenStarts.h"
#include "codegen/cpu/matmul/TokenTiles.h"
#include "codegen/cpu/matmul/TokenWords.h"
#include "codegen/cpu/matmul/UnpackedPanel.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>

namespace ingot::cpu {

namespace {

constexpr int64_t mostChunkColumns = 512;
/// What passes by all tokens of a block before more columns do; so many panels' sums wait meanwhile.
constexpr int64_t mostBlockChunks = 4, mostHeldPanels = 8;

/// How columns are cut, and where things lie in the scratch.
struct Plan {
  explicit Plan(const ChunkProblem &problem)
      : weights(problem.weights), unpacked(unpackedLayout(weights, problem.activations.kind, problem.unit)),
        starts(unpacked, problem.activations), words(unpacked, problem.activations) {
    const auto divide = [](int64_t all, int64_t part) -> int64_t { return llvm::divideCeilSigned(all, part); };
    strips = weights.panelBytes / weights.stripBytes, stripBlocks = weights.stripColumns / 32;
    const int64_t chunks = divide(weights.columns, mostChunkColumns);
    chunkStrips = divide(strips, chunks);
    blockStrips = chunkStrips * divide(chunks, divide(chunks, mostBlockChunks));
    columnBlocks = divide(strips, blockStrips);
    heldPanels = columnBlocks == 1 ? 1 : mostHeldPanels;
    const int64_t columnBytes = problem.activations.recordBytes * std::min(blockStrips, strips) / strips;
    blockTokens = tokensInCache(problem.unit.activationBlock, columnBytes, problem.tileTokens);
    Planes planes;
    codes = planes.add(chunkBlocks() * unpacked.stripBytes);
    sums = planes.add(heldPanels * panelSumsBytes());
    tokenStarts = planes.add(blockTokens * starts.tokenBytes());
    tokenWords = planes.add(blockTokens * words.tokenBytes());
    bytes = planes.bytes();
  }

  int64_t chunkBlocks() const { return chunkStrips * stripBlocks; }
  int64_t panelSumsBytes() const { return blockTokens * panelRows * 4; }

  const PanelLayout &weights;
  const PanelLayout unpacked;
  const TokenStarts starts;
  const TokenWords words;
  int64_t strips, stripBlocks, chunkStrips, blockStrips; ///< of the panel, a block of 32 columns, a chunk, a block of columns
  int64_t columnBlocks, heldPanels, blockTokens;
  int64_t codes, sums, tokenStarts, tokenWords, bytes; ///< offsets, and all
};

class ChunkProducts {
public:
  ChunkProducts(Emitter &e, const ChunkProblem &problem, const TokenBlock &tokens, PerToken minimumSums, Value scratch,
                const PanelRange &panels)
      : e(e), problem(problem), tokens(tokens), minimumSums(minimumSums), panels(panels), plan(problem),
        codes(inScratch(scratch, plan.codes)), allSums(inScratch(scratch, plan.sums)), starts(inScratch(scratch, plan.tokenStarts)),
        words(inScratch(scratch, plan.tokenWords)) {}

  void run();

private:
  struct Panel {
    Value number, weights, result;
    Value sums; ///< where those of the tokens wait for the next chunk
  };
  struct Chunk {
    Value firstBlock, blocks;
    Value notFirst; ///< 16 lanes of it
    Value isLast;
    Value next; ///< packed weights of the chunk that comes after all tokens
  };

  Value inScratch(Value scratch, int64_t offset) { return e.pointerTo({scratch, Value(), 0, offset}); }
  Address sumsOf(const Panel &panel, Value token, int64_t more) { return {panel.sums, token, 4 * panelRows, 4 * panelRows * more}; }
  Chunk unpack(const Panel &panel, Value firstStrip, Value next);
  void tile(const Panel &panel, const Chunk &chunk, Value token, int count);
  void chunks(const Panel &panel, Value firstStrip, Value endStrip, Value following);
  void held(Value first, Value end);

  Emitter &e;
  const ChunkProblem &problem;
  const TokenBlock &tokens;
  const PerToken minimumSums;
  const PanelRange &panels;
  const Plan plan;
  Value codes, allSums, starts, words;
};

ChunkProducts::Chunk ChunkProducts::unpack(const Panel &panel, Value firstStrip, Value next) {
  Value left = e.subtract(e.constant(plan.strips), firstStrip);
  unpackStrips(e, plan.weights, e.pointerTo({panel.weights, firstStrip, plan.weights.stripBytes, 0}),
               {.strips = e.minimum(left, e.constant(plan.chunkStrips))}, plan.unpacked, codes);
  Value firstBlock = e.multiply(firstStrip, e.constant(plan.stripBlocks));
  Value blocks = e.minimum(e.subtract(e.constant(plan.weights.columns / 32), firstBlock), e.constant(plan.chunkBlocks()));
  Value number = e.broadcast(mlir::LLVM::TruncOp::create(e.b, e.i32, firstStrip), panelRows);
  return {firstBlock, blocks, e.less(e.splat(e.ints, 0), number), e.less(left, e.constant(plan.chunkStrips + 1)), next};
}

void ChunkProducts::tile(const Panel &panel, const Chunk &chunk, Value token, int count) {
  const bool stayInMemory = TileSums::belongInMemory(problem.unit);
  Values before;
  const auto forEachToken = [&](llvm::function_ref<void(int number, const Address &sum)> body) {
    for (int number = 0; number < count; number++) body(number, sumsOf(panel, token, number));
  };
  if (stayInMemory)
    e.ifThen(e.less(chunk.firstBlock, e.constant(1)),
             [&] { forEachToken([&](int, const Address &sum) { e.store(e.splatFloat(e.floats, 0), sum, 64); }); });
  else
    forEachToken([&](int, const Address &sum) { before.push_back(e.loadMasked(e.floats, sum, chunk.notFirst, 64)); });
  // A result's line comes from memory. Asked for all at once, the tile's lines would hold up those of the activations.
  Value next = e.add(token, e.constant(count));
  Value place = e.select(chunk.isLast, e.pointerTo({panel.result, e.multiply(next, panels.resultStride), 1, 0}),
                         e.pointerTo(sumsOf(panel, next, 0)));
  Value stride = e.select(chunk.isLast, panels.resultStride, e.constant(4 * panelRows));
  const int64_t asks = llvm::divideCeilSigned(count, plan.chunkBlocks());
  const int64_t chunkLines = llvm::divideCeilSigned(plan.chunkStrips * plan.weights.stripBytes, 64);
  // With AVX2 only few tokens ask, which two tiles are enough for.
  const int64_t linesOfBlock = problem.unit.sharesUnits ? 1 : llvm::divideCeilSigned(chunkLines, 2 * plan.chunkBlocks());
  Value firstLine = e.multiply(e.divide(token, e.constant(count)), chunk.blocks), lastLine = e.constant(chunkLines - 1);
  const auto askForNext = [&](Value block) {
    for (int64_t ask = 0; ask < asks; ask++) {
      Value number = e.add(e.multiply(block, e.constant(asks)), e.constant(ask));
      if (!panels.resultsAreNear) e.prefetchForStore({place, e.multiply(number, stride), 1, 0});
    }
    if (!problem.asksAhead) return;
    Value first = e.multiply(e.add(firstLine, block), e.constant(linesOfBlock));
    for (int64_t line = 0; line < linesOfBlock; line++)
      e.prefetch({chunk.next, e.minimum(e.add(first, e.constant(line)), lastLine), 64, 0});
  };
  const DotsPart part{.firstBlock = chunk.firstBlock,
                      .blocks = chunk.blocks,
                      .starts = PerToken{starts, plan.starts.tokenBytes()}.from(e, token),
                      .words = PerToken{words, plan.words.tokenBytes()}.from(e, token),
                      .sums = before,
                      .sumsInMemory = stayInMemory ? e.pointerTo(sumsOf(panel, token, 0)) : Value()};
  const ActivationLayout &x = problem.activations;
  const DotsProblem dots{.weights = plan.unpacked, .activations = x, .unit = problem.unit, .tokens = count, .beside = askForNext};
  Values after =
      emitDots(e, dots, codes, e.pointerTo({tokens.records, token, x.recordBytes, 0}), minimumSums.from(e, token), &part);
  const auto finish = [&] {
    forEachToken([&](int number, const Address &sum) {
      Value row = e.multiply(e.add(token, e.constant(number)), panels.resultStride);
      panels.store(stayInMemory ? e.load(e.floats, sum, 64) : after[number], {panel.result, row, 1, 0}, panel.number);
    });
  };
  if (stayInMemory) return e.ifThen(chunk.isLast, finish);
  e.ifThenElse(chunk.isLast, finish,
               [&] { forEachToken([&](int number, const Address &sum) { e.store(after[number], sum, 64); }); });
}

/// The chunks of a block of columns, and where the weights are that follow.
void ChunkProducts::chunks(const Panel &panel, Value firstStrip, Value endStrip, Value following) {
  e.loop(firstStrip, endStrip, plan.chunkStrips, {}, [&](Value strip, ValueRange) {
    Value nextStrip = e.add(strip, e.constant(plan.chunkStrips));
    Value next = e.pointerTo({panel.weights, nextStrip, plan.weights.stripBytes, 0});
    const Chunk chunk = unpack(panel, strip, e.select(e.less(nextStrip, endStrip), next, following));
    forEachTile(e, problem.tileTokens, e.constant(0), tokens.count,
                [&](Value token, int count) { tile(panel, chunk, token, count); });
    return Values();
  });
}

/// Panels whose sums wait from a block of columns to the next.
void ChunkProducts::held(Value first, Value end) {
  e.loop(plan.columnBlocks, {}, [&](Value block, ValueRange) {
    Value firstStrip = e.multiply(block, e.constant(plan.blockStrips)), strips = e.constant(plan.strips);
    Value endStrip = e.minimum(e.add(firstStrip, e.constant(plan.blockStrips)), strips);
    e.loop(first, end, 1, {}, [&](Value number, ValueRange) {
      Value another = e.add(number, e.constant(1)), isLast = e.less(end, e.add(another, e.constant(1)));
      Value following = e.pointerTo(
          {panels.weightsAt(e.select(isLast, first, another)), e.select(isLast, endStrip, firstStrip), plan.weights.stripBytes, 0});
      Value place = plan.heldPanels == 1 ? Value() : e.subtract(number, first);
      chunks({number, panels.weightsAt(number), panels.resultAt(number, tokens),
              e.pointerTo({allSums, place, plan.panelSumsBytes(), 0})},
             firstStrip, endStrip, following);
      if (panels.finish) e.ifThen(e.less(strips, e.add(endStrip, e.constant(1))), [&] { panels.finish(number, tokens); });
      return Values();
    });
    return Values();
  });
}

void ChunkProducts::run() {
  plan.starts.write(e, tokens.records, tokens.count, starts);
  plan.words.write(e, tokens.records, tokens.count, words);
  if (plan.columnBlocks == 1) return held(panels.begin, panels.end);
  assert(plan.heldPanels % panels.together == 0 && "panels that finish together wait together");
  e.loop(panels.begin, panels.end, plan.heldPanels, {}, [&](Value first, ValueRange) {
    held(first, e.minimum(e.add(first, e.constant(plan.heldPanels)), panels.end));
    return Values();
  });
}

} // namespace

int64_t chunkBlockTokens(const ChunkProblem &problem) { return Plan(problem).blockTokens; }
int64_t chunkScratchBytes(const ChunkProblem &problem) { return Plan(problem).bytes; }

void emitChunkProducts(Emitter &e, const ChunkProblem &problem, const TokenBlock &block, PerToken minimumSums, Value scratch,
                       const PanelRange &panels) {
  ChunkProducts(e, problem, block, minimumSums, scratch, panels).run();
}

} // namespace ingot::cpu
