// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/matmul/UnpackedPanel.h"

#include "codegen/cpu/layout/Planes.h"
#include "codegen/cpu/matmul/Dots.h"
#include "codegen/cpu/matmul/Scales.h"
#include "codegen/cpu/vector/FourProducts.h"
#include "codegen/cpu/vector/Functions.h"

namespace ingot::cpu {

PanelLayout unpackedLayout(const PanelLayout &layout, ActivationKind kind, const VectorUnit &unit) {
  const packed::BlockFormatInfo &format = packed::info(layout.format);
  const bool words = kind == ActivationKind::q15 && unit.integerDot == IntegerDot::vpmaddubsw;
  PanelLayout to = {layout.format, layout.columns, words ? 16 : 8, 0, 32, 0, 0, -1, -1, -1, -1, -1, 0};
  const int64_t floatBytes = 32 / format.subBlock * panelRows * 4;
  Planes planes;
  to.floatScales = true;
  to.signedCodes = words || takesSignedCodes(layout.format, unit);
  to.codeShift = codeShift(layout.format, kind, unit);
  to.pairedMinimums = multipliesMinimums(layout.format, kind, unit);
  to.low = planes.add(to.codeBlockBytes());
  to.scales = planes.add(floatBytes);
  if (format.minimum != packed::ScaleKind::none) to.minimums = planes.add(floatBytes);
  if (unit.sharesUnits) to.shifts = planes.add(4 * panelRows);
  to.stripBytes = planes.bytes();
  to.panelBytes = layout.columns / 32 * to.stripBytes;
  return to;
}

/// Codes of a vector as the panel has them: one line, or two of words.
static Values lines(Emitter &e, const PanelLayout &to, Value codes) {
  if (!to.hasWords()) return {to.signedCodes ? e.lessHalfOfBytes(codes) : codes};
  Values result;
  for (int odd = 0; odd < 2; odd++) {
    Value words = wordsOf(e, codes, odd, /*isSigned=*/false);
    const int zeroPoint = packed::info(to.format).zeroPoint;
    result.push_back(zeroPoint == 0 ? words : e.subtract(words, e.splat(words.getType(), zeroPoint)));
  }
  return result;
}

void unpackStrips(Emitter &e, const PanelLayout &layout, Value strip, const StripWalk &walk, const PanelLayout &to,
                  Value unpacked) {
  const int subBlocks = 32 / packed::info(layout.format).subBlock;
  Scales scales(e, layout, Value(), to.codeShift);
  forEachBlock(
      e, layout, strip, walk, {}, [&](Value from) { scales.enter(from); },
      [&](const StripBlock &block, Values &) {
        auto store = [&](Value value, int64_t offset) { e.store(value, block.inRow.in(unpacked, offset, to.stripBytes), 64); };
        const auto codes = unpackCodes(e, layout, block.strip, block.inStrip, to.codeShift);
        int64_t offset = to.low;
        for (Value vector : codes)
          for (Value line : lines(e, to, vector)) {
            store(line, offset);
            offset += 64;
          }
        Value shifted; // the sum of scales of dots that are
        for (int subBlock = 0; subBlock < subBlocks; subBlock++) {
          const ScaleAndMinimum of = scales.of(block.inStrip, subBlock, /*withMinimum=*/!to.pairedMinimums);
          if (subBlock == 0 || to.codeShift > 0) shifted = shifted ? e.addFloats(shifted, of.scale) : of.scale;
          store(of.scale, to.scales + 64 * subBlock);
          if (of.minimum) store(of.minimum, to.minimums + 64 * subBlock);
        }
        if (to.shifts >= 0) store(e.multiplyFloats(shifted, e.splatFloat(e.floats, -integerShift)), to.shifts);
      },
      [&](Value, Value index, Values &) {
        if (!to.pairedMinimums) return;
        Value first = e.pointerTo({unpacked, index, layout.stripColumns / 32 * to.stripBytes, 0});
        const int pairs = minimumPairs(to.format);
        for (int pair = 0; pair < pairs; pair++) e.store(scales.minimumPair(pair), {first, Value(), 0, pairOffset(to, pair)}, 64);
        e.store(scales.ofMinimums(), {first, Value(), 0, pairOffset(to, pairs)}, 64);
      });
}

} // namespace ingot::cpu
