// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/matmul/UnpackedPanel.h"

#include "codegen/cpu/layout/Planes.h"
#include "codegen/cpu/matmul/Strips.h"

#include "llvm/Support/MathExtras.h"

namespace ingot::cpu {

PanelLayout unpackedLayout(const PanelLayout &layout) {
  const packed::BlockFormatInfo &format = packed::info(layout.format);
  PanelLayout to = {layout.format, layout.columns, 8, 0, 32, 0, 0, -1, -1, -1, -1, -1, 0};
  const int64_t floatBytes = 32 / format.subBlock * panelRows * 4;
  Planes planes;
  to.floatScales = true;
  to.low = planes.add(to.codeBlockBytes());
  to.scales = planes.add(floatBytes);
  if (format.minimum != packed::ScaleKind::none) to.minimums = planes.add(floatBytes);
  to.stripBytes = planes.bytes();
  to.panelBytes = layout.columns / 32 * to.stripBytes;
  return to;
}

void unpackStrips(Emitter &e, const PanelLayout &layout, Value strip, Value strips, UnpackAhead ahead, Value unpacked) {
  const PanelLayout to = unpackedLayout(layout);
  const int64_t blocks = layout.stripColumns / 32, lines = llvm::divideCeilSigned(layout.stripBytes / 64, blocks);
  const int subBlocks = 32 / packed::info(layout.format).subBlock;
  Scales scales(e, layout);
  e.loop(e.constant(0), strips, 1, {}, [&](Value index, ValueRange) {
    Value from = e.pointerTo({strip, index, layout.stripBytes, 0});
    Value stripTo = e.pointerTo({unpacked, index, blocks * to.stripBytes, 0});
    scales.enter(from);
    e.loop(blocks, {}, [&](Value number, ValueRange) {
      const BlockPosition block{number};
      for (int64_t line = 0; ahead.bytes != 0 && line < lines; line++)
        askAhead(e, {from, number, 64 * lines, 64 * line}, ahead.bytes, ahead.farBytes);
      Value blockTo = e.pointerTo({stripTo, number, to.stripBytes, 0});
      const auto codes = unpackCodes(e, layout, from, block);
      for (int j = 0; j < vectorsInBlock; j++) e.store(codes[j], {blockTo, Value(), 0, to.low + 64 * j}, 64);
      for (int subBlock = 0; subBlock < subBlocks; subBlock++) {
        const ScaleAndMinimum of = scales.of(block, subBlock);
        e.store(of.scale, {blockTo, Value(), 0, to.scales + 64 * subBlock}, 64);
        if (of.minimum) e.store(of.minimum, {blockTo, Value(), 0, to.minimums + 64 * subBlock}, 64);
      }
      return Values();
    });
    return Values();
  });
}

} // namespace ingot::cpu
