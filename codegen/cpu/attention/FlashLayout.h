// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The extents of a flash attention kernel and where its parts lie in the thread's scratch. Bytes from its start, lines aligned.
//
// A step is what one product takes from each side, 4 bytes: a pair of bf16, or one float32.
//
//   queries  [row][step of d]                of each row
//   chunks   each of `chunkBytes`:
//     keys   [step of d][4 vectors][16 keys]
//     values [group][step of keys][16 d]     a group is up to `tileVectors` vectors of 16 d
//   weights  [row of a tile][step of keys]   in float32 first the scores
//   sums     [row][vector of 16 d]           float32: o
//   totals   [row]                           16 float32 whose sum is l
//   maxima   bf16 [tile][8 rows]             16 float32, m of each row in the lane that `laneOfRow` names
//            float32 [row]                   16 float32, all m
//   shrinks  float32 [row of a tile]         16 float32, all 2^(m before - m); of AMX tiles as maxima
//   visible  [row]                           int32, the row's position
//
// AMX tiles take rows 32 at a time and 16 steps at once: keys are padded with zeros to that. They have besides
//   scores   [row of a tile][64 keys]        float32
//   mixed    [row of a tile][2 vectors]      float32: what a chunk adds to o
//   configuration                            of the tiles
#ifndef INGOT_CODEGEN_CPU_ATTENTION_FLASHLAYOUT_H
#define INGOT_CODEGEN_CPU_ATTENTION_FLASHLAYOUT_H

#include "codegen/cpu/halide/AttentionKernel.h"

#include <vector>

namespace ingot::cpu {

constexpr int64_t chunkKeys = 64, keyVectors = chunkKeys / 16;

struct FlashLayout {
  explicit FlashLayout(const AttentionKernel &kernel);

  CacheLayout keyCache, valueCache;
  bool tiles;                       ///< AMX
  int64_t perStep;                  ///< elements of a step: 2 in bf16, 1 in float32
  int64_t group;                    ///< query heads of an item
  int64_t tileRows, rows;           ///< rows of an item, rounded up to whole tiles
  int64_t heldRows, tileVectors;    ///< rows of a tile and vectors whose sums are in registers at once
  int64_t steps;                    ///< of a head's width, the last one perhaps half
  int64_t keySteps;                 ///< those and the padding
  int64_t vectors;                  ///< of 16 of a head's width, the last one perhaps part
  std::vector<int64_t> valueGroups; ///< vectors of each
  int64_t queryBytes, sumBytes;     ///< of a row
  int64_t weightBytes;              ///< of a row, a whole chunk
  int64_t maximaBytes;              ///< of a tile
  int64_t keys, values, chunkBytes; ///< in a chunk
  int64_t heldChunks;               ///< that all tiles pass by before the next ones
  int64_t queries, chunks, weights, sums, totals, maxima, shrinks, visible, scores, mixed, configuration, bytes;

  /// Where in a chunk the values of the vectors from `first` on begin, when a group does.
  int64_t valuesFrom(int64_t first) const { return values + first * (chunkKeys / perStep) * 64; }
};

} // namespace ingot::cpu
#endif
