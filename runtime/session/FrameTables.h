// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The tables of a frame (abi/Model.h): which row of a pass is which token of which sequence.
#ifndef INGOT_RUNTIME_SESSION_FRAMETABLES_H
#define INGOT_RUNTIME_SESSION_FRAMETABLES_H

#include "runtime/abi/Model.h"
#include "runtime/memory/Array.h"

namespace ingot::runtime {

/// Consecutive tokens of one sequence.
struct Run {
  uint32_t sequence;
  const int32_t *tokens;
  uint32_t count;
  uint32_t wanted; ///< of how many, the last ones, logits are wanted
};

class FrameTables {
public:
  /// Makes room for passes of this many tokens: filling the tables allocates nothing then.
  void reserve(uint32_t tokens);
  void clear();
  /// Appends the run's tokens, the first of them at `position`.
  void add(const Run &run, uint32_t position, uint32_t blockTokens);

  uint32_t count() const { return static_cast<uint32_t>(ids.size()); }
  uint32_t wantedCount() const { return static_cast<uint32_t>(wanted.size()); }
  const int32_t *tokens() const { return ids.data(); }
  /// Points into the tables: good until they change.
  ingot_frame frame(uint64_t sequenceBytes) const;

private:
  Array<int32_t> ids, positions, sequences, wanted;
  Array<ingot_block> blocks, wantedBlocks;
};

} // namespace ingot::runtime
#endif
