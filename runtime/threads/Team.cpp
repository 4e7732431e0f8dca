// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/threads/Team.h"
#include "runtime/threads/Futex.h"
#include "runtime/threads/Pause.h"

#include <new>
#include <sched.h>
#include <signal.h>

namespace ingot::runtime {

// Longer than a chunk usually takes, shorter than a time slice of another process that might need the processor.
static constexpr uint64_t kSpinNanoseconds = 100'000;

/// Positions up to the last one of any block.
static int64_t longest(const ingot_block *blocks, int64_t count) {
  int64_t end = 0;
  for (int64_t i = 0; i < count; i++)
    if (const int64_t own = int64_t{blocks[i].position} + blocks[i].count; own > end) end = own;
  return end;
}

uint32_t itemsOf(const ingot_step &step, const ingot_frame &frame) {
  const uint64_t divisor = step.divisor ? step.divisor : 1;
  const auto blocks = [divisor](int64_t tokens) { return (static_cast<uint64_t>(tokens) + divisor - 1) / divisor; };
  switch (step.domain) {
  case INGOT_DOMAIN_TOKENS:
    return static_cast<uint32_t>(step.factor * blocks(frame.count));
  case INGOT_DOMAIN_WANTED:
    return static_cast<uint32_t>(step.factor * blocks(frame.wanted_count));
  case INGOT_DOMAIN_BLOCKS:
    return static_cast<uint32_t>(step.factor * frame.block_count);
  case INGOT_DOMAIN_WANTED_BLOCKS:
    return static_cast<uint32_t>(step.factor * frame.wanted_block_count);
  case INGOT_DOMAIN_RANGES:
    return static_cast<uint32_t>(step.factor * frame.block_count * blocks(longest(frame.blocks, frame.block_count)));
  case INGOT_DOMAIN_WANTED_RANGES:
    return static_cast<uint32_t>(step.factor * frame.wanted_block_count *
                                 blocks(longest(frame.wanted_blocks, frame.wanted_block_count)));
  default:
    return step.factor;
  }
}

unsigned availableProcessors() {
  cpu_set_t set; // 1,024 processors; a larger machine says EINVAL
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0) return static_cast<unsigned>(CPU_COUNT(&set));
  const long online = sysconf(_SC_NPROCESSORS_ONLN);
  return online > 0 ? static_cast<unsigned>(online) : 1;
}

bool Team::start(unsigned threads, uint64_t scratchBytes, Error &error) {
  stop();
  stopping.store(false);
  // Own pages for each thread: nobody's scratch shares a line with another's.
  scratchStride = (scratchBytes + 4095) & ~uint64_t{4095};
  if (!scratch.reserve(scratchStride * threads, Pages::small, "the threads' scratch memory", error)) return false;
  spinNanoseconds = threads <= availableProcessors() ? kSpinNanoseconds : 0;
  threadCount = threads;

  // Signals are for the calling thread: Ctrl-C must interrupt its read, not a worker.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int code = 0;
  for (unsigned thread = 1; thread < threads && code == 0; thread++) {
    auto *worker = static_cast<Worker *>(malloc(sizeof(Worker)));
    if (!worker) smallAllocationFailed(sizeof(Worker));
    *worker = {this, thread, {}};
    code = pthread_create(&worker->handle, nullptr, workerMain, worker);
    if (code == 0)
      workers.push(worker);
    else
      free(worker);
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (code == 0) return true;
  const unsigned failed = static_cast<unsigned>(workers.size()) + 1;
  stop();
  return errors::noThread(error, failed, code);
}

void Team::stop() {
  stopping.store(true);
  publish(0, true);
  for (Worker *worker : workers) {
    pthread_join(worker->handle, nullptr);
    free(worker);
  }
  workers.clear();
  scratch.release();
  threadCount = 0;
}

void *Team::workerMain(void *argument) {
  const auto *worker = static_cast<const Worker *>(argument);
  worker->team->labour(worker->thread);
  return nullptr;
}

void Team::run(const Work &newWork) {
  work = &newWork;
  if (newWork.nanoseconds) openedAt = nanosecondsNow();
  openStep(0);
  labour(0);
}

// Called by the one thread that finished the step before, or that starts a run: nobody else writes these fields then.
void Team::openStep(uint32_t next) {
  uint32_t items = 0;
  while (next < work->stepCount && (items = itemsOf(work->steps[next], *work->frame)) == 0) next++;
  if (next == work->stepCount) {
    endSequence.store(sequenceOf(claim.load(std::memory_order_relaxed)) + 1, std::memory_order_relaxed);
    publish(0, true);
    return;
  }
  const uint32_t wanted = work->steps[next].grain;
  grain.store(wanted ? wanted : 1, std::memory_order_relaxed);
  step = next, total = items;
  done.store(0, std::memory_order_relaxed);
  publish(items, items > wanted); // a single chunk is for the opener itself, or whoever is awake
}

// The last thing an opener does with the team's fields: from here on others may use and overwrite them.
void Team::publish(uint32_t items, bool wake) {
  const uint64_t sequence = sequenceOf(claim.load(std::memory_order_relaxed)) + 1;
  claim.store(sequence << 32 | items, std::memory_order_seq_cst);
  if (wake && sleepers.load(std::memory_order_seq_cst) != 0) futexWakeAll(reinterpret_cast<const char *>(&claim) + 4);
}

void Team::labour(unsigned thread) {
  void *const ownScratch = scratch.data() ? scratch.data() + thread * scratchStride : nullptr;
  for (;;) {
    uint64_t seen = claim.load(std::memory_order_acquire);
    const uint32_t left = static_cast<uint32_t>(seen);
    if (left == 0) {
      if (thread == 0 ? endSequence.load(std::memory_order_relaxed) == sequenceOf(seen) : stopping.load(std::memory_order_relaxed))
        return;
      wait(sequenceOf(seen));
      continue;
    }
    const uint32_t hint = grain.load(std::memory_order_relaxed), taken = hint < left ? hint : left;
    if (!claim.compare_exchange_weak(seen, seen - taken, std::memory_order_acq_rel, std::memory_order_relaxed)) continue;
    // While the chunk is ours and not counted as done, the step stays open and its fields stay what they are.
    const uint32_t all = total, begin = all - left;
    work->steps[step].kernel(work->frame, work->operands[step], begin, begin + taken, ownScratch);
    if (done.fetch_add(taken, std::memory_order_acq_rel) + taken != all) continue;
    if (work->nanoseconds) {
      const uint64_t now = nanosecondsNow();
      work->nanoseconds[step] += now - openedAt, openedAt = now;
    }
    openStep(step + 1);
  }
}

void Team::wait(uint32_t sequence) {
  if (spinNanoseconds) {
    const uint64_t limit = nanosecondsNow() + spinNanoseconds;
    do {
      for (int i = 0; i < 64; i++) {
        if (sequenceOf(claim.load(std::memory_order_relaxed)) != sequence) return;
        pause();
      }
    } while (nanosecondsNow() < limit);
  }
  sleepers.fetch_add(1, std::memory_order_seq_cst);
  futexWait(reinterpret_cast<const char *>(&claim) + 4, sequence);
  sleepers.fetch_sub(1, std::memory_order_relaxed);
}

} // namespace ingot::runtime
