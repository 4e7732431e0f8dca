// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How the tiles of a few tokens ask for weights where eight, such as sequences that decode together, are two tiles: the first tile
// reads a panel from memory, the second one from a cache. If only the first asked, memory would rest for half of the time. So it
// asks for the lines of the panel's second half, half as many a block as it reads, and the second one for those of the next panel's
// first half. (From memory, Zen 3, 2026-12, 8 bits: Q4_0 1.06, with 8192 columns 1.1, Q8_0 1.04, Q4_K 1.03 times as fast.)
#ifndef INGOT_CODEGEN_CPU_MATMUL_SHAREDASKING_H
#define INGOT_CODEGEN_CPU_MATMUL_SHAREDASKING_H

#include "codegen/cpu/matmul/Dots.h"

namespace ingot::cpu {

class SharedAsking {
public:
  static bool helps(const DotsProblem &problem) {
    return problem.tokens > 1 && problem.prefetchBytes != 0 && problem.unit.integerDot == IntegerDot::vpmaddubsw &&
           problem.activations.isQuantised() && packed::info(problem.weights.format).isQuantised();
  }

  /// Of the tile of a block of `tokens` that starts at `token`. Unless as many tokens as it has are in front of it or behind it, it
  /// asks for all lines itself.
  SharedAsking(Emitter &e, const DotsProblem &problem, Value panel, Value tokens, Value token)
      : e(e), blockBytes(32 * problem.weights.stripBytes / problem.weights.stripColumns) {
    const int64_t panelBytes = problem.weights.panelBytes;
    Value isAlone = e.less(tokens, e.constant(2 * problem.tokens)), isFirst = e.less(token, e.constant(1));
    Value further = e.select(isFirst, e.constant(panelBytes / 2), e.constant(panelBytes));
    lines = e.pointerTo({panel, e.select(isAlone, e.constant(0), further), 1, problem.prefetchBytes});
    stride = e.select(isAlone, e.constant(blockBytes), e.constant(blockBytes / 2));
  }

  /// Beside block `number` of the row.
  void ask(Value number) const {
    Value first = e.multiply(number, stride);
    for (int64_t byte = 0; byte < blockBytes; byte += 64) e.prefetch({lines, first, 1, byte});
  }

private:
  Emitter &e;
  int64_t blockBytes;
  Value lines, stride; ///< those that the row's first block asks for, and bytes from a block's to the next one's
};

} // namespace ingot::cpu
#endif
