// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A frame of abi/Model.h for calling a kernel: written down from the ABI's text, not from what the runtime does.
#ifndef INGOT_TEST_CODEGEN_CPU_TESTFRAME_H
#define INGOT_TEST_CODEGEN_CPU_TESTFRAME_H

#include "runtime/abi/Model.h"

#include <vector>

namespace ingot::test {

/// `count` tokens of a sequence from a position on; the logits of the last `wanted` are asked for.
struct TestRun {
  int64_t count;
  int64_t position = 0;
  int64_t wanted = 0;
  int64_t sequence = 0;
};

class TestFrame {
public:
  TestFrame(const std::vector<TestRun> &runs, int64_t blockTokens = 16, int64_t sequenceBytes = 0) {
    for (const TestRun &run : runs)
      for (int64_t i = 0; i < run.count; ++i) {
        const bool isWanted = i >= run.count - run.wanted;
        add(blocks, int32_t(positions.size()), run, i, i == 0, blockTokens);
        if (isWanted) add(wantedBlocks, int32_t(wanted.size()), run, i, i == run.count - run.wanted, blockTokens);
        if (isWanted) wanted.push_back(int32_t(positions.size()));
        positions.push_back(int32_t(run.position + i));
        sequences.push_back(int32_t(run.sequence));
      }
    tables.count = int64_t(positions.size());
    tables.wanted_count = int64_t(wanted.size());
    tables.block_count = int64_t(blocks.size());
    tables.wanted_block_count = int64_t(wantedBlocks.size());
    tables.sequence_bytes = sequenceBytes;
    tables.positions = positions.data();
    tables.sequences = sequences.data();
    tables.wanted = wanted.data();
    tables.blocks = blocks.data();
    tables.wanted_blocks = wantedBlocks.data();
  }
  /// Some tokens of one sequence.
  TestFrame(int64_t count, int64_t position = 0, int64_t wanted = 0, int64_t blockTokens = 16)
      : TestFrame(std::vector<TestRun>{{count, position, wanted}}, blockTokens) {}
  TestFrame(const TestFrame &) = delete;
  TestFrame &operator=(const TestFrame &) = delete;

  operator const ingot_frame &() const { return tables; }
  const ingot_frame *operator&() const { return &tables; }
  int64_t blockCount() const { return tables.block_count; }

private:
  static void add(std::vector<ingot_block> &blocks, int32_t row, const TestRun &run, int64_t i, bool isFirst, int64_t blockTokens) {
    if (isFirst || blocks.back().count == blockTokens) blocks.push_back({row, 0, int32_t(run.position + i), int32_t(run.sequence)});
    ++blocks.back().count;
  }

  std::vector<int32_t> positions, sequences, wanted;
  std::vector<ingot_block> blocks, wantedBlocks;
  ingot_frame tables{};
};

} // namespace ingot::test
#endif
