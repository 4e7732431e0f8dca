// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/matmul/UnpackedPanel.h"

#include "codegen/cpu/layout/Planes.h"
#include "codegen/cpu/matmul/Dots.h"
#include "codegen/cpu/matmul/Scales.h"

namespace ingot::cpu {

PanelLayout unpackedLayout(const PanelLayout &layout, const VectorUnit &unit) {
  const packed::BlockFormatInfo &format = packed::info(layout.format);
  PanelLayout to = {layout.format, layout.columns, 8, 0, 32, 0, 0, -1, -1, -1, -1, -1, 0};
  const int64_t floatBytes = 32 / format.subBlock * panelRows * 4;
  Planes planes;
  to.floatScales = true;
  to.signedCodes = takesSignedCodes(layout.format, unit);
  to.low = planes.add(to.codeBlockBytes());
  to.scales = planes.add(floatBytes);
  if (format.minimum != packed::ScaleKind::none) to.minimums = planes.add(floatBytes);
  to.stripBytes = planes.bytes();
  to.panelBytes = layout.columns / 32 * to.stripBytes;
  return to;
}

void unpackStrips(Emitter &e, const PanelLayout &layout, Value strip, const StripWalk &walk, const PanelLayout &to,
                  Value unpacked) {
  const int subBlocks = 32 / packed::info(layout.format).subBlock;
  Scales scales(e, layout);
  forEachBlock(
      e, layout, strip, walk, {}, [&](Value from) { scales.enter(from); },
      [&](const StripBlock &block, Values &) {
        auto store = [&](Value value, int64_t offset) { e.store(value, block.inRow.in(unpacked, offset, to.stripBytes), 64); };
        const auto codes = unpackCodes(e, layout, block.strip, block.inStrip);
        for (int j = 0; j < vectorsInBlock; j++) store(to.signedCodes ? e.lessHalfOfBytes(codes[j]) : codes[j], to.low + 64 * j);
        for (int subBlock = 0; subBlock < subBlocks; subBlock++) {
          const ScaleAndMinimum of = scales.of(block.inStrip, subBlock);
          store(of.scale, to.scales + 64 * subBlock);
          if (of.minimum) store(of.minimum, to.minimums + 64 * subBlock);
        }
      });
}

} // namespace ingot::cpu
