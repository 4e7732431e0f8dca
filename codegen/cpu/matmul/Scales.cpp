// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/matmul/Scales.h"

#include <cmath>

namespace ingot::cpu {

using packed::ScaleKind;

int64_t pairOffset(const PanelLayout &layout, int number) {
  const int ofBlock = 32 / packed::info(layout.format).subBlock;
  return number / ofBlock * layout.stripBytes + layout.minimums + 64 * (number % ofBlock);
}

Scales::Scales(Emitter &e, const PanelLayout &layout, Value row, int codeShift)
    : e(e), layout(layout), format(packed::info(layout.format)), row(row), codeShift(codeShift) {}

Value Scales::loadHalf(int64_t plane, BlockPosition block) {
  return e.halfToFloats(e.load(typeOf(e.f16), block.in(halves, plane, 2 * panelRows), row ? 2 : 32));
}

Value Scales::loadFloats(int64_t plane, BlockPosition block, int subBlock) {
  const int64_t bytes = 4 * panelRows;
  return e.load(e.floats, block.in(halves, plane, 32 / format.subBlock * bytes, subBlock * bytes), 64);
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
  if (codeShift > 0) superScale = e.multiplyFloats(superScale, e.splatFloat(superScale.getType(), std::ldexp(1.0, -codeShift)));
  if (layout.superMinimums >= 0) superMinimum = e.negateFloats(loadHalf(layout.superMinimums, {}));
  bytes = strip, scales = layout.scales;
  if (format.scaleBits == 6) {
    widenSixBits(strip);
    bytes = widened, scales = 0;
  }
  if (row) bytes = e.pointerTo({bytes, row, 1, 0});
}

ScaleAndMinimum Scales::of(BlockPosition block, int subBlock, bool withMinimum) {
  assert(!(withMinimum && layout.pairedMinimums) && "minimums that are no float32");
  if (layout.floatScales)
    return {loadFloats(layout.scales, block, subBlock),
            layout.minimums >= 0 && withMinimum ? loadFloats(layout.minimums, block, subBlock) : Value(),
            layout.shifts >= 0 ? e.load(e.floats, block.in(halves, layout.shifts, 0), 64) : Value()};
  if (format.scale == ScaleKind::half)
    return {loadHalf(layout.scales, block), layout.minimums >= 0 ? loadHalf(layout.minimums, block) : Value()};

  Value scale = scaleOf(block, subBlock);
  if (format.minimum == ScaleKind::none || !withMinimum) return {scale, Value()};
  return {scale, e.multiplyFloats(e.toFloats(minimumByte(block, subBlock)), superMinimum)};
}

Value Scales::scaleOf(BlockPosition block, int subBlock) {
  if (layout.floatScales) return loadFloats(layout.scales, block, subBlock);
  Value scale = loadByte(scales, block, subBlock, format.signedScales);
  if (format.scaleBits == 4) scale = e.bitAnd(scale, e.splat(scale.getType(), 15));
  return e.multiplyFloats(e.toFloats(scale), superScale);
}

Value Scales::minimumByte(BlockPosition block, int subBlock) {
  if (format.scaleBits == 4) return e.shiftRight(loadByte(scales, block, subBlock, /*isSigned=*/false), 4);
  const int64_t behindScales = layout.stripColumns / format.subBlock * panelRows;
  return loadByte(scales + behindScales, block, subBlock, /*isSigned=*/false);
}

Value Scales::minimumPair(int pair) {
  const int subBlocks = 32 / format.subBlock;
  if (layout.pairedMinimums) return e.load(e.ints, {halves, Value(), 0, pairOffset(layout, pair)}, 64);
  Value both[2];
  for (int odd = 0; odd < 2; odd++) {
    const int number = 2 * pair + odd;
    both[odd] = minimumByte({Value(), number / subBlocks}, number % subBlocks);
  }
  return e.bitOr(both[0], e.shiftLeft(both[1], 16));
}

Value Scales::ofMinimums() {
  if (!layout.pairedMinimums) return superMinimum;
  return e.load(e.floats, {halves, Value(), 0, pairOffset(layout, minimumPairs(layout.format))}, 64);
}

} // namespace ingot::cpu
