// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A panel is filled block by block, the 16 rows of a block in turn: the panel's few hundred bytes a block stay in L1 while 16
// streams read the source. Four codes travel together in a 32-bit word, which is also what one row owns of a line (column 4 j + i
// is byte i).
#include "codegen/cpu/pack/Pack.h"

#include <algorithm>
#include <cstring>

namespace ingot::cpu {
namespace {

using packed::BlockFormat;
using packed::BlockFormatInfo;
using packed::BlockParts;
using packed::ScaleKind;

constexpr int lineBytes = 64;

void store16(uint8_t *bytes, uint16_t value) { std::memcpy(bytes, &value, sizeof value); }

/// The words of one row in the lines of a plane of `bits` bits: 32 codes in `words`, of which bits [from, from + bits) are kept.
template <int bits> void storeLines(const uint32_t (&words)[8], int from, uint8_t *lines) {
  constexpr uint32_t mask = ((1u << bits) - 1) * 0x01010101u;
  constexpr int lineCount = bits, vectorsPerLine = 8 / bits;
  for (int line = 0; line < lineCount; ++line) {
    uint32_t word = 0;
    // 4 bits: vectors l and l + 4 share line l; 2 bits: 4 l … 4 l + 3 share it; 1 bit: all eight.
    for (int v = 0; v < vectorsPerLine; ++v)
      word |= ((words[bits == 4 ? line + 4 * v : line * vectorsPerLine + v] >> from) & mask) << (bits * v);
    std::memcpy(lines + line * lineBytes, &word, sizeof word);
  }
}

void storeLines(int bits, const uint32_t (&words)[8], int from, uint8_t *lines) {
  switch (bits) {
  case 1:
    return storeLines<1>(words, from, lines);
  case 2:
    return storeLines<2>(words, from, lines);
  case 4:
    return storeLines<4>(words, from, lines);
  case 8:
    return storeLines<8>(words, from, lines);
  }
}

/// Number `index` of the 256 six-bit integers of a strip, whose plane is zero there.
void storeSixBits(int integer, int index, uint8_t *plane) {
  if (index < 3 * lineBytes) {
    plane[index] |= integer;
    return;
  }
  for (int line = 0; line < 3; ++line) plane[line * lineBytes + index % lineBytes] |= (integer >> (2 * line) & 3) << 6;
}

/// The integer scales and minimums of one row in a strip of one block.
void storeIntegers(const BlockFormatInfo &format, int row, const BlockParts &parts, uint8_t *plane) {
  const int subBlocks = format.blockElements / format.subBlock;
  for (int sub = 0; sub < subBlocks; ++sub) {
    const int index = sub * panelRows + row;
    switch (format.scaleBits) {
    case 4:
      plane[index] = static_cast<uint8_t>(parts.subScales[sub] | parts.subMinimums[sub] << 4);
      break;
    case 6:
      storeSixBits(parts.subScales[sub] + (format.signedScales ? 32 : 0), index, plane);
      if (format.minimum != ScaleKind::none) storeSixBits(parts.subMinimums[sub], subBlocks * panelRows + index, plane);
      break;
    default:
      plane[index] = static_cast<uint8_t>(parts.subScales[sub]);
    }
  }
}

/// Writes one row's share of one block into its strip; `block` counts blocks of the format in the strip.
void storeBlock(const PanelLayout &layout, const BlockFormatInfo &format, int64_t block, int row, const BlockParts &parts,
                uint8_t *strip) {
  // Bytes that 32 columns take in a plane of one bit are a line, so `bits` lines in general.
  for (int group = 0; group < format.blockElements / 32; ++group) {
    const int64_t group32 = block * (format.blockElements / 32) + group;
    uint32_t words[8];
    std::memcpy(words, parts.codes + 32 * group, sizeof words);
    storeLines(layout.lowBits, words, 0, strip + layout.low + group32 * layout.codeBlockBytes() + 4 * row);
    if (layout.highBits > 0)
      storeLines(layout.highBits, words, layout.lowBits, strip + layout.high + group32 * layout.codeBlockBytes() + 4 * row);
  }
  const int64_t halfAt = (block * panelRows + row) * 2;
  if (format.scale == ScaleKind::half) {
    store16(strip + layout.scales + halfAt, parts.scale);
    if (format.minimum == ScaleKind::half) store16(strip + layout.minimums + halfAt, parts.minimum);
    return;
  }
  storeIntegers(format, row, parts, strip + layout.scales);
  store16(strip + layout.superScales + halfAt, parts.scale);
  if (layout.superMinimums >= 0) store16(strip + layout.superMinimums + halfAt, parts.minimum);
}

/// What a row that is not there holds: zeros in every sense, so that its results are 0.
BlockParts blankParts(const BlockFormatInfo &format) {
  BlockParts parts = {};
  std::memset(parts.codes, format.zeroPoint, sizeof parts.codes);
  return parts;
}

void packQuantisedPanel(const PanelLayout &layout, int rowCount, const uint8_t *source, uint8_t *panel) {
  const BlockFormatInfo &format = packed::info(layout.format);
  const int64_t sourceRowBytes = packed::rowBytes(layout.format, layout.columns);
  const int64_t blocks = layout.columns / format.blockElements;
  const BlockParts blank = blankParts(format);
  BlockParts parts;
  const int64_t blocksInStrip = layout.stripColumns / format.blockElements;
  for (int64_t block = 0; block < blocks; ++block) {
    const int64_t inStrip = block % blocksInStrip;
    uint8_t *strip = panel + block / blocksInStrip * layout.stripBytes;
    for (int row = 0; row < rowCount; ++row) {
      packed::unpackBlock(layout.format, source + row * sourceRowBytes + block * format.blockBytes, parts);
      storeBlock(layout, format, inStrip, row, parts, strip);
    }
    for (int row = rowCount; row < panelRows; ++row) storeBlock(layout, format, inStrip, row, blank, strip);
  }
}

/// [rows][columns] of Unit to [columns][16 rows], 64 columns at a time so that what is written stays in L1.
template <typename Unit> void packDensePanel(int64_t units, int64_t rowBytes, int rowCount, const uint8_t *source, uint8_t *panel) {
  constexpr int64_t tile = 64;
  for (int64_t begin = 0; begin < units; begin += tile) {
    const int64_t end = std::min(begin + tile, units);
    for (int row = 0; row < rowCount; ++row)
      for (int64_t unit = begin; unit < end; ++unit)
        std::memcpy(panel + (unit * panelRows + row) * sizeof(Unit), source + row * rowBytes + unit * sizeof(Unit), sizeof(Unit));
  }
}

void packDense(const PanelLayout &layout, int rowCount, const uint8_t *source, uint8_t *panel) {
  const int64_t columns = layout.columns, rowBytes = packed::rowBytes(layout.format, columns);
  switch (layout.format) {
  case BlockFormat::F32:
    return packDensePanel<uint32_t>(columns, rowBytes, rowCount, source, panel);
  case BlockFormat::F16:
    return packDensePanel<uint16_t>(columns, rowBytes, rowCount, source, panel);
  default:
    break;
  }
  // bf16: pairs of columns; the last of an odd count has a zero beside it.
  packDensePanel<uint32_t>(columns / 2, rowBytes, rowCount, source, panel);
  if (columns % 2 == 0) return;
  for (int row = 0; row < rowCount; ++row)
    std::memcpy(panel + (columns / 2 * panelRows + row) * 4, source + row * rowBytes + (columns - 1) * 2, 2);
}

} // namespace

void pack(const PanelLayout &layout, int64_t rows, int64_t firstPanel, int64_t panelCount, const uint8_t *source, uint8_t *panels) {
  const int64_t sourceRowBytes = packed::rowBytes(layout.format, layout.columns);
  const bool quantised = packed::info(layout.format).isQuantised();
  for (int64_t i = 0; i < panelCount; ++i) {
    const int64_t firstRow = (firstPanel + i) * panelRows;
    const int rowCount = static_cast<int>(std::clamp<int64_t>(rows - firstRow, 0, panelRows));
    uint8_t *panel = panels + i * layout.panelBytes;
    std::memset(panel, 0, layout.panelBytes); // the rest of a last strip, gaps, and missing rows of dense formats
    (quantised ? packQuantisedPanel : packDense)(layout, rowCount, source + firstRow * sourceRowBytes, panel);
  }
}

} // namespace ingot::cpu
