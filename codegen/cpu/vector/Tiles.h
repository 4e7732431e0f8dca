// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The instructions of AMX tiles (Intel SDM, volume 1, chapter 18): eight registers of 16 rows of 64 bytes, all configured so. A
// tile of bfloat16 has 32 columns, or 16 pairs of rows x 16 columns; a tile of sums is 16 x 16 float32.
#ifndef INGOT_CODEGEN_CPU_VECTOR_TILES_H
#define INGOT_CODEGEN_CPU_VECTOR_TILES_H

#include "codegen/cpu/vector/Emitter.h"

namespace ingot::cpu {

constexpr int64_t tileRows = 16, tileRowBytes = 64, tileBytes = tileRows * tileRowBytes;
constexpr int64_t tileColumns = 32; ///< of bfloat16 numbers

class Tiles {
public:
  explicit Tiles(Emitter &e) : e(e) {}

  /// Before the first tile of a function; `memory` is 64 bytes, aligned, whose contents are lost.
  void configure(Value memory);
  /// Behind the last one.
  void release();

  void zero(int number);
  /// Rows lie `stride` bytes apart.
  void load(int number, Value address, int64_t stride);
  /// The same past the first-level cache, in which it would take the place of what is read again.
  void loadStreamed(int number, Value address, int64_t stride);
  void store(int number, Value address, int64_t stride);
  /// sums[m, n] += sum over k of left[m, k] * right[k, n] in bfloat16, two k at a time.
  void multiply(int sums, int left, int right);

private:
  void instruction(llvm::StringRef name, ValueRange operands);
  Value tile(int number);

  Emitter &e;
};

} // namespace ingot::cpu
#endif
