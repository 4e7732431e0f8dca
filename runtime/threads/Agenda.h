// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the threads of a team do in a run, step by step: a table that the calling thread writes and that every thread reads for
// itself, so that nobody has to tell the others what comes next.
//
// A thread that was displaced may still read when the next run's table is being written. So the run's number is odd meanwhile, and
// a reader looks at it again behind what it read (a sequence lock, Lameter 2005). What does not change from run to run is not
// written again: its lines stay in every processor's cache.
#ifndef INGOT_RUNTIME_THREADS_AGENDA_H
#define INGOT_RUNTIME_THREADS_AGENDA_H

#include "runtime/abi/Model.h"
#include "runtime/memory/Array.h"

#include <atomic>

namespace ingot::runtime {

/// What a thread measures of a step, summed up over runs.
struct StepTime {
  uint64_t elapsed; ///< nanoseconds from the end of the step before to its own; of all threads together
  uint64_t busy;    ///< nanoseconds that the thread spent inside its kernel
  uint64_t chunks;  ///< that the thread had
};

/// Steps to walk once.
struct Work {
  const ingot_step *steps;
  uint32_t stepCount;
  void *const *const *operands; ///< for each step, its operands' addresses
  const ingot_frame *frame;
  StepTime *times =
      nullptr; ///< [threads][stepCount], added to; null: not measured. Nobody writes to another's: that would be a wait
  /// For each thread, a table like `operands` with the results of repeatable steps in memory of its own; null: such steps are done
  /// like all others.
  void *const *const *const *ownOperands = nullptr;
};

/// Items of a step's domain in this frame.
uint32_t itemsOf(const ingot_step &step, const ingot_frame &frame);

/// One step of a run that has items, and where they are waited for.
struct Leg {
  uint32_t step;     ///< its number in the plan
  uint32_t repeated; ///< items of the step before it, which each thread does for itself; 0: none
  uint32_t items, grain;
  uint32_t ranges;   ///< that the items are cut in, each of at least `grain`
  uint32_t sequence; ///< number of the leg, counted over all runs
  uint64_t end;      ///< items done, counted over all runs, when it is over
  bool isLast, isTimed;
  uint32_t keptShift; ///< a claim leaves 1 / 2^keptShift of what is left of a range, unless that is less than `grain`

  uint32_t beginOf(uint32_t range) const { return static_cast<uint32_t>(uint64_t{items} * range / ranges); }
};

class Agenda {
public:
  ~Agenda();
  /// Called while no thread holds items of the run before.
  void open(const Work &work, uint32_t threads);

  /// The run that is open, or was last: even. Odd: the next one's table is being written.
  uint32_t run() const { return number.load(std::memory_order_acquire); }
  const std::atomic<uint32_t> &runWord() const { return number; }
  /// False when it has no such leg, or is over and the next one is near.
  bool read(uint32_t run, uint32_t position, Leg &leg) const;
  /// For whoever finishes a leg that is timed; the run may be over by then.
  void noteEnd(uint32_t position, uint64_t now) { entryAt(position).endedAt.store(now, std::memory_order_relaxed); }
  /// Adds up the legs' times of a run that is over; for the calling thread.
  void addTimes(const Work &work, uint64_t begin) const;
  /// Items done when the run is over; for the calling thread.
  uint64_t end() const { return itemsBefore.load(std::memory_order_relaxed) + runItems; }
  uint32_t nextSequence() const {
    return sequenceBefore.load(std::memory_order_relaxed) + legCount.load(std::memory_order_relaxed);
  }

private:
  struct Entry {
    std::atomic<uint32_t> step, repeated, items, grain, ranges, end; // end: from the beginning of the run
    std::atomic<uint64_t> endedAt;
  };
  Entry &entryAt(uint32_t position) const { return entries.load(std::memory_order_acquire)[position]; }
  static bool isRepeated(const Work &work, uint32_t step, uint32_t items);
  void reserve(uint32_t count);

  std::atomic<uint32_t> number{0};
  std::atomic<uint32_t> legCount{0}, sequenceBefore{1}, isTimed{0}, keptShift{0};
  std::atomic<uint64_t> itemsBefore{0};
  std::atomic<Entry *> entries{nullptr};
  uint32_t room = 0, runItems = 0;
  Array<Entry *> tables; // the last one is in use; a late thread may still read the ones before
};

} // namespace ingot::runtime
#endif
