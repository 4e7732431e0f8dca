// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/layout/PanelLayout.h"

#include "codegen/cpu/layout/Planes.h"

namespace ingot::cpu {

using packed::BlockFormat;
using packed::BlockFormatInfo;
using packed::ScaleKind;

namespace {

int lowBitsOf(int bits) {
  switch (bits) {
  case 5:
  case 6:
    return 4;
  case 3:
    return 2;
  default:
    return bits;
  }
}

/// Bytes of a dense panel before rounding up.
int64_t denseBytes(const BlockFormatInfo &format, int64_t columns) {
  // bf16 columns go in pairs, as vdpbf16ps reads them.
  const int64_t stored = format.format == BlockFormat::BF16 ? (columns + 1) / 2 * 2 : columns;
  return stored * panelRows * format.blockBytes;
}

/// A plane of scales or minimums: fp16 a block of 32, or a byte a sub-block.
int64_t scaleBytes(const BlockFormatInfo &format, ScaleKind kind, int64_t columns) {
  return kind == ScaleKind::half ? columns / 32 * panelRows * 2 : columns / format.subBlock * panelRows;
}

} // namespace

PanelLayout PanelLayout::of(BlockFormat format, int64_t columns) {
  const BlockFormatInfo &row = packed::info(format);
  PanelLayout layout = {format, columns, row.bits, 0, false, 0, -1, -1, -1, -1, -1, 0};
  Planes planes;
  if (!row.isQuantised()) {
    layout.low = planes.add(denseBytes(row, columns));
    layout.panelBytes = planes.bytes();
    return layout;
  }
  layout.lowBits = lowBitsOf(row.bits);
  layout.highBits = row.bits - layout.lowBits;
  layout.scalesShareByte = format == BlockFormat::Q2_K;
  layout.low = planes.add(columns * layout.lowBits / 8 * panelRows);
  if (layout.highBits > 0) layout.high = planes.add(columns * layout.highBits / 8 * panelRows);
  layout.scales = planes.add(scaleBytes(row, row.scale, columns));
  if (row.minimum != ScaleKind::none && !layout.scalesShareByte)
    layout.minimums = planes.add(scaleBytes(row, row.minimum, columns));
  if (row.scale == ScaleKind::byteHalf) layout.superScales = planes.add(columns / row.blockElements * panelRows * 2);
  if (row.minimum == ScaleKind::byteHalf) layout.superMinimums = planes.add(columns / row.blockElements * panelRows * 2);
  layout.panelBytes = planes.bytes();
  return layout;
}

} // namespace ingot::cpu
