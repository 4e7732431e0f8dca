// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/session/FrameTables.h"

#include <gtest/gtest.h>
#include <tuple>
#include <vector>

namespace ingot::runtime {
namespace {

using Ids = std::vector<int32_t>;
using Blocks = std::vector<std::tuple<int32_t, int32_t, int32_t, int32_t>>; // row, rows, position, sequence

Ids ids(const int32_t *first, int64_t count) { return {first, first + count}; }

Blocks blocksOf(const ingot_block *first, int64_t count) {
  Blocks blocks;
  for (int64_t i = 0; i < count; i++) blocks.emplace_back(first[i].token, first[i].count, first[i].position, first[i].sequence);
  return blocks;
}

TEST(FrameTables, HoldSeveralRuns) {
  const int32_t tokens[] = {5, 6, 7, 8, 9, 10, 11};
  FrameTables tables;
  tables.add({3, tokens, 7, 5}, 100, 4);
  tables.add({0, tokens + 2, 1, 0}, 0, 4);
  tables.add({1, tokens, 2, 1}, 15, 4);
  EXPECT_EQ(tables.count(), 10u);
  EXPECT_EQ(tables.wantedCount(), 6u);
  EXPECT_EQ(ids(tables.tokens(), 10), (Ids{5, 6, 7, 8, 9, 10, 11, 7, 5, 6}));
  const ingot_frame frame = tables.frame(4096);
  EXPECT_EQ(frame.sequence_bytes, 4096);
  ASSERT_EQ(frame.count, 10);
  EXPECT_EQ(ids(frame.positions, 10), (Ids{100, 101, 102, 103, 104, 105, 106, 0, 15, 16}));
  EXPECT_EQ(ids(frame.sequences, 10), (Ids{3, 3, 3, 3, 3, 3, 3, 0, 1, 1}));
  ASSERT_EQ(frame.wanted_count, 6);
  EXPECT_EQ(ids(frame.wanted, 6), (Ids{2, 3, 4, 5, 6, 9}));
  EXPECT_EQ(blocksOf(frame.blocks, frame.block_count), (Blocks{{0, 4, 100, 3}, {4, 3, 104, 3}, {7, 1, 0, 0}, {8, 2, 15, 1}}));
  EXPECT_EQ(blocksOf(frame.wanted_blocks, frame.wanted_block_count), (Blocks{{0, 4, 102, 3}, {4, 1, 106, 3}, {5, 1, 16, 1}}));
}

TEST(FrameTables, AreEmptyAfterClear) {
  const int32_t token = 5;
  FrameTables tables;
  tables.add({1, &token, 1, 1}, 9, 1);
  tables.clear();
  const ingot_frame frame = tables.frame(64);
  EXPECT_EQ(frame.count + frame.wanted_count + frame.block_count + frame.wanted_block_count, 0);
}

TEST(FrameTables, AllocateNothingOnceThereIsRoom) {
  FrameTables tables;
  tables.reserve(64);
  const int32_t tokens[64] = {};
  tables.add({0, tokens, 1, 1}, 0, 1);
  const int32_t *before = tables.tokens();
  const ingot_block *blocks = tables.frame(0).wanted_blocks;
  tables.add({0, tokens, 63, 63}, 1, 1);
  EXPECT_EQ(tables.tokens(), before);
  EXPECT_EQ(tables.frame(0).wanted_blocks, blocks);
}

} // namespace
} // namespace ingot::runtime
