// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/matmul/Scales.h"

namespace ingot::cpu {

using packed::ScaleKind;

Scales::Scales(Emitter &e, const PanelLayout &layout, Value panel) : Scales(e, layout, panel, Value()) {}

Scales::Scales(Emitter &e, const PanelLayout &layout, Value panel, Value row)
    : e(e), layout(layout), format(packed::info(layout.format)), panel(panel), row(row),
      hasSuper(format.scale == ScaleKind::byteHalf) {}

Value Scales::loadHalf(int64_t plane, BlockPosition block, int64_t stride) {
  Address address = block.in(panel, plane, stride);
  if (row) address.base = e.pointerTo({panel, row, 2, 0});
  return e.halfToFloats(e.load(typeOf(e.f16), address, row ? 2 : 32));
}

Value Scales::loadByte(int64_t plane, BlockPosition block, int subBlock, bool isSigned) {
  const int64_t subBlocks = 32 / format.subBlock;
  Address address = block.in(panel, plane, subBlocks * panelRows, subBlock * panelRows);
  if (row) address.base = e.pointerTo({panel, row, 1, 0});
  Value narrow = e.load(typeOf(e.i8), address, row ? 1 : 16);
  return isSigned ? e.extendSigned(typeOf(e.i32), narrow) : e.extendUnsigned(typeOf(e.i32), narrow);
}

void Scales::enterSuper(Value index) {
  if (!hasSuper) return;
  const int64_t stride = 2 * panelRows;
  superScale = loadHalf(layout.superScales, {index}, stride);
  if (format.minimum == ScaleKind::byteHalf) superMinimum = e.negateFloats(loadHalf(layout.superMinimums, {index}, stride));
}

ScaleAndMinimum Scales::of(BlockPosition block, int subBlock) {
  const bool hasMinimum = format.minimum != ScaleKind::none;
  if (format.scale == ScaleKind::half)
    return {loadHalf(layout.scales, block, 2 * panelRows), hasMinimum ? loadHalf(layout.minimums, block, 2 * panelRows) : Value()};

  Value scale = loadByte(layout.scales, block, subBlock, format.signedScales), minimum;
  if (layout.scalesShareByte) {
    minimum = e.shiftRight(scale, 4);
    scale = e.bitAnd(scale, e.splat(scale.getType(), 15));
  } else if (hasMinimum) {
    minimum = loadByte(layout.minimums, block, subBlock, /*isSigned=*/false);
  }
  return {e.multiplyFloats(e.toFloats(scale), superScale), minimum ? e.multiplyFloats(e.toFloats(minimum), superMinimum) : Value()};
}

} // namespace ingot::cpu
