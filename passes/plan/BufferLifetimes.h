// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From which step to which an arena buffer holds something that is needed.
#ifndef INGOT_PASSES_PLAN_BUFFERLIFETIMES_H
#define INGOT_PASSES_PLAN_BUFFERLIFETIMES_H

#include "dialects/plan/Plan.h"

namespace ingot {

struct BufferLifetime {
  plan::BufferOp buffer;
  int64_t first, last; ///< steps, counted from 0, both included
  bool overlaps(const BufferLifetime &other) const { return first <= other.last && other.first <= last; }
};

/// The arena buffers that any step uses, in the order of their first use.
llvm::SmallVector<BufferLifetime> bufferLifetimes(plan::ProgramOp program);

} // namespace ingot
#endif
