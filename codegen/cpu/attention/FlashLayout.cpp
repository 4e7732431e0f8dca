// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/attention/FlashLayout.h"

namespace ingot::cpu {

static int64_t quotientUp(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// More rows a tile load fewer keys and values, rows that fill no tile are computed for nothing.
static int64_t chooseTileRows(int64_t rows) {
  int64_t best = 6;
  auto cost = [&](int64_t tile) { return double(quotientUp(rows, tile)) * (double(tile) + 0.3); };
  for (int64_t tile : {5, 4})
    if (cost(tile) < cost(best)) best = tile;
  return best;
}

FlashLayout::FlashLayout(const AttentionKernel &kernel)
    : keyCache{kernel.cache, true, kernel.kvHeads, kernel.width, kernel.positions},
      valueCache{kernel.cache, false, kernel.kvHeads, kernel.width, kernel.positions} {
  group = kernel.heads / kernel.kvHeads;
  tileRows = kernel.tileRows != 0 ? kernel.tileRows : chooseTileRows(group * kernel.tokensPerItem);
  rows = quotientUp(group * kernel.tokensPerItem, tileRows) * tileRows;
  pairs = quotientUp(kernel.width, 2);
  vectors = quotientUp(kernel.width, 16);
  const int64_t groups = quotientUp(vectors, 4);
  for (int64_t i = 0; i < groups; i++) valueGroups.push_back(vectors / groups + (i < vectors % groups ? 1 : 0));

  queryBytes = quotientUp(pairs, 16) * 64;
  sumBytes = vectors * 64;
  bytes = 0;
  auto place = [&](int64_t size) {
    const int64_t at = bytes;
    bytes += quotientUp(size, 64) * 64;
    return at;
  };
  queries = place(rows * queryBytes);
  keys = place(pairs * keyVectors * 64);
  values = place(chunkKeys / 2 * vectors * 64);
  weights = place(tileRows * chunkKeys * 2);
  sums = place(rows * sumBytes);
  totals = place(rows * 64);
  maxima = place(rows / tileRows * 64);
  visible = place(rows * 4);
}

} // namespace ingot::cpu
