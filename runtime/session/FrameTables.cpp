// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/session/FrameTables.h"

namespace ingot::runtime {

void FrameTables::reserve(uint32_t tokens) {
  for (Array<int32_t> *table : {&ids, &positions, &sequences, &wanted}) table->reserve(tokens);
  for (Array<ingot_block> *table : {&blocks, &wantedBlocks}) table->reserve(tokens);
}

void FrameTables::clear() {
  for (Array<int32_t> *table : {&ids, &positions, &sequences, &wanted}) table->clear();
  for (Array<ingot_block> *table : {&blocks, &wantedBlocks}) table->clear();
}

// Cuts consecutive tokens, the first of which is at this row and position.
static void addBlocks(Array<ingot_block> &blocks, uint32_t row, uint32_t position, uint32_t count, uint32_t sequence,
                      uint32_t blockTokens) {
  for (uint32_t done = 0; done < count; done += blockTokens) {
    const uint32_t size = count - done < blockTokens ? count - done : blockTokens;
    blocks.push({static_cast<int32_t>(row + done), static_cast<int32_t>(size), static_cast<int32_t>(position + done),
                 static_cast<int32_t>(sequence)});
  }
}

void FrameTables::add(const Run &run, uint32_t position, uint32_t blockTokens) {
  const uint32_t row = count(), notWanted = run.count - run.wanted;
  addBlocks(blocks, row, position, run.count, run.sequence, blockTokens);
  addBlocks(wantedBlocks, wantedCount(), position + notWanted, run.wanted, run.sequence, blockTokens);
  for (uint32_t i = 0; i < run.count; i++) {
    ids.push(run.tokens[i]);
    positions.push(static_cast<int32_t>(position + i));
    sequences.push(static_cast<int32_t>(run.sequence));
    if (i >= notWanted) wanted.push(static_cast<int32_t>(row + i));
  }
}

ingot_frame FrameTables::frame(uint64_t sequenceBytes) const {
  ingot_frame frame;
  frame.count = static_cast<int64_t>(ids.size());
  frame.wanted_count = static_cast<int64_t>(wanted.size());
  frame.block_count = static_cast<int64_t>(blocks.size());
  frame.wanted_block_count = static_cast<int64_t>(wantedBlocks.size());
  frame.sequence_bytes = static_cast<int64_t>(sequenceBytes);
  frame.positions = positions.data();
  frame.sequences = sequences.data();
  frame.wanted = wanted.data();
  frame.blocks = blocks.data();
  frame.wanted_blocks = wantedBlocks.data();
  return frame;
}

} // namespace ingot::runtime
