// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How a matmul's input is rounded, and what it consists of. The layouts in memory are the target's (codegen/cpu/layout).
#ifndef INGOT_DIALECTS_PACKED_ACTIVATIONKIND_H
#define INGOT_DIALECTS_PACKED_ACTIVATIONKIND_H

#include "dialects/packed/BlockFormat.h"

#include <cstdint>

namespace ingot::packed {

enum class ActivationKind : uint8_t {
  f32,  ///< not rounded
  bf16, ///< bfloat16, to nearest even
  q8,   ///< int8 with a float32 scale for 32 values
  q15,  ///< 15 bits, in two int8 terms or as words, with a float32 scale for 32 values
};

/// Blocks of 32 integers with a scale, for formats' own dots.
constexpr bool isInteger(ActivationKind kind) { return kind == ActivationKind::q8 || kind == ActivationKind::q15; }

/// A set of these bits: sums over 16 or 32 columns, for zero points (negated, integer) and for minimums (scaled, float32); and q15
/// as int16 instead of two terms.
enum ActivationParts : uint8_t { negated32 = 1, negated16 = 2, scaled32 = 4, scaled16 = 8, words = 16 };

/// The sums that a format's zero point and minimums need from integer activations.
uint8_t sumsNeeded(BlockFormat format);

/// Whether a format is multiplied by words: codes that lie in one plane are cut to words as cheaply as to bytes, those of 5 or 6
/// bits, put together of two planes, are not.
bool takesWords(BlockFormat format);

} // namespace ingot::packed
#endif
