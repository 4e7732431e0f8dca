// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/halide/Expressions.h"

namespace ingot::cpu {

using namespace Halide;

/// c[0] x^n + c[1] x^(n-1) + … + c[n]
static Expr polynomial(const Expr &x, const std::vector<double> &coefficients) {
  Expr result = Internal::make_const(x.type(), coefficients[0]);
  for (size_t i = 1; i < coefficients.size(); ++i) result = result * x + Internal::make_const(x.type(), coefficients[i]);
  return result;
}

Rounded roundedOf(const Expr &x) {
  if (x.type().bits() == 64) {
    const Expr sum = x + Expr(6755399441055744.0);
    return {sum - Expr(6755399441055744.0), cast<int32_t>(reinterpret<int64_t>(sum))};
  }
  const Expr sum = x + 12582912.0f;
  return {sum - 12582912.0f, cast<int32_t>(reinterpret<uint32_t>(sum) - Expr(uint32_t(0x4b400000)))};
}

Expr exponential(Expr x) {
  // x = n ln 2 + r; e^r by a polynomial on |r| <= ln 2 / 2, 2^n by its bits.
  const Expr bounded = min(max(x, -88.0f), 88.0f);
  const Rounded rounded = roundedOf(bounded * 1.44269504f);
  const Expr n = rounded.value;
  const Expr r = (bounded - n * 0.693359375f) - n * -2.12194440e-4f;
  const Expr tail =
      polynomial(r, {1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1});
  const Expr fraction = tail * (r * r) + r + 1.0f;
  const Expr power = reinterpret<float>(cast<uint32_t>(rounded.integer + 127) << 23);
  return select(x < -87.3f, 0.0f, fraction * power);
}

Expr logistic(const Expr &x) { return 1.0f / (1.0f + exponential(-x)); }

Turn turnOf(const Expr &angle) {
  const Expr x = cast<double>(angle);
  const Rounded quarters = roundedOf(x * Expr(0.63661977236758134));
  const Expr n = quarters.value;
  const Expr r = (x - n * Expr(1.5707963267948966)) - n * Expr(6.123233995736766e-17);
  const Expr square = r * r;
  const Expr sine = (square * r) * polynomial(square, {1.6059043836821613e-10, -2.5052108385441720e-08, 2.7557319223985893e-06,
                                                       -1.9841269841269841e-04, 8.3333333333333333e-03, -1.6666666666666667e-01}) +
                    r;
  const Expr cosine = polynomial(square, {-1.1470745597729725e-11, 2.0876756987868099e-09, -2.7557319223985891e-07,
                                          2.4801587301587302e-05, -1.3888888888888889e-03, 4.1666666666666667e-02, -0.5, 1.0});
  const Expr quarter = quarters.integer & 3;
  const Expr odd = (quarter & 1) != 0;
  const Expr sineOf = select(odd, cosine, sine), cosineOf = select(odd, sine, cosine);
  Turn turn;
  turn.sine = cast<float>(select((quarter & 2) != 0, -sineOf, sineOf));
  turn.cosine = cast<float>(select(((quarter + 1) & 2) != 0, -cosineOf, cosineOf));
  return turn;
}

Expr bfloatBits(const Expr &x) {
  const Expr bits = reinterpret<uint32_t>(x);
  const Expr nearest = (bits + (Expr(uint32_t(0x7fff)) + ((bits >> 16) & Expr(uint32_t(1))))) >> 16;
  const Expr isNan = (bits & Expr(uint32_t(0x7fffffff))) > Expr(uint32_t(0x7f800000));
  return cast<uint16_t>(select(isNan, (bits >> 16) | Expr(uint32_t(0x40)), nearest));
}

Expr magnitudeBits(const Expr &x) { return reinterpret<int32_t>(x) & 0x7fffffff; }

} // namespace ingot::cpu
