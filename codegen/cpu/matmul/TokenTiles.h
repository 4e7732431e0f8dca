// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How tokens are cut into tiles that are multiplied at once: as many of the largest as there are, then of smaller ones for the
// rest.
#ifndef INGOT_CODEGEN_CPU_MATMUL_TOKENTILES_H
#define INGOT_CODEGEN_CPU_MATMUL_TOKENTILES_H

#include "codegen/cpu/vector/Emitter.h"

#include <algorithm>

namespace ingot::cpu {

/// Whole tiles of tokens, of so many bytes each, that a part of a cache holds; at least one.
inline int64_t tokensInCache(int64_t cacheBytes, int64_t tokenBytes, int64_t tile) {
  return std::max<int64_t>(1, cacheBytes / tokenBytes / tile) * tile;
}

/// Emits `body` for each size of a tile, for the tokens from `first` up to `end`. What is left behind the largest ones, or
/// sequences that decode together, are cut into tiles of eight, of four, of two, and one token; but rather than into one of the
/// largest and a smaller one the last eight are cut into two of four (tiles of six, AVX2: Q4_0 1.03 to 1.05, Q8_0 1.02
/// and 1.04, Q4_K and Q6_K 0.98 to 1.05 times as fast as 6 + 2; Zen 3, 2026-12).
inline void forEachTile(Emitter &e, int largest, Value first, Value end, llvm::function_ref<void(Value token, int count)> body) {
  int before = largest + 1;
  for (int count : {largest, 8, 4, 2, 1}) {
    if (count >= before) continue;
    before = count;
    const auto wholeTiles = [&](Value tokens) { return e.divide(tokens, e.constant(count)); };
    Value left = e.subtract(end, first), tiles = wholeTiles(left);
    if (4 < count && count < 8) {
      Value behindEight = e.add(left, e.constant(2 * count - 8)); // a multiple of `count` if the rest and a tile are eight
      Value restOfIt = e.subtract(behindEight, e.multiply(wholeTiles(behindEight), e.constant(count)));
      Value fewer = e.maximum(e.subtract(tiles, e.constant(1)), e.constant(0));
      tiles = e.select(e.less(restOfIt, e.constant(1)), fewer, tiles);
    }
    Value stop = count == 1 ? end : e.add(first, e.multiply(tiles, e.constant(count)));
    e.loop(first, stop, count, {}, [&](Value token, ValueRange) { return body(token, count), Values(); });
    first = stop;
  }
}

} // namespace ingot::cpu
#endif
