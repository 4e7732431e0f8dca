// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// BF16 weights times bf16 activations: vdpbf16ps multiplies a pair of columns of all 16 rows by one broadcast pair. Pairs go
// alternately to two chains, added at the end. An odd last column has a zero beside it on both sides.
#include "codegen/cpu/matmul/Dots.h"
#include "codegen/cpu/matmul/Strips.h"

namespace ingot::cpu {

Values bf16Dots(Emitter &e, const DotsProblem &problem, Value panel, Value records) {
  constexpr int64_t unroll = 8, chains = 2;
  const int64_t pairs = (problem.weights.columns + 1) / 2;
  const Type halves = Emitter::vector(e.bf16, 32);
  auto pairsFrom = [&](Value group, int64_t first, int64_t count, ValueRange carried) {
    Values sums(carried);
    for (int64_t pair = first; pair < first + count; pair++) {
      const BlockPosition none{group, 0};
      const Address line = none.in(panel, problem.weights.low, 64 * unroll, 64 * pair);
      if (problem.prefetchBytes != 0) askAhead(e, line, problem.prefetchBytes, problem.unit.prefetchFar);
      Value weights = e.load(halves, line, 64);
      for (int token = 0; token < problem.tokens; token++) {
        Value &sum = sums[token * chains + pair % chains];
        const Address two = inRecord(problem, records, token, none, problem.activations.codes, 4 * unroll, 4 * pair);
        sum = e.intrinsic("llvm.x86.avx512bf16.dpbf16ps.512", e.floats,
                          {sum, weights, e.bitcast(halves, e.loadBroadcast(e.i32, two))});
      }
    }
    return sums;
  };
  Values sums(problem.tokens * chains, e.splatFloat(e.floats, 0));
  sums = e.loop(pairs / unroll, sums, [&](Value group, ValueRange carried) { return pairsFrom(group, 0, unroll, carried); });
  sums = pairsFrom(Value(), pairs / unroll * unroll, pairs % unroll, sums);

  Values results;
  for (int token = 0; token < problem.tokens; token++)
    results.push_back(e.addFloats(sums[token * chains], sums[token * chains + 1]));
  return results;
}

} // namespace ingot::cpu
