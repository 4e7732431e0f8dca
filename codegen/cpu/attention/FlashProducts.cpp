// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/attention/FlashProducts.h"

namespace ingot::cpu {

Values FlashProducts::run(Emitter &e, int64_t steps, Values sums) const {
  const int64_t unroll = steps % 4 == 0 ? 4 : 2;
  sums = e.loop(steps / unroll, sums, [&](Value index, ValueRange carried) { return round(e, index, unroll, 0, unroll, carried); });
  return round(e, Value(), unroll, steps / unroll * unroll, steps % unroll, sums);
}

/// `count` steps from `first` on, `index` times `unroll` further.
Values FlashProducts::round(Emitter &e, Value index, int64_t unroll, int64_t first, int64_t count, ValueRange carried) const {
  const bool inPairs = perStep == 2;
  const Type type = inPairs ? Emitter::vector(e.bf16, unit.bits / 16) : sumType(e);
  const int64_t registerBytes = unit.bits / 8;
  Values sums(carried);
  for (int64_t step = first; step < first + count; step++) {
    Values factors;
    for (int64_t v = 0; v < registers(); v++)
      factors.push_back(
          e.load(type, {right, index, unroll * rightStepBytes, step * rightStepBytes + v * registerBytes}, registerBytes));
    for (int64_t row = 0; row < rows; row++) {
      const Address place{left, index, unroll * 4, row * leftRowBytes + step * 4};
      Value factor = e.broadcast(e.load(inPairs ? e.i32 : e.f32, place, 4), unit.bits / 32);
      if (inPairs) factor = e.bitcast(type, factor);
      for (int64_t v = 0; v < registers(); v++) {
        Value &sum = sums[row * registers() + v];
        sum = inPairs ? e.intrinsic("llvm.x86.avx512bf16.dpbf16ps.512", e.floats, {sum, factor, factors[v]})
                      : e.fma(factor, factors[v], sum);
        // With 16 registers LLVM's own order needs more than there are.
        if (unit.registers == 16) sum = e.inOrder(sum);
      }
    }
  }
  return sums;
}

} // namespace ingot::cpu
