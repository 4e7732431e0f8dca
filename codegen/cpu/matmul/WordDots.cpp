// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Quantised weights times q15 activations where bytes are multiplied to saturating int16 sums, AVX2: one vpmaddwd multiplies 16
// words, as many as two vpmaddubsw of both bytes of an activation, but its sum is the dot itself, in half as many registers:
//
//   sum32 += vpmaddwd(codes of columns 4 * i, 4 * i + 2, activations), and of 4 * i + 1, 4 * i + 3
//
// Codes reach 255, activations 16,256, columns of a dot are 32: below 2^27. A vector of byte codes becomes two of words by a mask
// or a shift, which is why activations lie in pairs of every second column.
//
// A 512-bit vector of the Emitter is two registers. With 16 of them, a tile of six has 12 sums, the two registers of a vector of
// words, and one for what is broadcast; words are cut out of their planes where they are used, and the sums in float32 live in
// memory between blocks.
#include "codegen/cpu/matmul/Strips.h"
#include "codegen/cpu/matmul/SubBlockSums.h"
#include "codegen/cpu/vector/FourProducts.h"

#include <array>

namespace ingot::cpu {

namespace {

class WordDots {
public:
  WordDots(Emitter &e, const DotsProblem &problem, Value panel, Value records)
      : e(e), problem(problem), w(problem.weights), panel(panel), records(records), scales(e, w), ends(e, problem, records) {}

  Values run();

private:
  using Halves = std::array<Value, 2>;
  void block(const StripBlock &block, Values &sums);
  Halves codes(const StripBlock &block, int j, int odd);
  Value plane(const StripBlock &block, int64_t offset, int bits, int j, int odd, int to);

  Emitter &e;
  const DotsProblem &problem;
  const PanelLayout &w;
  Value panel, records;
  Scales scales;
  SubBlockSums ends;
  const Type words = Emitter::vector(e.i16, 32), halfWords = Emitter::vector(e.i16, 16), halfInts = Emitter::vector(e.i32, 8);
};

/// The bits of every second code of vector j in one plane, as words, moved up to bit `to`.
Value WordDots::plane(const StripBlock &block, int64_t offset, int bits, int j, int odd, int to) {
  const CodePlace place = codePlace(bits, j);
  Value line = e.load(words, block.inStrip.in(block.strip, offset, w.codeBlockBytes(), 64 * place.line), 64);
  const int64_t mask = ((1 << bits) - 1) << to;
  return e.bitAnd(e.moveField(line, place.bit + 8 * odd, to), e.splat(words, mask));
}

WordDots::Halves WordDots::codes(const StripBlock &block, int j, int odd) {
  Value code = plane(block, w.low, w.lowBits, j, odd, 0);
  if (w.highBits > 0) code = e.bitOr(code, plane(block, w.high, w.highBits, j, odd, w.lowBits));
  return {partOf(e, code, 0, 2), partOf(e, code, 1, 2)};
}

void WordDots::block(const StripBlock &block, Values &sums) {
  const int vectors = vectorsInBlock / ends.subBlocks();
  for (int subBlock = 0; subBlock < ends.subBlocks(); subBlock++) {
    llvm::SmallVector<Halves, 16> partial(problem.tokens);
    for (int j = subBlock * vectors; j < (subBlock + 1) * vectors; j++)
      for (int odd = 0; odd < 2; odd++) {
        const Halves codesOfVector = codes(block, j, odd);
        for (int token = 0; token < problem.tokens; token++) {
          const Address pair = inRecord(problem, records, token, block.inRow, problem.activations.codes, 64, 32 * odd + 4 * j);
          Value activations = e.bitcast(halfWords, e.broadcast(e.load(e.i32, pair, 4), 8));
          for (int half = 0; half < 2; half++) {
            Value product = e.intrinsic("llvm.x86.avx2.pmadd.wd", halfInts, {codesOfVector[half], activations});
            Value &sum = partial[token][half];
            sum = e.inOrder(sum ? e.add(sum, product) : product);
          }
        }
      }
    Values dots;
    for (int token = 0; token < problem.tokens; token++) {
      Value dot = joined(e, partial[token]), share = ends.zeroPointShare(token, block.inRow, subBlock);
      dots.push_back(share ? e.add(dot, share) : dot);
    }
    ends.add(block.inRow, subBlock, scales.of(block.inStrip, subBlock), dots, sums);
  }
}

Values WordDots::run() {
  Values sums(problem.tokens, e.splatFloat(e.floats, 0));
  return forEachBlock(
      e, w, panel, {1, problem.prefetchBytes}, sums, [&](Value strip) { scales.enter(strip); },
      [&](const StripBlock &position, Values &now) { block(position, now); });
}

} // namespace

Values wordDots(Emitter &e, const DotsProblem &problem, Value panel, Value records) {
  return WordDots(e, problem, panel, records).run();
}

} // namespace ingot::cpu
