// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Quantised weights in one plane of codes times q15 activations as words, AVX2: one vpmaddwd multiplies 16 words, as many as two
// vpmaddubsw of both bytes of an activation, but its sum is the dot itself, in half as many registers, and nothing saturates:
//
//   sum32 += vpmaddwd(codes of columns 4 * i, 4 * i + 2, activations), and of 4 * i + 1, 4 * i + 3
//
// Codes reach 255, activations 16,256, columns of a dot are 32: below 2^27. A vector of byte codes becomes two of words by a mask
// or a shift, which is why activations lie in pairs of every second column. A token alone does without most shifts: codes of four
// bits stay where they are in their word, times 16 or 256, and each such factor has its sum.
//
// A 512-bit vector of the Emitter is two registers. With 16 of them, a tile of six has 12 sums, the two registers of a vector of
// words, and one for what is broadcast; words are cut out of their plane where they are used, and the sums in float32 live in
// memory between blocks (TileSums.h).
#include "codegen/cpu/matmul/Strips.h"
#include "codegen/cpu/matmul/SubBlockSums.h"
#include "codegen/cpu/vector/FourProducts.h"

#include <array>
#include <map>

namespace ingot::cpu {

namespace {

class WordDots {
public:
  WordDots(Emitter &e, const DotsProblem &problem, Value panel, Value records, const DotsPart *part)
      : e(e), problem(problem), w(problem.weights), panel(panel), records(records), part(part), scales(e, w),
        ends(e, problem, records, part) {}

  Values run();

private:
  using Halves = std::array<Value, 2>;
  void block(const StripBlock &block, TileSums &sums);
  /// Codes times 2^shift.
  struct Words {
    Value codes;
    int shift;
  };
  Value line(const StripBlock &block, int number);
  Words codes(const StripBlock &block, int j, int odd);
  bool mayStay(int shift) const;
  Value activations(const StripBlock &block, int token, int j, int odd);
  static constexpr int64_t largestActivation = 16256;

  Emitter &e;
  const DotsProblem &problem;
  const PanelLayout &w;
  Value panel, records;
  const DotsPart *part;
  Scales scales;
  SubBlockSums ends;
  const std::array<int, vectorsInBlock> order = CodeReader::order(w); ///< of the vectors of a block
  Value lastWords;                                                    ///< of line `lastLine` of a block
  int lastLine = -1;
  const int64_t largestCode = (int64_t(1) << w.lowBits) - 1;
  const Type words = Emitter::vector(e.i16, 32), halfWords = Emitter::vector(e.i16, 16), halfInts = Emitter::vector(e.i32, 8);
};

/// A line of the plane of codes. A token alone loads it once for all vectors in it: two loads begin in a cycle.
Value WordDots::line(const StripBlock &block, int number) {
  if (problem.tokens == 1 && lastLine == number) return lastWords;
  lastLine = number;
  return lastWords = e.load(words, block.inStrip.in(block.strip, w.low, w.codeBlockBytes(), 64 * number), 64);
}

WordDots::Words WordDots::codes(const StripBlock &block, int j, int odd) {
  if (w.hasWords()) return {line(block, 2 * j + odd), 0};
  const CodePlace place = codePlace(w.lowBits, j);
  const int from = place.bit + 8 * odd, shift = mayStay(from) ? from : 0;
  return {e.bitAnd(e.moveField(line(block, place.line), from, shift), e.splat(words, largestCode << shift)), shift};
}

/// Whether codes may be multiplied times 2^shift: there are registers for one more sum, and neither code nor sum becomes too large.
bool WordDots::mayStay(int shift) const {
  const int64_t largest = largestCode << shift, columns = 32 / ends.subBlocks();
  return problem.tokens == 1 && largest <= INT16_MAX && largest * largestActivation * columns <= INT32_MAX;
}

/// Two activations in all lanes.
Value WordDots::activations(const StripBlock &block, int token, int j, int odd) {
  const int64_t element = 32 * odd + 4 * j;
  const Address pair = part && part->words ? part->words.at(token, block.inRow, 64, element)
                                           : inRecord(problem, records, token, block.inRow, problem.activations.codes, 64, element);
  return e.bitcast(halfWords, e.broadcast(e.load(e.i32, pair, 4), 8));
}

void WordDots::block(const StripBlock &block, TileSums &sums) {
  const int vectors = vectorsInBlock / ends.subBlocks();
  lastLine = -1;
  for (int subBlock = 0; subBlock < ends.subBlocks(); subBlock++) {
    // Of each token, by the shift of the codes.
    llvm::SmallVector<std::map<int, Halves>, 16> partial(problem.tokens);
    for (int j : llvm::ArrayRef(order).slice(subBlock * vectors, vectors))
      for (int odd = 0; odd < 2; odd++) {
        const Words four = codes(block, j, odd);
        const Halves codesOfVector = {partOf(e, four.codes, 0, 2), partOf(e, four.codes, 1, 2)};
        for (int token = 0; token < problem.tokens; token++) {
          Value factors = activations(block, token, j, odd);
          for (int half = 0; half < 2; half++) {
            Value product = e.intrinsic("llvm.x86.avx2.pmadd.wd", halfInts, {codesOfVector[half], factors});
            Value &sum = partial[token][four.shift][half];
            sum = e.inOrder(sum ? e.add(sum, product) : product);
          }
        }
      }
    const ScaleAndMinimum of = scales.of(block.inStrip, subBlock);
    for (int token = 0; token < problem.tokens; token++) {
      Value dot = ends.start(token, block.inRow, subBlock);
      for (auto &[shift, halves] : partial[token]) {
        Value part = joined(e, halves);
        if (shift > 0) part = e.shiftRightArithmetic(part, shift);
        dot = dot ? e.add(dot, part) : part;
      }
      ends.add(block.inRow, subBlock, of, token, dot, token, sums);
    }
  }
}

Values WordDots::run() {
  assert(w.highBits == 0 && "codes of two planes come as bytes");
  return forEachBlock(
      e, problem, panel, part, {1, problem.prefetchBytes}, [&](Value strip) { scales.enter(strip); },
      [&](const StripBlock &position, TileSums &now) { block(position, now); });
}

} // namespace

Values wordDots(Emitter &e, const DotsProblem &problem, Value panel, Value records, const DotsPart *part) {
  return WordDots(e, problem, panel, records, part).run();
}

} // namespace ingot::cpu
