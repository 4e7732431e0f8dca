// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Quantised weights times int8 activations where there is no instruction that sums four products: AVX2's vpmaddubsw sums two of an
// unsigned and a signed byte to an int16, and saturates:
//
//   up to 4 bits   sum16 += vpmaddubsw(codes, activations) over the whole block: 8 pairs of at most 2 * 15 * 127 make 30,480; then
//                  sum32 = vpmaddwd(sum16, 1)
//   5 bits         the same over half of the block: 4 pairs of 2 * 31 * 127
//   6 bits         sum32 += vpmaddwd(two of them, 1): 2 * 2 * 63 * 127
//   8 bits         2 * 255 * 127 saturates at once. The code less its zero point is signed, and c * x = |c| * (x with c's sign):
//                  sum32 += vpmaddwd(vpmaddubsw(|c|, vpsignb(x, c)), 1), at most 2 * 128 * 127, is exact; no zero point is left
//   q15            sum32 = vpmaddwd(of the high plane, 128) + vpmaddwd(of the low plane, 1); numbers of the low plane reach 64, so
//                  that twice as many products fit
//
// A 512-bit vector of the Emitter is two registers. With 16 of them, a few vectors of codes are cut out of their planes where they
// are used, all tokens of the tile pass by, and they are gone; the sums in float32 live in memory between blocks (TileSums.h).
#include "codegen/cpu/matmul/Strips.h"
#include "codegen/cpu/matmul/SubBlockSums.h"
#include "codegen/cpu/vector/FourProducts.h"

#include <algorithm>
#include <array>
#include <utility>

namespace ingot::cpu {

namespace LLVM = mlir::LLVM;

namespace {

class MaddDots {
public:
  MaddDots(Emitter &e, const DotsProblem &problem, Value panel, Value records, const DotsPart *part)
      : e(e), problem(problem), w(problem.weights), x(problem.activations), format(packed::info(w.format)), panel(panel),
        records(records), part(part), scales(e, w), ends(e, problem, records, part), isSigned(takesSignedCodes(problem)) {}

  Values run();

private:
  /// The two registers of a vector.
  using Halves = std::array<Value, 2>;
  /// The sums of a token over a sub-block: int16 of each term as long as they can't saturate, int32 of all.
  struct Sum {
    std::array<Halves, 2> narrow;
    Halves wide;
  };
  /// A vector of codes, and its magnitude where it is signed.
  struct Codes {
    Halves signs, magnitudes;
  };

  void block(const StripBlock &block, TileSums &sums);
  Codes codes(const StripBlock &block, int j);
  void multiply(Sum &sum, llvm::ArrayRef<Codes> codes, llvm::ArrayRef<Value> activations, int term);
  void widen(Sum &sum, int term, int half);
  void widenFull(Sum &sum, int done, bool isLast);
  int capacity(int term) const;
  Halves halvesOf(Value whole) { return {partOf(e, whole, 0, 2), partOf(e, whole, 1, 2)}; }
  Value plane(const StripBlock &block, int64_t offset, int bits, int j, int to);

  Emitter &e;
  const DotsProblem &problem;
  const PanelLayout &w;
  const ActivationLayout &x;
  const packed::BlockFormatInfo &format;
  Value panel, records;
  const DotsPart *part;
  Scales scales;
  SubBlockSums ends;
  std::array<int, vectorsInBlock> order = CodeReader::order(w); ///< of the vectors of a block
  bool isSigned;
  /// How many vectors of codes are cut out of their planes at once: two where their products are widened together, and where the
  /// sums of two terms spill anyway.
  const int together = capacity(0) == 2 || x.terms == 2 ? std::min(capacity(0), 2) : 1;
  const Type halfBytes = Emitter::vector(e.i8, 32), halfWords = Emitter::vector(e.i16, 16), halfInts = Emitter::vector(e.i32, 8);
};

/// The bits of vector j in one plane, moved up to bit `to` of its byte. Tokens that come one by one wait for memory, which wants
/// its lines in the order of addresses (CodeUnpack.cpp says why); a tile's panel is in a cache.
Value MaddDots::plane(const StripBlock &block, int64_t offset, int bits, int j, int to) {
  const CodePlace place = codePlace(bits, j);
  Value line = e.load(e.ints, block.inStrip.in(block.strip, offset, w.codeBlockBytes(), 64 * place.line), 64);
  return bits == 8 ? line : e.fieldOfBytes(line, place.bit, bits, to);
}

MaddDots::Codes MaddDots::codes(const StripBlock &block, int j) {
  Value code = plane(block, w.low, w.lowBits, j, 0);
  if (w.highBits > 0) code = e.bitOr(code, plane(block, w.high, w.highBits, j, w.lowBits));
  code = e.bitcast(e.bytes, code);
  if (!isSigned) return {{}, halvesOf(code)};
  if (!w.signedCodes) code = e.lessHalfOfBytes(code);
  return {halvesOf(code), halvesOf(LLVM::AbsOp::create(e.b, e.bytes, code, false))};
}

/// Vectors of codes whose products with a term 16 bits can hold the sum of.
int MaddDots::capacity(int term) const {
  const int code = isSigned ? 128 : (1 << format.bits) - 1, activation = term == 0 ? 127 : 64;
  int vectors = vectorsInBlock;
  while (2 * vectors * code * activation > INT16_MAX) vectors /= 2;
  return vectors;
}

/// `before` may be nothing yet.
static Value added(Emitter &e, Value before, Value value) { return before ? e.add(before, value) : value; }

/// Empties a narrow sum into the wide one, weighted as its term is.
void MaddDots::widen(Sum &sum, int term, int half) {
  Value narrow = std::exchange(sum.narrow[term][half], {}), factor = e.splat(halfWords, x.terms == 2 && term == 0 ? 128 : 1);
  sum.wide[half] = added(e, sum.wide[half], e.intrinsic("llvm.x86.avx2.pmadd.wd", halfInts, {narrow, factor}));
}

/// Those that hold no more after so many vectors, and after the last one all.
void MaddDots::widenFull(Sum &sum, int done, bool isLast) {
  for (int term = 0; term < x.terms; term++)
    if (capacity(term) > together && (isLast || done % capacity(term) == 0))
      for (int half = 0; half < 2; half++) widen(sum, term, half);
}

/// Products of some vectors of codes with a token's activations of one term.
void MaddDots::multiply(Sum &sum, llvm::ArrayRef<Codes> codes, llvm::ArrayRef<Value> activations, int term) {
  for (int half = 0; half < 2; half++) {
    Value narrow = sum.narrow[term][half];
    for (auto [code, four] : llvm::zip(codes, activations)) {
      Value factors = isSigned ? e.intrinsic("llvm.x86.avx2.psign.b", halfBytes, {four, code.signs[half]}) : four;
      narrow = added(e, narrow, e.intrinsic("llvm.x86.avx2.pmadd.ub.sw", halfWords, {code.magnitudes[half], factors}));
    }
    const bool staysNarrow = capacity(term) > together;
    sum.narrow[term][half] = staysNarrow ? e.inOrder(narrow) : narrow;
    if (!staysNarrow) {
      widen(sum, term, half);
      sum.wide[half] = e.inOrder(sum.wide[half]);
    }
  }
}

void MaddDots::block(const StripBlock &block, TileSums &sums) {
  const int vectors = vectorsInBlock / ends.subBlocks();
  for (int subBlock = 0; subBlock < ends.subBlocks(); subBlock++) {
    llvm::SmallVector<Sum, 16> partial(problem.tokens);
    for (int first = 0; first < vectors; first += together) {
      const llvm::ArrayRef<int> group = llvm::ArrayRef(order).slice(subBlock * vectors + first, together);
      llvm::SmallVector<Codes, 2> codesOfGroup;
      for (int j : group) codesOfGroup.push_back(codes(block, j));
      for (int token = 0; token < problem.tokens; token++)
        for (int term = 0; term < x.terms; term++) {
          Values activations;
          for (int j : group) {
            const Address four = inRecord(problem, records, token, block.inRow, x.codes + term * x.codePlaneBytes, 32, 4 * j);
            activations.push_back(e.bitcast(halfBytes, e.broadcast(e.load(e.i32, four, 4), 8)));
          }
          multiply(partial[token], codesOfGroup, activations, term);
        }
      const int done = first + together;
      for (Sum &sum : partial) widenFull(sum, done, done == vectors);
    }
    const ScaleAndMinimum of = scales.of(block.inStrip, subBlock);
    for (int token = 0; token < problem.tokens; token++) {
      Value dot = joined(e, partial[token].wide), share = ends.start(token, block.inRow, subBlock);
      ends.add(block.inRow, subBlock, of, token, share ? e.add(dot, share) : dot, token, sums);
    }
  }
}

Values MaddDots::run() {
  return forEachBlock(
      e, problem, panel, part, {1, problem.prefetchBytes}, [&](Value strip) { scales.enter(strip); },
      [&](const StripBlock &position, TileSums &now) { block(position, now); });
}

} // namespace

Values maddDots(Emitter &e, const DotsProblem &problem, Value panel, Value records, const DotsPart *part) {
  return MaddDots(e, problem, panel, records, part).run();
}

} // namespace ingot::cpu
