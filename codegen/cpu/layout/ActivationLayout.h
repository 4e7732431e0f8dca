// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How a matmul's input lies in memory: one record a token, planes in a record, each plane and record on a multiple of 64 bytes.
// A record is an odd number of 64 bytes: a tile reads one column of several records, which a power of two between them would press
// into one set of the first-level cache.
//
//   f32     float32 [columns]
//   bf16    bfloat16 [columns], padded with one zero when columns is odd
//   q8      int8 codes [columns]; float32 scale [columns / 32]; then the sums asked for
//           scale = absmax / 127 over 32 columns, code = round(x / scale) to nearest even
//   q15     int8 high [columns]; int8 low [columns]; float32 scale [columns / 32]; then the sums
//           scale = absmax / 16256, value = round(x / scale), high = (value + 64) >> 7, low = value - 128 * high (-64 … 63); value
//           = 128 * high + low
//           with `words`, for products of int16, in place of both planes int16 values [columns / 32][2][8][2]:
//           a block's pairs of columns 4 * i, 4 * i + 2 (i = 0 … 7), then those of 4 * i + 1, 4 * i + 3
//
// Sums (over a sub-block of 16 or 32 columns, of the integer values) are what zero points and minimums need:
//   negated  int32: minus the sum (a zero point of 2^z contributes `negated << z`)
//   scaled   float32: scale * sum (a minimum m contributes m * scaled)
#ifndef INGOT_CODEGEN_CPU_LAYOUT_ACTIVATIONLAYOUT_H
#define INGOT_CODEGEN_CPU_LAYOUT_ACTIVATIONLAYOUT_H

#include "dialects/packed/ActivationKind.h"

#include <cstdint>

namespace ingot::cpu {

using packed::ActivationKind;
using packed::ActivationParts;
using enum packed::ActivationParts;

struct ActivationLayout {
  ActivationKind kind;
  int64_t columns;
  int terms; ///< int8 planes: 1 (q8), 2 (q15), else 0
  // Byte offsets in a record; -1 where there is none. `codes` is the only plane of f32, bf16 and words; q15's low plane is codes +
  // codePlaneBytes.
  int64_t codes, codePlaneBytes, scales;
  int64_t negated32, negated16, scaled32, scaled16;
  int64_t recordBytes;

  /// Rounded to integers, with a scale for each block.
  bool isQuantised() const { return packed::isInteger(kind); }
  bool hasWords() const { return isQuantised() && terms == 0; }

  static ActivationLayout of(ActivationKind kind, int64_t columns, uint8_t parts);
};

} // namespace ingot::cpu
#endif
