// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A team of threads that walks the steps of a plan together: every item of a step is done once, by any thread, and no item of the
// next step begins before.
//
//   one word                 items done, counted over all runs: says for each step whether it is over
//   one word a thread        [ sequence number of a step | items left of the thread's range ]
//
// What the steps are, every thread reads for itself (Agenda.h). A step's items are cut in as many ranges as there are threads, so
// that each thread reads one long stretch of memory. A thread takes a chunk of its range by lowering "items left" with a
// compare-and-swap: a share of what is left, so that chunks are large at first, and small at the end, where they decide how long
// one thread waits for another. A range whose word has the number of an earlier step is untouched: all of it is left. Who finds his
// range empty counts what he did of it as done, and takes from the others'. So a step that is shared well costs a thread one
// access to a line that others write, and waiting for the step's end a second one.
//
// Nobody waits for a *thread*, only for items: a thread that was put aside by the system delays what it has taken and not counted
// yet; the others take the rest of its range. When it comes back it walks on to whatever step is open, or finds the run long over
// (its compare-and-swap fails on the sequence number). Then it stays away for a while (Absence.h), because the process that took
// its processor is likely to do so again.
//
// A thread without a chunk looks at the items done for a while and then sleeps on them (futex). The calling thread is thread 0.
#ifndef INGOT_RUNTIME_THREADS_TEAM_H
#define INGOT_RUNTIME_THREADS_TEAM_H

#include "runtime/Errors.h"
#include "runtime/memory/Region.h"
#include "runtime/threads/Absence.h"
#include "runtime/threads/Agenda.h"

#include <atomic>
#include <pthread.h>

namespace ingot::runtime {

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
    uint32_t lastRun;
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
  bool waitForRun(uint32_t &run);
  void walk(unsigned thread, uint32_t run, Absence &absence);
  bool doLeg(unsigned thread, const Leg &leg);
  bool take(uint32_t range, const Leg &leg, Chunk &chunk);
  uint64_t doItems(uint32_t step, void *const *const *operands, Chunk chunk, unsigned thread);
  void wake(uint32_t run, uint32_t position, const Leg &leg, bool mustWake);
  bool isDone(uint64_t items) const { return done.load(std::memory_order_acquire) >= items; }
  void wait(const Leg &leg);
  bool isOver(unsigned thread) const { return thread == 0 ? isDone(agenda.end()) : stopping.load(std::memory_order_seq_cst) != 0; }
  bool stayAway(unsigned thread, Absence &absence);
  void forgetRanges();
  StepTime &timeOf(unsigned thread, uint32_t step) const { return work->times[thread * work->stepCount + step]; }
  Range &rangeOf(unsigned thread) const { return reinterpret_cast<Range *>(ranges.data())[thread]; }
  void *scratchOf(unsigned thread) const { return scratch.data() ? scratch.data() + thread * scratchStride : nullptr; }

  alignas(kLine) Agenda agenda;
  const Work *work = nullptr; // for those who hold items, and the calling thread
  alignas(kLine) std::atomic<uint64_t> done{0};
  alignas(kLine) std::atomic<uint32_t> sleepers{0};
  std::atomic<uint32_t> stopping{0};
  // A thread that waited in vain for the step of this number leaves word of it.
  std::atomic<uint32_t> lateSequence{0};
  std::atomic<uint64_t> lateSince{0};
  std::atomic<uint32_t> present{0}; // threads that are not away
  std::atomic<uint32_t> isCallerAway{0};
  std::atomic<uint32_t> ended{0}; // runs

  alignas(kLine) unsigned threadCount = 0;
  uint64_t spinNanoseconds = 0;
  uint64_t scratchStride = 0;
  uint32_t rangesSequence = 0; // the words of all ranges are at least as young
  Absence callersAbsence;
  Region scratch, ranges;
  Array<Worker *> workers;
};

} // namespace ingot::runtime
#endif
