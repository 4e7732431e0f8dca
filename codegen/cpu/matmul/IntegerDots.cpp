// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Quantised weights times int8 activations. For a block of 32 columns, all 16 rows at once:
//
//   dot  = zero point's share  +  sum over 8 vectors of vpdpbusd(codes of 4 columns, 4 activations broadcast)
//          q15: the same for both terms, dot = 128 * high + low
//
// Integer sums are exact, so their order is free: a tile of tokens interleaves one chain a token, a single token splits its own
// into several. vpdpbusd runs one a cycle with a latency of four or five, and LLVM keeps the order of emission, so this order is
// the schedule. On Zen 4 products and FMAs take turns with vpdpbusd, sums and conversions hardly do, masks a fifth: what a tile
// adds to 8 dots is 2 (scale, FMA), 3 with minimums or halves, and its share of the unpacking, which is why tiles are large. On a
// Xeon all of them do, so there a part of the columns comes unpacked, and dots are float32 as they stand (TokenStarts.h).
#include "codegen/cpu/matmul/Strips.h"
#include "codegen/cpu/matmul/SubBlockSums.h"
#include "codegen/cpu/matmul/TokenSums.h"
#include "codegen/cpu/vector/FourProducts.h"

namespace ingot::cpu {

namespace {

class IntegerDots {
public:
  IntegerDots(Emitter &e, const DotsProblem &problem, Value panel, Value records, PerToken minimumSums, const DotsPart *part)
      : e(e), problem(problem), x(problem.activations), format(packed::info(problem.weights.format)), panel(panel),
        records(records), minimumSums(minimumSums), part(part), shift(codeShift(problem)),
        scales(problem.panels, Scales(e, problem.weights, Value(), shift)), ends(e, problem, records, part),
        order(CodeReader::order(problem.weights)) {}

  Values run();

private:
  using CodesOf = llvm::function_ref<Value(int panel, int vector)>;
  /// Where the strip of the first panel has its like in another.
  Value panelOf(Value strip, int panel) {
    return panel == 0 ? strip : e.pointerTo({strip, Value(), 0, panel * problem.weights.panelBytes});
  }
  void block(const StripBlock &block, TileSums &sums);
  void blockOf(const StripBlock &block, CodesOf codes, llvm::function_ref<void()> nextHalf, TileSums &sums);
  bool asksForCodes() const {
    return !part && problem.tokens == 1 && problem.prefetchBytes == 0 && problem.unit.integerDot == IntegerDot::vpdpbusd;
  }
  void askForCodes(BlockPosition position);
  Values subBlockDots(BlockPosition position, CodesOf codes, int subBlock);
  Value combine(llvm::ArrayRef<Value> chains);

  Emitter &e;
  const DotsProblem &problem;
  const ActivationLayout &x;
  const packed::BlockFormatInfo &format;
  Value panel, records;
  PerToken minimumSums; ///< none: minimums are multiplied as float32, block by block
  const DotsPart *part;
  int shift;                  ///< of the codes
  std::vector<Scales> scales; ///< one a panel
  SubBlockSums ends;
  std::array<int, vectorsInBlock> order; ///< of the vectors of a block
};

/// Adds the chains of one dot: terms one after the other (the highest first), each in equally many chains.
Value IntegerDots::combine(llvm::ArrayRef<Value> chains) {
  const size_t perTerm = chains.size() / x.terms;
  Value sum;
  for (int term = 0; term < x.terms; term++) {
    Value dot = chains[term * perTerm];
    for (size_t chain = 1; chain < perTerm; chain++) dot = e.add(dot, chains[term * perTerm + chain]);
    sum = sum ? e.add(e.shiftLeft(sum, 7), dot) : dot;
  }
  return sum;
}

/// The integer dots of a sub-block, one a token, panel by panel.
Values IntegerDots::subBlockDots(BlockPosition position, CodesOf codes, int subBlock) {
  const int vectors = vectorsInBlock / ends.subBlocks();
  const int split = problem.tokens == 1 && vectors == vectorsInBlock ? 2 : 1, chainsOfToken = x.terms * split;
  const int largest = takesSignedCodes(problem) ? 127 : ((1 << format.bits) - 1) << shift;
  Values chains;
  for (int token = 0; token < problem.tokens; token++)
    for (int chain = 0; chain < chainsOfToken; chain++)
      if (Value share = chain == chainsOfToken - 1 ? ends.start(token, position, subBlock) : Value())
        chains.push_back(share);
      else
        chains.push_back(e.splat(e.ints, 0));
  const int ofPanel = int(chains.size());
  for (int panel = 1; panel < problem.panels; panel++)
    for (int chain = 0; chain < ofPanel; chain++) chains.push_back(chains[chain]);

  for (int i = 0; i < vectors; i++) {
    const int j = order[subBlock * vectors + i];
    Values weights;
    for (int panel = 0; panel < problem.panels; panel++) {
      Value vector = codes(panel, j);
      if (takesSignedCodes(problem) && !problem.weights.signedCodes) vector = e.lessHalfOfBytes(vector);
      weights.push_back(vector);
    }
    for (int term = 0; term < x.terms; term++)
      for (int token = 0; token < problem.tokens; token++) {
        const Address four = inRecord(problem, records, token, position, x.codes + term * x.codePlaneBytes, 32, 4 * j);
        Value activations = e.loadBroadcast(e.i32, four);
        if (problem.panels > 1) activations = e.inOrder(activations); // else LLVM loads early, and spills
        activations = e.bitcast(e.bytes, activations);
        for (int panel = 0; panel < problem.panels; panel++) {
          Value &chain = chains[panel * ofPanel + token * chainsOfToken + term * split + i % split];
          chain = addFourProducts(e, problem.unit, chain, weights[panel], activations, largest);
        }
      }
  }

  Values dots;
  for (int dot = 0; dot < problem.panels * problem.tokens; dot++)
    dots.push_back(combine(llvm::ArrayRef<Value>(chains).slice(dot * chainsOfToken, chainsOfToken)));
  return dots;
}

/// A panel and a token's codes do not fit a first-level cache of 32 KB together, and codes that come back from the second one wait
/// behind the weights that come from memory. With 4096 columns, 15 bits, one thread, shares of plain reading without and with this
/// (Zen 4): Q4_K 58 and 86 %, Q6_K 57 and 95, Q4_0 82 and 96, Q8_0 80 and 97. Two blocks ahead are too few, six too many; before
/// the weights are read it is worth less.
void IntegerDots::askForCodes(BlockPosition position) {
  constexpr int64_t blocksAhead = 4;
  if (position.ahead % 2 != 0) return; // a line has the codes of two blocks; blocks emitted one by one ask twice
  for (int term = 0; term < x.terms; term++)
    e.prefetch(inRecord(problem, records, 0, position, x.codes + term * x.codePlaneBytes, 32, 32 * blocksAhead));
}

/// `nextHalf` is called between sub-blocks.
void IntegerDots::blockOf(const StripBlock &block, CodesOf codes, llvm::function_ref<void()> nextHalf, TileSums &sums) {
  for (int subBlock = 0; subBlock < ends.subBlocks(); subBlock++) {
    if (subBlock > 0) nextHalf();
    Values dots = subBlockDots(block.inRow, codes, subBlock);
    for (int panel = 0; panel < problem.panels; panel++) {
      const ScaleAndMinimum of = scales[panel].of(block.inStrip, subBlock, /*withMinimum=*/!minimumSums);
      for (int token = 0; token < problem.tokens; token++) {
        const int i = panel * problem.tokens + token;
        ends.add(block.inRow, subBlock, of, token, dots[i], i, sums);
      }
    }
  }
}

void IntegerDots::block(const StripBlock &block, TileSums &sums) {
  if (part || problem.tokens > 1 || problem.panels > 1) {
    std::vector<CodeReader> readers;
    for (int panel = 0; panel < problem.panels; panel++)
      readers.emplace_back(e, problem.weights, panelOf(block.strip, panel), block.inStrip, shift);
    auto forget = [&] {
      for (CodeReader &reader : readers) reader.forget();
    };
    return blockOf(block, [&](int panel, int j) { return readers[panel].vector(j); }, forget, sums);
  }
  const auto codes = unpackCodes(e, problem.weights, block.strip, block.inStrip, shift);
  if (asksForCodes()) askForCodes(block.inRow);
  blockOf(block, [&](int, int j) { return codes[j]; }, [] {}, sums);
}

Values IntegerDots::run() {
  const int64_t unroll = problem.weights.superScales < 0 ? 2 : 1;
  const auto enter = [&](Value strip) {
    for (int panel = 0; panel < problem.panels; panel++) scales[panel].enter(panelOf(strip, panel));
  };
  const auto leave = [&](Value strip, Value superBlock, TileSums &sums) {
    if (part) enter(strip);
    addMinimums(e, problem, scales, minimumSums, superBlock, sums);
  };
  using Leave = llvm::function_ref<void(Value, Value, TileSums &)>;
  return forEachBlock(
      e, problem, panel, part, {unroll, problem.prefetchBytes, problem.panels, problem.unit.prefetchFar}, enter,
      [&](const StripBlock &position, TileSums &now) { block(position, now); }, minimumSums ? Leave(leave) : Leave(nullptr));
}

} // namespace

Values integerDots(Emitter &e, const DotsProblem &problem, Value panel, Value records, PerToken minimumSums, const DotsPart *part) {
  return IntegerDots(e, problem, panel, records, minimumSums, part).run();
}

} // namespace ingot::cpu
