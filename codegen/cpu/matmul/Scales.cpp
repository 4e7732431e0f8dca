// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/matmul/Scales.h"

namespace ingot::cpu {

using packed::ScaleKind;

Scales::Scales(Emitter &e, const PanelLayout &layout, Value row)
    : e(e), layout(layout), format(packed::info(layout.format)), row(row) {}

Value Scales::loadHalf(int64_t plane, BlockPosition block) {
  return e.halfToFloats(e.load(typeOf(e.f16), block.in(halves, plane, 2 * panelRows), row ? 2 : 32));
}

Value Scales::loadByte(int64_t plane, BlockPosition block, int subBlock, bool isSigned) {
  const int64_t subBlocks = 32 / format.subBlock;
  Value narrow = e.load(typeOf(e.i8), block.in(bytes, plane, subBlocks * panelRows, subBlock * panelRows), row ? 1 : 16);
  return isSigned ? e.extendSigned(typeOf(e.i32), narrow) : e.extendUnsigned(typeOf(e.i32), narrow);
}

void Scales::enter(Value strip) {
  halves = row ? e.pointerTo({strip, row, 2, 0}) : strip;
  bytes = row ? e.pointerTo({strip, row, 1, 0}) : strip;
  if (layout.superScales >= 0) superScale = loadHalf(layout.superScales, {});
  if (layout.superMinimums >= 0) superMinimum = e.negateFloats(loadHalf(layout.superMinimums, {}));
}

ScaleAndMinimum Scales::of(BlockPosition block, int subBlock) {
  if (format.scale == ScaleKind::half)
    return {loadHalf(layout.scales, block), layout.minimums >= 0 ? loadHalf(layout.minimums, block) : Value()};

  Value scale = loadByte(layout.scales, block, subBlock, format.signedScales), minimum;
  if (layout.scalesShareByte) {
    minimum = e.shiftRight(scale, 4);
    scale = e.bitAnd(scale, e.splat(scale.getType(), 15));
  } else if (layout.minimums >= 0) {
    minimum = loadByte(layout.minimums, block, subBlock, /*isSigned=*/false);
  }
  return {e.multiplyFloats(e.toFloats(scale), superScale), minimum ? e.multiplyFloats(e.toFloats(minimum), superMinimum) : Value()};
}

} // namespace ingot::cpu
