// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Quantised weights times int8 activations. For a block of 32 columns, all 16 rows at once:
//
//   dot       = negated << log2(zeroPoint)  +  sum over 8 (or 2 x 4) vectors of vpdpbusd(codes of 4 columns, 4 activations
//   broadcast) q15:        the same for both terms, dot = 128 * high + low sum       = fma(float(dot), scale of weights * scale of
//   activations, sum) sum       = fma(minimum, scaled sum of activations, sum)                         where the format has
//   minimums
//
// Integer sums are exact, so their order is free: a tile of tokens interleaves one chain a token, a single token splits its own
// into several. vpdpbusd runs one a cycle with a latency of four or five, and LLVM keeps the order of emission, so this order is
// the schedule.
#include "codegen/cpu/matmul/Dots.h"
#include "codegen/cpu/matmul/Scales.h"
#include "codegen/cpu/matmul/Strips.h"
#include "codegen/cpu/vector/FourProducts.h"

#include "llvm/Support/MathExtras.h"

namespace ingot::cpu {

namespace {

class IntegerDots {
public:
  IntegerDots(Emitter &e, const DotsProblem &problem, Value panel, Value records)
      : e(e), problem(problem), x(problem.activations), format(packed::info(problem.weights.format)), panel(panel),
        records(records), scales(e, problem.weights), subBlocks(32 / format.subBlock) {}

  Values run();

private:
  void block(const StripBlock &block, Values &sums);
  Values subBlockDots(BlockPosition position, llvm::ArrayRef<Value> codes, int subBlock);
  Value startOf(int token, BlockPosition position, int subBlock);
  Value combine(llvm::ArrayRef<Value> chains);
  Address at(int token, BlockPosition position, int64_t plane, int64_t stride, int64_t element) {
    return inRecord(problem, records, token, position, plane, stride, element);
  }

  Emitter &e;
  const DotsProblem &problem;
  const ActivationLayout &x;
  const packed::BlockFormatInfo &format;
  Value panel, records;
  Scales scales;
  int subBlocks;
};

/// The zero point's share of a dot.
Value IntegerDots::startOf(int token, BlockPosition position, int subBlock) {
  if (format.zeroPoint == 0 || takesSignedCodes(problem)) return e.splat(e.ints, 0);
  const int64_t plane = subBlocks == 1 ? x.negated32 : x.negated16;
  assert(plane >= 0 && "the activations lack the sums of this format");
  Value negated = e.loadBroadcast(e.i32, at(token, position, plane, 4 * subBlocks, 4 * subBlock));
  return e.shiftLeft(negated, llvm::Log2_64(format.zeroPoint));
}

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

/// The integer dots of a sub-block, one a token.
Values IntegerDots::subBlockDots(BlockPosition position, llvm::ArrayRef<Value> codes, int subBlock) {
  const int vectors = vectorsInBlock / subBlocks, first = subBlock * vectors;
  const int split = problem.tokens == 1 && vectors == vectorsInBlock ? 2 : 1, chainsOfToken = x.terms * split;
  const int largest = takesSignedCodes(problem) ? 127 : (1 << format.bits) - 1;
  Values chains;
  for (int token = 0; token < problem.tokens; token++)
    for (int chain = 0; chain < chainsOfToken; chain++)
      chains.push_back(chain == chainsOfToken - 1 ? startOf(token, position, subBlock) : e.splat(e.ints, 0));

  for (int j = 0; j < vectors; j++)
    for (int term = 0; term < x.terms; term++)
      for (int token = 0; token < problem.tokens; token++) {
        Value &chain = chains[token * chainsOfToken + term * split + j % split];
        const Address four = at(token, position, x.codes + term * x.codePlaneBytes, 32, 4 * (first + j));
        Value activations = e.bitcast(e.bytes, e.loadBroadcast(e.i32, four));
        chain = addFourProducts(e, problem.unit, chain, codes[first + j], activations, largest);
      }

  Values dots;
  for (int token = 0; token < problem.tokens; token++)
    dots.push_back(combine(llvm::ArrayRef<Value>(chains).slice(token * chainsOfToken, chainsOfToken)));
  return dots;
}

void IntegerDots::block(const StripBlock &block, Values &sums) {
  auto codes = unpackCodes(e, problem.weights, block.strip, block.inStrip);
  if (takesSignedCodes(problem))
    for (Value &code : codes) code = mlir::LLVM::XOrOp::create(e.b, code, e.splat(e.ints, -2139062144));
  for (int subBlock = 0; subBlock < subBlocks; subBlock++) {
    Values dots = subBlockDots(block.inRow, codes, subBlock);
    const ScaleAndMinimum of = scales.of(block.inStrip, subBlock);
    for (int token = 0; token < problem.tokens; token++) {
      Value &sum = sums[token];
      Value scale = e.multiplyFloats(of.scale, e.loadBroadcast(e.f32, at(token, block.inRow, x.scales, 4, 0)));
      sum = e.fma(e.toFloats(dots[token]), scale, sum);
      if (!of.minimum) continue;
      const int64_t plane = subBlocks == 1 ? x.scaled32 : x.scaled16;
      assert(plane >= 0 && "the activations lack the sums of this format");
      Value scaled = e.loadBroadcast(e.f32, at(token, block.inRow, plane, 4 * subBlocks, 4 * subBlock));
      sum = e.fma(of.minimum, scaled, sum);
    }
  }
}

Values IntegerDots::run() {
  Values sums(problem.tokens, e.splatFloat(e.floats, 0));
  // A tile of light blocks gains a little from unrolling; with more planes, registers run out. A token alone gains nothing: it
  // waits for memory.
  const PanelLayout &w = problem.weights;
  const int64_t unroll = problem.tokens > 1 && x.terms == 1 && w.highBits == 0 && w.superScales < 0 ? 2 : 1;
  return forEachBlock(
      e, problem.weights, panel, {unroll, problem.prefetchBytes}, sums, [&](Value strip) { scales.enter(strip); },
      [&](const StripBlock &position, Values &now) { block(position, now); });
}

} // namespace

Values integerDots(Emitter &e, const DotsProblem &problem, Value panel, Value records) {
  return IntegerDots(e, problem, panel, records).run();
}

} // namespace ingot::cpu
