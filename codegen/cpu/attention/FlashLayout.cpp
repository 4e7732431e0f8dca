// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/attention/FlashLayout.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>

namespace ingot::cpu {

/// In bf16: more rows a tile load fewer keys and values, rows that fill no tile are computed for nothing.
static int64_t chooseTileRows(int64_t rows) {
  int64_t best = 6;
  auto cost = [&](int64_t tile) { return double(llvm::divideCeilSigned(rows, tile)) * (double(tile) + 0.3); };
  for (int64_t tile : {5, 4})
    if (cost(tile) < cost(best)) best = tile;
  return best;
}

FlashLayout::FlashLayout(const AttentionKernel &kernel)
    : keyCache{kernel.cache, true, kernel.kvHeads, kernel.width, kernel.positions},
      valueCache{kernel.cache, false, kernel.kvHeads, kernel.width, kernel.positions} {
  tiles = kernel.bf16Products && kernel.unit.tiles;
  perStep = kernel.bf16Products ? 2 : 1;
  group = kernel.heads / kernel.kvHeads;
  const int64_t few = kernel.bf16Products ? chooseTileRows(group * kernel.tokensPerItem) : 12;
  tileRows = tiles ? 32 : kernel.tileRows != 0 ? kernel.tileRows : few;
  // Sums in 24 of 32 registers of 512 or 128 bits, in 12 of 16 of 256.
  heldRows = kernel.bf16Products ? tileRows : 6;
  tileVectors = tiles ? 2 : kernel.unit.bits == 512 ? 4 : 1;
  rows = llvm::divideCeilSigned(group * kernel.tokensPerItem, tileRows) * tileRows;
  steps = llvm::divideCeilSigned(kernel.width, perStep);
  keySteps = tiles ? llvm::divideCeilSigned(steps, 16) * 16 : steps;
  vectors = llvm::divideCeilSigned(kernel.width, 16);
  const int64_t groups = llvm::divideCeilSigned(vectors, tileVectors);
  for (int64_t i = 0; i < groups; i++) valueGroups.push_back(vectors / groups + (i < vectors % groups ? 1 : 0));

  queryBytes = llvm::divideCeilSigned(steps, 16) * 64;
  sumBytes = vectors * 64;
  weightBytes = chunkKeys / perStep * 4;
  maximaBytes = kernel.bf16Products ? llvm::divideCeilSigned(tileRows, 8) * 64 : tileRows * 64;
  keys = 0, values = keySteps * keyVectors * 64, chunkBytes = values + chunkKeys / perStep * vectors * 64;
  // Products of tiles take so little time that a tile's sums must stay in the first-level cache for several chunks.
  heldChunks = tiles ? std::clamp<int64_t>((256 << 10) / chunkBytes, 1, 16) : 1;
  bytes = 0;
  auto place = [&](int64_t size) {
    const int64_t at = bytes;
    bytes += llvm::divideCeilSigned(size, 64) * 64;
    return at;
  };
  queries = place(rows * queryBytes);
  chunks = place(heldChunks * chunkBytes);
  weights = place(tileRows * weightBytes);
  sums = place(rows * sumBytes);
  totals = place(rows * 64);
  maxima = place(rows / tileRows * maximaBytes);
  shrinks = place(tiles ? maximaBytes : kernel.bf16Products ? 0 : tileRows * 64);
  visible = place(rows * 4);
  scores = place(tiles ? tileRows * chunkKeys * 4 : 0);
  mixed = place(tiles ? tileRows * tileVectors * 64 : 0);
  configuration = place(tiles ? 64 : 0);
}

} // namespace ingot::cpu
