// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The extents of a flash attention kernel and where its parts lie in the thread's scratch. Bytes from its start, lines aligned.
//
//   queries  [row][pair of d]                bf16 pairs, of each row
//   keys     [pair of d][4 vectors][16 keys] bf16 pairs, of the chunk
//   values   [group][pair of keys][16 d]     bf16 pairs, of the chunk; a group is up to 4 vectors of 16 d
//   weights  [row of a tile][64 keys]        bf16
//   sums     [row][vector of 16 d]           float32: o
//   totals   [row]                           16 float32 whose sum is l
//   maxima   [tile]                          16 float32, m of each row in the lane that `laneOfRow` names
//   visible  [row]                           int32, the row's position
#ifndef INGOT_CODEGEN_CPU_ATTENTION_FLASHLAYOUT_H
#define INGOT_CODEGEN_CPU_ATTENTION_FLASHLAYOUT_H

#include "codegen/cpu/halide/AttentionKernel.h"

#include <vector>

namespace ingot::cpu {

constexpr int64_t chunkKeys = 64, keyVectors = chunkKeys / 16;

struct FlashLayout {
  explicit FlashLayout(const AttentionKernel &kernel);

  CacheLayout keyCache, valueCache;
  int64_t group;                    ///< query heads of an item
  int64_t tileRows, rows;           ///< rows of an item, rounded up to whole tiles
  int64_t pairs;                    ///< of a head's width, the last one perhaps half
  int64_t vectors;                  ///< of 16 of a head's width, the last one perhaps part
  std::vector<int64_t> valueGroups; ///< vectors of each
  int64_t queryBytes, sumBytes;     ///< of a row
  int64_t queries, keys, values, weights, sums, totals, maxima, visible, bytes;

  /// Where the values of the vectors from `first` on begin, when a group does.
  int64_t valuesFrom(int64_t first) const { return values + first * (chunkKeys / 2) * 64; }
};

} // namespace ingot::cpu
#endif
