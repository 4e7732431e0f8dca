// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Compiled with -ffp-contract=off, as dequantisation is.
#include "codegen/cpu/pack/Unpack.h"

#include <cstring>

namespace ingot::cpu {
namespace {

using packed::BlockFormat;
using packed::ScaleKind;

/// The bits of one element in a code plane.
int planeCode(const PanelLayout &layout, const uint8_t *plane, int bits, int row, int64_t column) {
  const uint8_t *block = plane + column / 32 * layout.codeBlockBytes();
  const int vector = column % 32 / 4, byte = 4 * row + column % 4;
  switch (bits) {
  case 1:
    return block[byte] >> vector & 1;
  case 2:
    return block[vector / 4 * 64 + byte] >> (vector % 4 * 2) & 3;
  case 4:
    return block[vector % 4 * 64 + byte] >> (vector / 4 * 4) & 15;
  default:
    return block[vector * 64 + byte];
  }
}

float halfAt(const uint8_t *plane, int64_t index) {
  uint16_t bits;
  std::memcpy(&bits, plane + index * 2, sizeof bits);
  return packed::halfToFloat(bits);
}

int sixBitsAt(const uint8_t *plane, int64_t index) {
  if (index < 3 * 64) return plane[index] & 63;
  const uint8_t *line = plane + index % 64;
  return line[0] >> 6 | line[64] >> 6 << 2 | line[128] >> 6 << 4;
}

/// The integers that a k-quant's fp16 scale and minimum are multiplied by.
struct Integers {
  int scale, minimum;
};
Integers integersAt(const packed::BlockFormatInfo &format, const uint8_t *plane, int64_t index) {
  switch (format.scaleBits) {
  case 4:
    return {plane[index] & 15, plane[index] >> 4};
  case 6:
    return {sixBitsAt(plane, index) - (format.signedScales ? 32 : 0),
            format.minimum == ScaleKind::none ? 0 : sixBitsAt(plane, index + 128)};
  default:
    return {static_cast<int8_t>(plane[index]), 0};
  }
}

float denseElement(const PanelLayout &layout, const uint8_t *panel, int row, int64_t column) {
  switch (layout.format) {
  case BlockFormat::F32: {
    float value;
    std::memcpy(&value, panel + (column * panelRows + row) * 4, sizeof value);
    return value;
  }
  case BlockFormat::F16:
    return halfAt(panel, column * panelRows + row);
  default: {
    uint16_t half;
    std::memcpy(&half, panel + ((column / 2 * panelRows + row) * 2 + column % 2) * 2, sizeof half);
    const uint32_t bits = static_cast<uint32_t>(half) << 16;
    float value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
  }
  }
}

/// An element's strip, and its lane and column there.
struct StripElement {
  const uint8_t *strip;
  int lane;
  int64_t column;
};
StripElement elementAt(const PanelLayout &layout, const uint8_t *panels, int64_t row, int64_t column) {
  const uint8_t *panel = panels + row / panelRows * layout.panelBytes;
  return {panel + column / layout.stripColumns * layout.stripBytes, static_cast<int>(row % panelRows),
          column % layout.stripColumns};
}

} // namespace

int unpackCode(const PanelLayout &layout, const uint8_t *panels, int64_t row, int64_t column) {
  const StripElement at = elementAt(layout, panels, row, column);
  const int code = planeCode(layout, at.strip + layout.low, layout.lowBits, at.lane, at.column);
  if (layout.highBits == 0) return code;
  return code | planeCode(layout, at.strip + layout.high, layout.highBits, at.lane, at.column) << layout.lowBits;
}

float unpackElement(const PanelLayout &layout, const uint8_t *panels, int64_t row, int64_t column) {
  const packed::BlockFormatInfo &format = packed::info(layout.format);
  const StripElement at = elementAt(layout, panels, row, column);
  if (!format.isQuantised()) return denseElement(layout, at.strip, at.lane, at.column);
  const float code = static_cast<float>(unpackCode(layout, panels, row, column) - format.zeroPoint);
  const int64_t block = at.column / format.blockElements * panelRows + at.lane,
                sub = at.column / format.subBlock * panelRows + at.lane;
  if (format.scale == ScaleKind::half) {
    const float value = halfAt(at.strip + layout.scales, block) * code;
    return format.minimum == ScaleKind::none ? value : value + halfAt(at.strip + layout.minimums, block);
  }
  const Integers of = integersAt(format, at.strip + layout.scales, sub);
  const float value = halfAt(at.strip + layout.superScales, block) * static_cast<float>(of.scale) * code;
  if (format.minimum == ScaleKind::none) return value;
  return value - halfAt(at.strip + layout.superMinimums, block) * static_cast<float>(of.minimum);
}

void unpackRow(const PanelLayout &layout, const uint8_t *panels, int64_t row, float *values) {
  for (int64_t column = 0; column < layout.columns; ++column) values[column] = unpackElement(layout, panels, row, column);
}

} // namespace ingot::cpu
