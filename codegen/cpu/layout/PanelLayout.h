// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The order in which the AVX-512 target reads a weight matrix [rows = outputs, columns = inputs]: panels of 16 rows, one 512-bit
// register holding the same four consecutive columns of all 16 rows (what vpdpbusd multiplies by four broadcast activations).
//
// A matrix is ceil(rows / 16) panels one after the other, panelBytes each (a multiple of 64); missing rows are zero (codes equal to
// the zero point, scales 0). A panel of a quantised format is a sequence of strips of stripColumns columns (64, k-quants 256),
// stripBytes each, so that reading it is reading memory from end to end; where columns end inside the last strip, the rest of it is
// zero. In a strip, planes follow each other in this order, each starting on a multiple of 64 bytes (the super minimum of 32):
//
//   super    byteHalf only: fp16 scale [16 rows], then (if it has minimums) fp16 minimum [16 rows]
//   scales   half: fp16 [stripColumns / 32][16 rows].  byteHalf: int8 [stripColumns / subBlock][16 rows] (Q6_K); with four bits
//            (Q2_K) uint8 that minimums share (scale | minimum << 4); with six bits see below
//   minimums half: the same. byteHalf: none, they are in the plane of scales
//   codes    a block of 32 columns is 8 vectors of 64 bytes: byte 4 * row + i of vector j is column 4 * j + i. A block's
//            codes are one or two bit planes, low then high; the next block follows (codeBlockBytes):
//     8 bits   32 columns = 512 bytes: the 8 vectors
//     4 bits   256 bytes: line l (0 … 3) holds vector l in the low nibbles and vector l + 4 in the high ones
//     2 bits   128 bytes: line l (0, 1) holds vectors 4 * l + v in bits 2 * v, 2 * v + 1 (v = 0 … 3)
//     1 bit     64 bytes: one line, vector j in bit j
//     5 = 4 + 1, 6 = 4 + 2, 3 = 2 + 1, 2 = 2, 4 = 4, 8 = 8; code = low | high << bits of low
//
// Six-bit scales (Q3_K's with 32 added), and the minimums behind them, would be 256 bytes: vectors 0 to 3 of 64. Their plane is
// three lines: line l holds vector l in the low six bits, and in the high two bits 2 * l, 2 * l + 1 of vector 3. With that a strip
// of Q4_K or Q5_K is no larger than its source.
//
// Why strips: with each plane whole in its panel, a processor's prefetcher loses its stream at every gap. On Zen 4 a gap of 2 KB
// after 16 KB halved the bandwidth, prefetches by hand won half of that back, and a strip's code planes one behind the other cost
// more still. In this order, what a kernel reads first comes first (2026-11).
//
// Dense formats: BF16 [ceil(columns / 2)][16 rows][2 columns]; F16 [columns][16 rows]; F32 [columns][16 rows].
#ifndef INGOT_CODEGEN_CPU_LAYOUT_PANELLAYOUT_H
#define INGOT_CODEGEN_CPU_LAYOUT_PANELLAYOUT_H

#include "dialects/packed/BlockFormat.h"

namespace ingot::cpu {

constexpr int panelRows = 16;

struct PanelLayout {
  packed::BlockFormat format;
  int64_t columns;
  int lowBits, highBits;            ///< of the code planes; highBits is 0 where there is one plane
  int64_t stripColumns, stripBytes; ///< of a dense format: the whole panel
  // Byte offsets of the planes in a strip; -1 where the format has none.
  int64_t low, high, scales, minimums, superScales, superMinimums;
  int64_t panelBytes;
  // Of an unpacked panel (matmul/UnpackedPanel.h):
  bool floatScales = false;    ///< scales and minimums are float32
  bool signedCodes = false;    ///< codes are less their zero point
  int codeShift = 0;           ///< codes are shifted left by so many bits, which scales make up for
  bool pairedMinimums = false; ///< minimums are integers, in pairs
  int64_t shifts = -1;         ///< a plane behind that of minimums; -1: none
  /// Codes are int16: line 2 * j + odd holds, row by row, columns 4 * j + odd and 4 * j + 2 + odd of each row.
  bool hasWords() const { return floatScales && lowBits == 16; }

  /// Bytes of a block's codes, both planes.
  int64_t codeBlockBytes() const { return 64 * (lowBits + highBits); }

  static PanelLayout of(packed::BlockFormat format, int64_t columns);
};

inline int64_t panelCount(int64_t rows) { return (rows + panelRows - 1) / panelRows; }
/// Bytes of the whole packed matrix.
inline int64_t packedBytes(packed::BlockFormat format, int64_t rows, int64_t columns) {
  return panelCount(rows) * PanelLayout::of(format, columns).panelBytes;
}

} // namespace ingot::cpu
#endif
