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

void Scales::widenSixBits(Value strip) {
  if (!widened) widened = e.stackBytes(4 * 64);
  auto write = [&](int vector, Value integers) {
    integers = e.bitcast(e.bytes, integers);
    if (format.signedScales) integers = e.subtract(integers, e.splat(e.bytes, 32));
    e.store(integers, {widened, Value(), 0, 64 * vector}, 64);
  };
  Value last;
  for (int number = 0; number < 3; number++) {
    Value line = e.loadInOrder(e.ints, {strip, Value(), 0, layout.scales + 64 * number}, 64); // as CodeUnpack.cpp says
    write(number, e.fieldOfBytes(line, 0, 6, 0));
    Value bits = e.fieldOfBytes(line, 6, 2, 2 * number);
    last = last ? e.bitOr(last, bits) : bits;
  }
  write(3, last);
}

void Scales::enter(Value strip) {
  halves = row ? e.pointerTo({strip, row, 2, 0}) : strip;
  if (layout.superScales < 0) return;
  superScale = loadHalf(layout.superScales, {});
  if (layout.superMinimums >= 0) superMinimum = e.negateFloats(loadHalf(layout.superMinimums, {}));
  bytes = strip, scales = layout.scales;
  if (format.scaleBits == 6) {
    widenSixBits(strip);
    bytes = widened, scales = 0;
  }
  if (row) bytes = e.pointerTo({bytes, row, 1, 0});
}

ScaleAndMinimum Scales::of(BlockPosition block, int subBlock) {
  if (layout.floatScales) {
    const int64_t bytes = 4 * panelRows, blockBytes = 32 / format.subBlock * bytes;
    auto load = [&](int64_t plane) { return e.load(e.floats, block.in(halves, plane, blockBytes, subBlock * bytes), 64); };
    return {load(layout.scales), layout.minimums >= 0 ? load(layout.minimums) : Value()};
  }
  if (format.scale == ScaleKind::half)
    return {loadHalf(layout.scales, block), layout.minimums >= 0 ? loadHalf(layout.minimums, block) : Value()};

  Value scale = loadByte(scales, block, subBlock, format.signedScales), minimum;
  if (format.scaleBits == 4) {
    minimum = e.shiftRight(scale, 4);
    scale = e.bitAnd(scale, e.splat(scale.getType(), 15));
  } else if (format.minimum != ScaleKind::none) {
    const int64_t behindScales = layout.stripColumns / format.subBlock * panelRows;
    minimum = loadByte(scales + behindScales, block, subBlock, /*isSigned=*/false);
  }
  return {e.multiplyFloats(e.toFloats(scale), superScale), minimum ? e.multiplyFloats(e.toFloats(minimum), superMinimum) : Value()};
}

} // namespace ingot::cpu
