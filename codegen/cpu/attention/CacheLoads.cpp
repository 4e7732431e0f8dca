// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/attention/CacheLoads.h"

#include "codegen/cpu/attention/VectorMath.h"

#include <algorithm>

namespace ingot::cpu {

/// Byte `number` of each lane, from -128 to 127. Those of keys have 128 added.
static Value codeOf(Emitter &e, const CacheLayout &layout, Value lanes, int number) {
  if (layout.isKeys) lanes = e.lessHalfOfBytes(lanes);
  return e.toFloats(e.shiftRightArithmetic(e.shiftLeft(lanes, 24 - 8 * number), 24));
}

Values loadKeys(Emitter &e, const CacheLayout &layout, Value block, Value x, int count) {
  Values rows;
  if (layout.element != CacheElement::q8) {
    const int64_t row = layout.elementAt(0, 1);
    for (int i = 0; i < count; i++) rows.push_back(loadAsFloats(e, elementType(e, layout.element), {block, x, row, i * row}));
    return rows;
  }
  const Value codes = e.load(e.ints, {block, x, layout.elementAt(0, 4) / 4, 0}, 64);
  const Value scale =
      loadAsFloats(e, e.f16, {block, e.shiftRight(x, 5), layout.scaleAt(0, 32) - layout.scaleAt(0, 0), layout.scaleAt(0, 0)});
  for (int i = 0; i < count; i++) rows.push_back(e.multiplyFloats(codeOf(e, layout, codes, i), scale));
  return rows;
}

Values loadValues(Emitter &e, const CacheLayout &layout, Value block, Value four, int64_t x) {
  Values rows;
  if (layout.element != CacheElement::q8) {
    const int lanes = int(std::min<int64_t>(16, layout.width - x));
    for (int i = 0; i < 4; i++)
      rows.push_back(
          loadAsFloats(e, elementType(e, layout.element), {block, four, layout.elementAt(4, 0), layout.elementAt(i, x)}, lanes));
    return rows;
  }
  const Value codes = e.load(e.ints, {block, four, layout.elementAt(4, 0), layout.elementAt(0, x)}, 64);
  for (int i = 0; i < 4; i++) {
    const Value scale = e.halfToFloats(e.load(e.f16, {block, four, 4 * 2, layout.scaleAt(i, x)}, 2));
    rows.push_back(e.multiplyFloats(codeOf(e, layout, codes, i), e.broadcast(scale, 16)));
  }
  return rows;
}

} // namespace ingot::cpu
