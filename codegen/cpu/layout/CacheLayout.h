// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How keys and values of earlier tokens lie in memory: [heads][positions / 16] blocks of 16 positions, each of blockBytes().
//
//   f16, bf16, f32   keys [width][16], values [16][width]: a vector of keys is one element of 16 positions, of values 16 elements
//                    of one position
//   q8               Q8_0's rounding: for 32 elements of a position one float16 scale = absmax / 127, code = round(x / scale).
//                    First the codes, then the scales [width / 32][16]; blocks begin on 64 bytes.
//                    Keys [width / 4][16][4], unsigned with 128 added; values [16 / 4][width][4], signed: bytes whose products are
//                    summed lie side by side, as the processor's dot products want them.
//
// Heads whose width is no multiple of 32 have no q8 cache.
#ifndef INGOT_CODEGEN_CPU_LAYOUT_CACHELAYOUT_H
#define INGOT_CODEGEN_CPU_LAYOUT_CACHELAYOUT_H

#include <cstdint>

namespace ingot::cpu {

enum class CacheElement : uint8_t { f16, bf16, q8, f32 };

struct CacheLayout {
  static constexpr int64_t blockPositions = 16, scaledElements = 32;
  CacheElement element;
  bool isKeys;
  int64_t heads, width, positions; ///< positions: a multiple of 16

  /// Of a code or an element.
  int64_t elementBytes() const { return element == CacheElement::q8 ? 1 : element == CacheElement::f32 ? 4 : 2; }
  int64_t codeBytes() const { return blockPositions * width * elementBytes(); } ///< of a block, without scales
  int64_t blockBytes() const {
    if (element != CacheElement::q8) return codeBytes();
    return (codeBytes() + width / scaledElements * blockPositions * 2 + 63) / 64 * 64; // codes are read in whole lines
  }
  int64_t headBytes() const { return positions / blockPositions * blockBytes(); }
  int64_t bytes() const { return heads * headBytes(); }

  /// In a block: where the element `x` of its position `lane` lies, and the scale of that element.
  int64_t elementAt(int64_t lane, int64_t x) const {
    if (element == CacheElement::q8)
      return isKeys ? (x / 4 * blockPositions + lane) * 4 + x % 4 : (lane / 4 * width + x) * 4 + lane % 4;
    return (isKeys ? x * blockPositions + lane : lane * width + x) * elementBytes();
  }
  int64_t scaleAt(int64_t lane, int64_t x) const { return codeBytes() + (x / scaledElements * blockPositions + lane) * 2; }
};

} // namespace ingot::cpu
#endif
