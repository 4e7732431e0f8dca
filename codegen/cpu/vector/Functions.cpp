// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/vector/Functions.h"

#include <numbers>

namespace ingot::cpu {

Value scaledPowerOfTwo(Emitter &e, Value x) {
  constexpr double coefficients[] = {0.001326472731307149, 0.009671512991189957, 0.05550733581185341, 0.24022242426872253,
                                     0.6931470036506653};
  Value whole = e.roundToInteger(x), rest = e.subtractFloats(x, whole);
  Value sum = e.splatFloat(e.floats, coefficients[0]);
  for (double coefficient : llvm::ArrayRef(coefficients).drop_front()) sum = e.fma(sum, rest, e.splatFloat(e.floats, coefficient));
  sum = e.fma(sum, rest, e.splatFloat(e.floats, 1));
  constexpr int currentRounding = 4;
  return e.intrinsic("llvm.x86.avx512.mask.scalef.ps.512", e.floats,
                     {sum, whole, sum, e.splat(e.i16, -1), e.splat(e.i32, currentRounding)});
}

/// 1 / x for 2^-126 <= x <= 2^126: an estimate of 14 bits and a step of Newton's.
static Value reciprocal(Emitter &e, Value x) {
  Value estimate = e.intrinsic("llvm.x86.avx512.rcp14.ps.512", e.floats, {x, x, e.splat(e.i16, -1)});
  Value error = e.fma(e.negateFloats(x), estimate, e.splatFloat(e.floats, 1));
  return e.fma(estimate, error, estimate);
}

Value logistic(Emitter &e, Value x) {
  // Beyond this bound the result is less than any product of it that is no denormal.
  Value bounded = e.maximumFloats(e.multiplyFloats(x, e.splatFloat(e.floats, std::numbers::log2e)), e.splatFloat(e.floats, -125));
  return reciprocal(e, e.addFloats(scaledPowerOfTwo(e, e.negateFloats(bounded)), e.splatFloat(e.floats, 1)));
}

Value silu(Emitter &e, Value x) { return e.multiplyFloats(x, logistic(e, x)); }

Value gelu(Emitter &e, Value x) {
  // (1 + tanh u) / 2 is the logistic function of 2u.
  Value cube = e.multiplyFloats(e.multiplyFloats(x, x), x);
  Value argument = e.multiplyFloats(e.fma(cube, e.splatFloat(e.floats, 0.044715), x), e.splatFloat(e.floats, 1.5957691216057308));
  return e.multiplyFloats(x, logistic(e, argument));
}

Value roundToBf16(Emitter &e, Value x) {
  return e.intrinsic("llvm.x86.avx512bf16.cvtneps2bf16.512", Emitter::vector(e.bf16, 16), {x});
}

} // namespace ingot::cpu
