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

/// The plane of scales; that of fp16 minimums is as large.
int64_t scaleBytes(const BlockFormatInfo &format, int64_t columns) {
  if (format.scale == ScaleKind::half) return columns / 32 * panelRows * 2;
  const int perSubBlock = format.minimum == ScaleKind::none ? 1 : 2;
  return columns / format.subBlock * perSubBlock * panelRows * format.scaleBits / 8;
}

} // namespace

PanelLayout PanelLayout::of(BlockFormat format, int64_t columns) {
  const BlockFormatInfo &row = packed::info(format);
  PanelLayout layout = {format, columns, row.bits, 0, columns, 0, 0, -1, -1, -1, -1, -1, 0};
  Planes planes;
  if (!row.isQuantised()) {
    planes.add(denseBytes(row, columns));
    layout.stripBytes = layout.panelBytes = planes.bytes();
    return layout;
  }
  layout.lowBits = lowBitsOf(row.bits);
  layout.highBits = row.bits - layout.lowBits;
  // The fewest columns whose scales fill whole lines.
  const int64_t strip = layout.stripColumns = row.scale == ScaleKind::half ? 64 : row.blockElements;
  if (row.scale == ScaleKind::byteHalf) layout.superScales = planes.add(2 * panelRows * 2);
  if (row.minimum == ScaleKind::byteHalf) layout.superMinimums = layout.superScales + panelRows * 2;
  layout.scales = planes.add(scaleBytes(row, strip));
  if (row.minimum == ScaleKind::half) layout.minimums = planes.add(scaleBytes(row, strip));
  layout.low = planes.add(strip * row.bits / 8 * panelRows);
  if (layout.highBits > 0) layout.high = layout.low + 64 * layout.lowBits;
  layout.stripBytes = planes.bytes();
  layout.panelBytes = (columns + strip - 1) / strip * layout.stripBytes;
  return layout;
}

} // namespace ingot::cpu
