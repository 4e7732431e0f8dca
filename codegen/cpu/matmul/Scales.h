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
};

class Scales {
public:
  /// Of a panel's 16 rows; with `row` (0 … 15), of that row alone.
  Scales(Emitter &e, const PanelLayout &layout, Value row = Value());

  /// What follows is about the strip at this address; reads the super-scales of formats that have them.
  void enter(Value strip);
  /// Of sub-block `subBlock` (0, or 1 where sub-blocks have 16 columns) of a block of the strip.
  ScaleAndMinimum of(BlockPosition block, int subBlock);

private:
  Value loadHalf(int64_t plane, BlockPosition block);
  Value loadByte(int64_t plane, BlockPosition block, int subBlock, bool isSigned);
  void widenSixBits(Value strip);
  Type typeOf(Type element) const { return row ? element : Emitter::vector(element, panelRows); }

  Emitter &e;
  const PanelLayout &layout;
  const packed::BlockFormatInfo &format;
  Value row;
  Value widened;       ///< on the stack: the strip's six-bit integers as bytes
  Value halves, bytes; ///< where fp16 and integers lie, moved to the row among elements of two bytes or of one
  int64_t scales = -1; ///< the integers of scales behind `bytes`
  Value superScale, superMinimum;
};

} // namespace ingot::cpu
#endif
