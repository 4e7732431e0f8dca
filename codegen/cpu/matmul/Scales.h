// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Scales and minimums of a quantised panel, as float32 lanes (the 16 rows) or of one row alone. A scale of kind byteHalf is the
// sub-block's integer times the super-block's fp16, rounded to float32, as every reader of these formats does it.
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
  /// Of the panel's 16 rows.
  Scales(Emitter &e, const PanelLayout &layout, Value panel);
  /// Of one row: lane `row` (0 … 15) of the panel.
  Scales(Emitter &e, const PanelLayout &layout, Value panel, Value row);

  /// Blocks of 32 columns that share a super-scale, 1 where there is none.
  int64_t blocksInSuper() const { return hasSuper ? 8 : 1; }
  /// Reads the super-scales of super-block `index`; to be called before `of` in formats that have them.
  void enterSuper(Value index);
  /// Of sub-block `subBlock` (0, or 1 where sub-blocks have 16 columns) of a block.
  ScaleAndMinimum of(BlockPosition block, int subBlock);

private:
  Value loadHalf(int64_t plane, BlockPosition block, int64_t stride);
  Value loadByte(int64_t plane, BlockPosition block, int subBlock, bool isSigned);
  Type typeOf(Type element) const { return row ? element : Emitter::vector(element, panelRows); }

  Emitter &e;
  const PanelLayout &layout;
  const packed::BlockFormatInfo &format;
  Value panel, row;
  bool hasSuper;
  Value superScale, superMinimum;
};

} // namespace ingot::cpu
#endif
