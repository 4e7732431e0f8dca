// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Functions of 16 float32, most of them by AVX-512's own instructions.
#ifndef INGOT_CODEGEN_CPU_VECTOR_FUNCTIONS_H
#define INGOT_CODEGEN_CPU_VECTOR_FUNCTIONS_H

#include "codegen/cpu/vector/Emitter.h"

namespace ingot::cpu {

/// 1.5 * 2^23: float32 are one apart there, 2^22 either way. What is added to it is rounded to an integer, halves to even, and its
/// bits are those of `integerShift` plus the integer.
constexpr double integerShift = 12582912.0;
constexpr int32_t integerShiftBits = 0x4B400000;

/// 2^x, with a relative error of at most 1.6e-7; exactly 1 at 0, exactly 0 far below, infinite far above.
Value scaledPowerOfTwo(Emitter &e, Value x);

/// 1 / (1 + e^-x), with a relative error of less than 1e-6 above -86; never less than 2^-126.
Value logistic(Emitter &e, Value x);
Value silu(Emitter &e, Value x); ///< x logistic(x)
Value gelu(Emitter &e, Value x); ///< x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))

/// 16 bfloat16, to nearest even.
Value roundToBf16(Emitter &e, Value x);

} // namespace ingot::cpu
#endif
