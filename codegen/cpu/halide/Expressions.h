// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Functions that Halide has not, or not exactly enough, as expressions that vectorise. Multiply-adds in them become fused ones (see
// codegen/cpu/object/Contraction.h), which the error bounds below count on.
#ifndef INGOT_CODEGEN_CPU_HALIDE_EXPRESSIONS_H
#define INGOT_CODEGEN_CPU_HALIDE_EXPRESSIONS_H

#include <Halide.h>

#include <vector>

namespace ingot::cpu {

/// x to the nearest integer, ties to even, for |x| < 2^22: the addition of 1.5 * 2^23 leaves the integer in the low bits of the
/// sum. Also works on products, which then are rounded once. Halide's own `round` splits vectors in halves.
struct Rounded {
  Halide::Expr value;   ///< as float
  Halide::Expr integer; ///< int32, garbage (but no undefined behaviour) where x is NaN or too large
};
Rounded roundedOf(const Halide::Expr &x);

/// e^x to about one unit in the last place; 0 below -87.3, e^88 above 88.
Halide::Expr exponential(Halide::Expr x);

/// 1 / (1 + e^-x), without cancellation on either side.
Halide::Expr logistic(const Halide::Expr &x);

/// Cosine and sine of a float32 angle, computed in float64 and rounded once. Good for angles up to 2^30.
struct Turn {
  Halide::Expr cosine, sine;
};
Turn turnOf(const Halide::Expr &angle);

/// The bits of the bfloat16 nearest to x, ties to even; a NaN stays one.
Halide::Expr bfloatBits(const Halide::Expr &x);

/// The bits of |x|, which order like the values, NaN above all.
Halide::Expr magnitudeBits(const Halide::Expr &x);

/// Sums or maxima of `count` values (a power of two) in a balanced tree: value(i) with value(i + count / 2) first.
template <typename Value, typename Combine> Halide::Expr tree(int count, const Value &value, const Combine &combine) {
  std::vector<Halide::Expr> terms;
  for (int i = 0; i < count; ++i) terms.push_back(value(i));
  for (int half = count / 2; half > 0; half /= 2)
    for (int i = 0; i < half; ++i) terms[i] = combine(terms[i], terms[i + half]);
  return terms[0];
}

} // namespace ingot::cpu
#endif
