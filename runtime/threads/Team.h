// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A team of threads that walks the steps of a plan together: every item of a step is done once, by any thread, and no item of the
// next step begins before.
//
//   claim word   [ sequence number of the open step | items left ]
//
// A thread takes a chunk by lowering "items left" with a compare-and-swap. Whoever finishes the last item of a step opens the next
// one: a new sequence number and its items. So nobody waits for a *thread*, only for items: a thread that was put aside by the
// system between two chunks delays nobody, and when it comes back it joins whatever step is open, or finds the run long over (its
// compare-and-swap fails on the sequence number). One that was put aside inside a chunk delays that chunk alone.
//
// A thread without a chunk looks at the claim word for a while and then sleeps on its upper half (futex), which changes whenever a
// step opens. The calling thread is thread 0.
#ifndef INGOT_RUNTIME_THREADS_TEAM_H
#define INGOT_RUNTIME_THREADS_TEAM_H

#include "runtime/Errors.h"
#include "runtime/abi/Model.h"
#include "runtime/memory/Array.h"
#include "runtime/memory/Region.h"

#include <atomic>
#include <pthread.h>

namespace ingot::runtime {

/// Steps to walk once.
struct Work {
  const ingot_step *steps;
  uint32_t stepCount;
  void *const *const *operands; ///< for each step, its operands' addresses
  const ingot_frame *frame;
  uint64_t *nanoseconds = nullptr; ///< for each step, gets the time it took added; null: not measured
};

/// Items of a step's domain in this frame.
uint32_t itemsOf(const ingot_step &step, const ingot_frame &frame);

/// Processors that this process may use.
unsigned availableProcessors();

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
  static void *workerMain(void *argument);
  void labour(unsigned thread);
  void openStep(uint32_t next);
  void publish(uint32_t items, bool wake);
  void wait(uint32_t sequence);

  static constexpr size_t kLine = 128; // two cache lines: processors fetch them in pairs
  static uint32_t sequenceOf(uint64_t claimWord) { return static_cast<uint32_t>(claimWord >> 32); }

  alignas(kLine) std::atomic<uint64_t> claim{0};
  std::atomic<uint32_t> grain{1};       // a hint: any value is correct
  std::atomic<uint32_t> endSequence{0}; // of the last run that ended
  // Written while a step is being opened, read by those who hold a chunk of it.
  uint32_t step = 0, total = 0;
  const Work *work = nullptr;
  uint64_t openedAt = 0;
  alignas(kLine) std::atomic<uint32_t> done{0};
  alignas(kLine) std::atomic<uint32_t> sleepers{0};
  std::atomic<bool> stopping{false};

  alignas(kLine) unsigned threadCount = 0;
  uint64_t spinNanoseconds = 0;
  uint64_t scratchStride = 0;
  Region scratch;
  Array<Worker *> workers;
};

} // namespace ingot::runtime
#endif
