// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Quantised weights times int8 activations where there is no instruction that sums four products: AVX2's vpmaddubsw sums two of an
// unsigned and a signed byte to an int16, and saturates. For the same sub-blocks and with the same float32 operations as
// IntegerDots.cpp:
//
//   up to 6 bits   sum16 += vpmaddubsw(codes, activations), as often as can't saturate: a pair is at most 2 * code * 127, so
//                  4 bits add 8 of them (30,480), 5 bits 4, 6 bits 2; then sum32 += vpmaddwd(sum16, 1)
//   8 bits         2 * 255 * 127 saturates at once. The code less its zero point is signed, and c * x = |c| * (x with c's sign):
//                  vpmaddubsw(|c|, vpsignb(x, c)), at most 2 * 128 * 127, is exact; no zero point is left
//   q15            sum32 = vpmaddwd(sum16 of the high plane, 128) + vpmaddwd(sum16 of the low plane, 1)
//
// A 512-bit vector of the Emitter is two registers. With 16 of them, a vector of codes is cut out of its plane where it is used,
// all tokens of the tile pass by, and it is gone; the sums in float32 live in memory between blocks.
#include "codegen/cpu/matmul/Dots.h"
#include "codegen/cpu/matmul/Scales.h"
#include "codegen/cpu/matmul/Strips.h"
#include "codegen/cpu/vector/FourProducts.h"

#include "llvm/Support/MathExtras.h"

#include <array>
#include <utility>

namespace ingot::cpu {

namespace LLVM = mlir::LLVM;

namespace {

class MaddDots {
public:
  MaddDots(Emitter &e, const DotsProblem &problem, Value panel, Value records)
      : e(e), problem(problem), w(problem.weights), x(problem.activations), format(packed::info(w.format)), panel(panel),
        records(records), scales(e, w), subBlocks(32 / format.subBlock), isSigned(takesSignedCodes(problem)) {}

  Values run();

private:
  /// The two registers of a vector.
  using Halves = std::array<Value, 2>;
  /// A sum of one token and one term: int16 while it can't saturate, then int32.
  struct Sum {
    Halves narrow, wide;
    int pairs = 0; ///< summed in `narrow`
  };

  void block(const StripBlock &block, Values &sums);
  Value codes(const StripBlock &block, int j);
  void multiply(Sum &sum, const Halves &codes, const Halves &magnitudes, Value activations, int term);
  void widen(Sum &sum, int term);
  Value subBlockDot(llvm::MutableArrayRef<Sum> terms, int token, BlockPosition position, int subBlock);
  Address at(int token, BlockPosition position, int64_t plane, int64_t stride, int64_t element) {
    return inRecord(problem, records, token, position, plane, stride, element);
  }
  Halves halvesOf(Value whole) { return {partOf(e, whole, 0, 2), partOf(e, whole, 1, 2)}; }
  Value plane(const StripBlock &block, int64_t offset, int bits, int j, int to);

  Emitter &e;
  const DotsProblem &problem;
  const PanelLayout &w;
  const ActivationLayout &x;
  const packed::BlockFormatInfo &format;
  Value panel, records;
  Scales scales;
  int subBlocks;
  bool isSigned;
  const Type halfBytes = Emitter::vector(e.i8, 32), halfWords = Emitter::vector(e.i16, 16), halfInts = Emitter::vector(e.i32, 8);
};

/// The bits of vector j in one plane, moved up to bit `to` of its byte. Tokens that come one by one wait for memory, which wants
/// its lines in the order of addresses (CodeUnpack.cpp says why); a tile's panel is in a cache.
Value MaddDots::plane(const StripBlock &block, int64_t offset, int bits, int j, int to) {
  const CodePlace place = codePlace(bits, j);
  Value line = e.load(e.ints, block.inStrip.in(block.strip, offset, w.codeBlockBytes(), 64 * place.line), 64);
  if (bits == 8) return line;
  const int64_t mask = ((1 << bits) - 1) << to;
  return e.bitAnd(e.moveField(line, place.bit, to), e.splat(e.ints, mask * 0x01010101));
}

Value MaddDots::codes(const StripBlock &block, int j) {
  Value low = plane(block, w.low, w.lowBits, j, 0);
  if (w.highBits > 0) low = e.bitOr(low, plane(block, w.high, w.highBits, j, w.lowBits));
  return e.bitcast(e.bytes, low);
}

/// Empties the narrow sum into the wide one.
void MaddDots::widen(Sum &sum, int term) {
  if (sum.pairs == 0) return;
  Value factor = e.splat(halfWords, x.terms == 2 && term == 0 ? 128 : 1);
  for (int half = 0; half < 2; half++) {
    Value wide = e.intrinsic("llvm.x86.avx2.pmadd.wd", halfInts, {sum.narrow[half], factor});
    sum.wide[half] = sum.wide[half] ? e.add(sum.wide[half], wide) : wide;
  }
  sum.pairs = 0;
}

void MaddDots::multiply(Sum &sum, const Halves &codes, const Halves &magnitudes, Value activations, int term) {
  const int largestCode = isSigned ? 128 : (1 << format.bits) - 1, largest = term == 0 ? 127 : 64;
  if ((sum.pairs + 1) * 2 * largestCode * largest > 32767) widen(sum, term);
  for (int half = 0; half < 2; half++) {
    Value signedOnes = isSigned ? e.intrinsic("llvm.x86.avx2.psign.b", halfBytes, {activations, codes[half]}) : activations;
    Value products = e.intrinsic("llvm.x86.avx2.pmadd.ub.sw", halfWords, {magnitudes[half], signedOnes});
    sum.narrow[half] = e.inOrder(sum.pairs > 0 ? e.add(sum.narrow[half], products) : products);
  }
  sum.pairs++;
}

/// The terms of one token and the zero point's share.
Value MaddDots::subBlockDot(llvm::MutableArrayRef<Sum> terms, int token, BlockPosition position, int subBlock) {
  Value dot;
  for (int term = 0; term < x.terms; term++) {
    widen(terms[term], term);
    Value wide = joined(e, terms[term].wide);
    dot = dot ? e.add(dot, wide) : wide;
  }
  if (isSigned || format.zeroPoint == 0) return dot;
  const int64_t plane = subBlocks == 1 ? x.negated32 : x.negated16;
  assert(plane >= 0 && "the activations lack the sums of this format");
  Value negated = e.load(e.i32, at(token, position, plane, 4 * subBlocks, 4 * subBlock), 4);
  return e.add(dot, e.broadcast(e.shiftLeft(negated, llvm::Log2_64(format.zeroPoint)), 16));
}

void MaddDots::block(const StripBlock &block, Values &sums) {
  const int vectors = vectorsInBlock / subBlocks;
  Values halves(problem.tokens); // of blocks that have two scales
  for (int subBlock = 0; subBlock < subBlocks; subBlock++) {
    llvm::SmallVector<Sum, 16> partial(problem.tokens * x.terms);
    // Vectors of one line follow each other.
    llvm::SmallVector<int, vectorsInBlock> order;
    for (int j = 0; j < vectors; j++) order.push_back(subBlock * vectors + j);
    llvm::sort(order, [&](int a, int b) {
      return std::pair(codePlace(w.lowBits, a).line, a) < std::pair(codePlace(w.lowBits, b).line, b);
    });
    for (int j : order) {
      Value code = codes(block, j);
      if (isSigned) code = LLVM::XOrOp::create(e.b, code, e.splat(e.bytes, -128));
      const Halves codeHalves = halvesOf(code),
                   magnitudes = isSigned ? halvesOf(LLVM::AbsOp::create(e.b, e.bytes, code, false)) : codeHalves;
      for (int token = 0; token < problem.tokens; token++)
        for (int term = 0; term < x.terms; term++) {
          const Address four = at(token, block.inRow, x.codes + term * x.codePlaneBytes, 32, 4 * j);
          Value activations = e.bitcast(halfBytes, e.broadcast(e.load(e.i32, four, 4), 8));
          multiply(partial[token * x.terms + term], codeHalves, magnitudes, activations, term);
        }
    }
    const ScaleAndMinimum of = scales.of(block.inStrip, subBlock);
    for (int token = 0; token < problem.tokens; token++) {
      Value &sum = sums[token];
      Value dot = subBlockDot(llvm::MutableArrayRef<Sum>(partial).slice(token * x.terms, x.terms), token, block.inRow, subBlock);
      auto activationScale = [&] { return e.loadBroadcast(e.f32, at(token, block.inRow, x.scales, 4, 0)); };
      if (subBlocks == 1)
        sum = e.fma(e.toFloats(dot), e.multiplyFloats(of.scale, activationScale()), sum);
      else if (subBlock == 0)
        halves[token] = e.multiplyFloats(e.toFloats(dot), of.scale);
      else
        sum = e.fma(e.fma(e.toFloats(dot), of.scale, halves[token]), activationScale(), sum);
      if (!of.minimum) continue;
      const int64_t plane = subBlocks == 1 ? x.scaled32 : x.scaled16;
      assert(plane >= 0 && "the activations lack the sums of this format");
      sum = e.fma(of.minimum, e.loadBroadcast(e.f32, at(token, block.inRow, plane, 4 * subBlocks, 4 * subBlock)), sum);
    }
  }
}

Values MaddDots::run() {
  Values sums(problem.tokens, e.splatFloat(e.floats, 0));
  return forEachBlock(
      e, w, panel, {1, problem.prefetchBytes}, sums, [&](Value strip) { scales.enter(strip); },
      [&](const StripBlock &position, Values &now) { block(position, now); });
}

} // namespace

Values maddDots(Emitter &e, const DotsProblem &problem, Value panel, Value records) {
  return MaddDots(e, problem, panel, records).run();
}

} // namespace ingot::cpu
