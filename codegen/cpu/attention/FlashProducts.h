// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The products of a tile: scores of queries and keys, and sums of weighted values.
#ifndef INGOT_CODEGEN_CPU_ATTENTION_FLASHPRODUCTS_H
#define INGOT_CODEGEN_CPU_ATTENTION_FLASHPRODUCTS_H

#include "codegen/cpu/target/VectorUnit.h"
#include "codegen/cpu/vector/Emitter.h"

namespace ingot::cpu {

/// Rows x registers of float32 sums that stay where they are while steps (FlashLayout.h) pass:
/// sum[row][v] += left[row, step] * right[step, v], one step after the other.
struct FlashProducts {
  const VectorUnit &unit;
  int64_t perStep;     ///< 2: pairs of bf16, 1: float32
  int64_t rows, lines; ///< lines of 64 bytes on the right, a register each or several
  Value left;          ///< steps of a row, one after the other
  int64_t leftRowBytes;
  Value right;
  int64_t rightStepBytes;

  int64_t registers() const { return lines * 512 / unit.bits; } ///< of a row's sums
  Type sumType(Emitter &e) const { return Emitter::vector(e.f32, unit.bits / 32); }
  /// `sums`: rows x registers, as is the result.
  Values run(Emitter &e, int64_t steps, Values sums) const;

private:
  Values round(Emitter &e, Value index, int64_t unroll, int64_t first, int64_t count, ValueRange carried) const;
};

} // namespace ingot::cpu
#endif
