// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Scales and minimums of a quantised strip, as float32 lanes (the 16 rows) or of one row alone. A scale of kind byteHalf is the
// sub-block's integer times the strip's fp16, rounded to float32, as every reader of these formats does it.
#ifndef INGOT_CODEGEN_CPU_MATMUL_SCALES_H
#define INGOT_CODEGEN_CPU_MATMUL_SCALES_H

#include "codegen/cpu/matmul/CodeUnpack.h"

namespace ingot::cpu {

struct ScaleAndMinimum {
  Value scale;
  Value minimum; ///< to be added (byteHalf minimums come negated); null where the format has none
  Value shifts;  ///< of the block, where an unpacked panel has them
};

/// Of a super-block.
inline int minimumPairs(packed::BlockFormat format) {
  const packed::BlockFormatInfo &info = packed::info(format);
  return info.blockElements / info.subBlock / 2;
}
/// Where an unpacked panel with pairedMinimums has pair `number` of a super-block, behind its first block; what minimums are times
/// follows the last pair.
int64_t pairOffset(const PanelLayout &layout, int number);

class Scales {
public:
  /// Of a panel's 16 rows; with `row` (0 … 15), of that row alone. `codeShift` is taken off scales.
  Scales(Emitter &e, const PanelLayout &layout, Value row = Value(), int codeShift = 0);

  /// What follows is about the strip at this address; reads the super-scales of formats that have them.
  void enter(Value strip);
  /// Of sub-block `subBlock` (0, or 1 where sub-blocks have 16 columns) of a block of the strip.
  ScaleAndMinimum of(BlockPosition block, int subBlock, bool withMinimum = true);
  /// Where minimums are multiplied as integers (TokenSums.h): those of the strip's sub-blocks 2 * `pair` and 2 * `pair` + 1 as
  /// int16, row by row, and what all of them are times, negative.
  Value minimumPair(int pair);
  Value ofMinimums();

private:
  Value loadFloats(int64_t plane, BlockPosition block, int subBlock);
  Value loadHalf(int64_t plane, BlockPosition block);
  Value loadByte(int64_t plane, BlockPosition block, int subBlock, bool isSigned);
  Value scaleOf(BlockPosition block, int subBlock);
  Value minimumByte(BlockPosition block, int subBlock);
  void widenSixBits(Value strip);
  Type typeOf(Type element) const { return row ? element : Emitter::vector(element, panelRows); }

  Emitter &e;
  const PanelLayout &layout;
  const packed::BlockFormatInfo &format;
  Value row;
  int codeShift;
  Value widened;       ///< on the stack: the strip's six-bit integers as bytes
  Value halves, bytes; ///< where fp16 and integers lie, moved to the row among elements of two bytes or of one
  int64_t scales = -1; ///< the integers of scales behind `bytes`
  Value superScale, superMinimum;
};

} // namespace ingot::cpu
#endif
