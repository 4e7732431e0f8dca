// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// When a thread that another process keeps displacing leaves the work to the rest of its team.
//
// A displaced thread holds up the chunk that it is in for a time slice, some milliseconds, as long as many steps. Where a processor
// is busy for good that happens as often as the thread runs, and the team is slower than without it. So it stays away for some
// times the delay, twice as long whenever it is displaced again soon after it came back.
#ifndef INGOT_RUNTIME_THREADS_ABSENCE_H
#define INGOT_RUNTIME_THREADS_ABSENCE_H

#include <stdint.h>

namespace ingot::runtime {

class Absence {
public:
  /// Called by the thread itself at the start: what displaced it before doesn't count.
  void begin();
  /// Called by the thread itself when the others waited for it from `since` on: whether it was displaced and must now stay away.
  bool isDue(uint64_t since, uint64_t now);
  /// The same, told how often the thread was displaced so far.
  bool isDue(uint64_t since, uint64_t now, uint64_t displacements);
  void end(uint64_t now) { until = 0, cameBack = now; }

  bool isAway() const { return until != 0; }
  uint64_t endsAt() const { return until; }

private:
  uint64_t until = 0, cameBack = 0, length = 0, displacementsBefore = 0;
};

} // namespace ingot::runtime
#endif
