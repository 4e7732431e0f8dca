// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A team of threads that walks the steps of a plan together: every item of a step is done once, by any thread, and no item of the
// next step begins before.
//
//   a word of the team   sequence number of the open step
//   a word a thread      [ sequence number of a step | items left of the thread's range ]
//
// A step's items are cut in as many ranges as there are threads, so that each thread reads one long stretch of memory. A thread
// takes a chunk of its range by lowering "items left" with a compare-and-swap: a share of what is left, so that chunks are large at
// first, and small at the end, where they decide how long one thread waits for another. Who finds its range empty takes from the
// others'. Whoever finishes the last item of a step opens the next one: the ranges' words, then the team's. So nobody waits for a
// *thread*, only for items: a thread that was put aside by the system between two chunks delays nobody, and when it comes back it
// joins whatever step is open, or finds the run long over (its compare-and-swap fails on the sequence number). One that was put
// aside inside a chunk delays that chunk alone; then it stays away for a while (Absence.h), because the process that took its
// processor is likely to do so again.
//
// A thread without a chunk looks at the team's word for a while and then sleeps on it (futex): it changes whenever a step opens.
// The calling thread is thread 0.
#ifndef INGOT_RUNTIME_THREADS_TEAM_H
#define INGOT_RUNTIME_THREADS_TEAM_H

#include "runtime/Errors.h"
#include "runtime/abi/Model.h"
#include "runtime/memory/Array.h"
#include "runtime/memory/Region.h"
#include "runtime/threads/Absence.h"

#include <atomic>
#include <pthread.h>

namespace ingot::runtime {

/// What is measured of a step, summed up over runs.
struct StepTime {
  uint64_t elapsed; ///< nanoseconds from its opening to the next one's
  uint64_t busy;    ///< nanoseconds that threads spent inside its kernel, all of them together
  uint64_t chunks;
};

/// Steps to walk once.
struct Work {
  const ingot_step *steps;
  uint32_t stepCount;
  void *const *const *operands; ///< for each step, its operands' addresses
  const ingot_frame *frame;
  StepTime *times = nullptr; ///< one for each step, added to; null: not measured
  /// For each thread, a table like `operands` with the results of repeatable steps in memory of its own; null: such steps are done
  /// like all others.
  void *const *const *const *ownOperands = nullptr;
};

/// Items of a step's domain in this frame.
uint32_t itemsOf(const ingot_step &step, const ingot_frame &frame);

class Team {
public:
  Team() = default;
  Team(const Team &) = delete;
  Team &operator=(const Team &) = delete;
  ~Team() { stop(); }

  bool start(unsigned threads, uint64_t scratchBytes, Error &error);
  void run(const Work &work);
  void stop();
  unsigned threads() const { return threadCount; }

private:
  struct Worker {
    Team *team;
    unsigned thread;
    pthread_t handle;
  };
  struct Chunk {
    uint32_t begin, count;
  };
  static constexpr size_t kLine = 128; // two cache lines: processors fetch them in pairs
  struct alignas(kLine) Range {
    std::atomic<uint64_t> word;
  };
  static void *workerMain(void *argument);
  void runAlone(const Work &work);
  void labour(unsigned thread, Absence &absence);
  bool take(unsigned thread, uint32_t sequence, Chunk &chunk);
  uint64_t doItems(uint32_t step, void *const *const *operands, uint32_t begin, uint32_t end, void *scratch);
  bool isRepeated(uint32_t step, uint32_t items) const;
  void openStep(uint32_t next, bool mustWake);
  void publish(uint32_t items, bool wake);
  void wait(uint32_t sequence);
  bool isOver(unsigned thread) const;
  bool stayAway(unsigned thread, Absence &absence);
  uint32_t chunkOf(uint32_t left) const;
  uint32_t beginOf(unsigned range) const { return static_cast<uint32_t>(uint64_t{total} * range / rangeCount); }
  Range &rangeOf(unsigned thread) const { return reinterpret_cast<Range *>(ranges.data())[thread]; }
  void *scratchOf(unsigned thread) const { return scratch.data() ? scratch.data() + thread * scratchStride : nullptr; }

  static uint32_t sequenceOf(uint64_t word) { return static_cast<uint32_t>(word >> 32); }
  static uint32_t leftOf(uint64_t word) { return static_cast<uint32_t>(word); }

  alignas(kLine) std::atomic<uint32_t> openSequence{0}; // of the open step
  std::atomic<uint32_t> grain{1};                       // a hint: any value is correct
  std::atomic<uint32_t> endSequence{0};                 // of the last run that ended
  // Written while a step is being opened, read by those who hold a chunk of it.
  uint32_t step = 0, total = 0, rangeCount = 1;
  uint32_t repeatedItems = 0; // of the step before, which each thread does for itself; 0: none
  const Work *work = nullptr;
  uint64_t openedAt = 0;
  alignas(kLine) std::atomic<uint32_t> done{0};
  alignas(kLine) std::atomic<uint32_t> sleepers{0};
  std::atomic<uint32_t> stopping{0};
  // A thread that waited in vain for the step of this number leaves word of it.
  std::atomic<uint32_t> lateSequence{0};
  std::atomic<uint64_t> lateSince{0};
  std::atomic<uint32_t> present{0}; // threads that are not away
  std::atomic<uint32_t> isCallerAway{0};

  alignas(kLine) unsigned threadCount = 0;
  uint64_t spinNanoseconds = 0;
  uint64_t scratchStride = 0;
  Absence callersAbsence;
  Region scratch, ranges;
  Array<Worker *> workers;
};

} // namespace ingot::runtime
#endif
