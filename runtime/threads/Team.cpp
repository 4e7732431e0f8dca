// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/threads/Team.h"
#include "runtime/threads/Futex.h"
#include "runtime/threads/Pause.h"
#include "runtime/threads/Processors.h"

#include <algorithm>
#include <new>
#include <signal.h>

namespace ingot::runtime {

// Longer than a chunk usually takes, shorter than a time slice of another process that might need the processor.
static constexpr uint64_t kSpinNanoseconds = 100'000;

// More than the 16 pages of 4 KiB that the first store TLB of a Golden Cove core holds (SmolLM2 reads 1.04, its matmuls run 1.08 to
// 1.15 times as fast on large ones, AMX).
static constexpr uint64_t kScratchOfLargePages = 64 << 10;

// A step of so few items takes less time than handing its results from one processor to the others.
static constexpr uint32_t kMostRepeatedItems = 2;

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

bool Team::start(unsigned threads, uint64_t scratchBytes, Error &error) {
  stop();
  stopping.store(0);
  // Own pages for each thread: nobody's scratch shares a line with another's.
  // Much of it lies on large ones: a core knows but a few pages that it stores to.
  const Pages pages = scratchBytes >= kScratchOfLargePages ? Pages::large : Pages::small;
  const uint64_t unit = pages == Pages::large ? Region::kLargePage : 4096;
  scratchStride = (scratchBytes + unit - 1) & ~(unit - 1);
  if (!scratch.reserve(scratchStride * threads, pages, "the threads' scratch memory", error)) return false;
  spinNanoseconds = threads <= availableProcessors() ? kSpinNanoseconds : 0;
  if (!ranges.reserve(threads * sizeof(Range), Pages::small, "the threads' ranges", error)) return false;
  for (unsigned thread = 0; thread < threads; thread++) new (&rangeOf(thread)) Range{};
  threadCount = threads;
  present.store(threads);
  callersAbsence = {};
  callersAbsence.begin();

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
  stopping.store(1);
  futexWakeAll(&stopping); // who is away
  publish(0, true);
  for (Worker *worker : workers) {
    pthread_join(worker->handle, nullptr);
    free(worker);
  }
  workers.clear();
  scratch.release();
  ranges.release();
  threadCount = 0;
}

void *Team::workerMain(void *argument) {
  const auto *worker = static_cast<const Worker *>(argument);
  Absence absence;
  absence.begin();
  worker->team->labour(worker->thread, absence);
  return nullptr;
}

void Team::run(const Work &newWork) {
  if (threadCount == 1) return runAlone(newWork);
  work = &newWork;
  if (newWork.times) openedAt = nanosecondsNow();
  openStep(0, callersAbsence.isAway());
  labour(0, callersAbsence);
}

// Nobody to share with: each step in one piece.
void Team::runAlone(const Work &newWork) {
  uint64_t before = newWork.times ? nanosecondsNow() : 0;
  for (uint32_t i = 0; i < newWork.stepCount; i++) {
    const uint32_t items = itemsOf(newWork.steps[i], *newWork.frame);
    if (items == 0) continue;
    newWork.steps[i].kernel(newWork.frame, newWork.operands[i], 0, items, scratchOf(0));
    if (!newWork.times) continue;
    const uint64_t now = nanosecondsNow(), took = now - before;
    newWork.times[i].elapsed += took, newWork.times[i].busy += took, newWork.times[i].chunks++;
    before = now;
  }
}

// Called by the one thread that finished the step before, or that starts a run: nobody else writes these fields then.
void Team::openStep(uint32_t next, bool mustWake) {
  uint32_t items = 0;
  repeatedItems = 0;
  for (; next < work->stepCount; next++) {
    items = itemsOf(work->steps[next], *work->frame);
    if (items == 0) continue;
    if (!isRepeated(next, items)) break;
    repeatedItems = items;
  }
  if (next == work->stepCount) {
    endSequence.store(openSequence.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    publish(0, true);
    if (isCallerAway.load(std::memory_order_seq_cst)) futexWakeAll(&endSequence);
    return;
  }
  const uint32_t wanted = work->steps[next].grain;
  grain.store(wanted ? wanted : 1, std::memory_order_relaxed);
  step = next, total = items;
  rangeCount = std::min(threadCount, std::max(1u, items / std::max(1u, wanted)));
  done.store(0, std::memory_order_relaxed);
  publish(items, mustWake || items > wanted); // a single chunk is for the opener itself, or whoever is awake
}

bool Team::isRepeated(uint32_t index, uint32_t items) const {
  return work->ownOperands && work->steps[index].repeatable_results && items <= kMostRepeatedItems &&
         itemsOf(work->steps[index + 1], *work->frame) != 0;
}

// The last thing an opener does with the team's fields: from here on others may use and overwrite them.
void Team::publish(uint32_t items, bool wake) {
  const uint32_t sequence = openSequence.load(std::memory_order_relaxed) + 1;
  // Nobody takes from a range before the team's word has its sequence number. Words of no range stay what they are: empty.
  for (unsigned range = 0; items != 0 && range < rangeCount; range++)
    rangeOf(range).word.store(uint64_t{sequence} << 32 | (beginOf(range + 1) - beginOf(range)), std::memory_order_relaxed);
  openSequence.store(sequence, std::memory_order_seq_cst);
  if (wake && sleepers.load(std::memory_order_seq_cst) != 0) futexWakeAll(&openSequence);
}

// Half of what is left: the first chunks make up most of the range, and the last ones are as small as they may be.
uint32_t Team::chunkOf(uint32_t left) const { return std::min(left, std::max(left / 2, grain.load(std::memory_order_relaxed))); }

// Of the thread's own range, else of the next thread's that has any; false when the step of this number has none left.
bool Team::take(unsigned thread, uint32_t sequence, Chunk &chunk) {
  for (unsigned other = 0; other < threadCount; other++) {
    const unsigned range = (thread + other) % threadCount;
    std::atomic<uint64_t> &word = rangeOf(range).word;
    uint64_t seen = word.load(std::memory_order_acquire);
    while (sequenceOf(seen) == sequence && leftOf(seen) != 0) {
      const uint32_t taken = chunkOf(leftOf(seen));
      if (!word.compare_exchange_weak(seen, seen - taken, std::memory_order_acq_rel, std::memory_order_acquire)) continue;
      // While the chunk is ours and not counted as done, the step stays open and its fields stay what they are.
      chunk = {beginOf(range + 1) - leftOf(seen), taken};
      return true;
    }
  }
  return false;
}

bool Team::isOver(unsigned thread) const {
  if (thread != 0) return stopping.load(std::memory_order_relaxed);
  return endSequence.load(std::memory_order_seq_cst) == openSequence.load(std::memory_order_seq_cst);
}

void Team::labour(unsigned thread, Absence &absence) {
  void *const ownScratch = scratchOf(thread);
  uint32_t repeatedFor = 0; // sequence number of the step before which this thread repeated another, with these operands
  void *const *const *repeated = nullptr;
  for (;;) {
    if (absence.isAway() && !stayAway(thread, absence)) return;
    const uint32_t sequence = openSequence.load(std::memory_order_acquire);
    Chunk chunk;
    if (!take(thread, sequence, chunk)) {
      if (isOver(thread)) return;
      wait(sequence);
      continue;
    }
    const uint32_t all = total, begin = chunk.begin;
    void *const *const *operands = work->operands;
    if (repeatedItems) {
      if (repeatedFor != sequence || begin == 0) { // item 0's holder does it where later steps read it, even if it has its own
        repeatedFor = sequence;
        repeated = begin == 0 ? operands : work->ownOperands[thread];
        const uint64_t took = doItems(step - 1, repeated, 0, repeatedItems, ownScratch);
        if (work->times && begin == 0) work->times[step - 1].elapsed += took, openedAt += took;
      }
      operands = repeated;
    }
    doItems(step, operands, begin, begin + chunk.count, ownScratch);
    if (done.fetch_add(chunk.count, std::memory_order_acq_rel) + chunk.count != all) continue;
    if (work->times) {
      const uint64_t now = nanosecondsNow();
      work->times[step].elapsed += now - openedAt, openedAt = now;
    }
    const bool isLate = spinNanoseconds && lateSequence.load(std::memory_order_acquire) == sequence;
    // Who leaves right after opening a step must be sure that somebody else is awake.
    openStep(step + 1, isLate && absence.isDue(lateSince.load(std::memory_order_relaxed), nanosecondsNow()));
  }
}

// The time it took, where times are measured.
uint64_t Team::doItems(uint32_t index, void *const *const *operands, uint32_t begin, uint32_t end, void *ownScratch) {
  const ingot_kernel kernel = work->steps[index].kernel;
  const uint64_t start = work->times ? nanosecondsNow() : 0;
  kernel(work->frame, operands[index], begin, end, ownScratch);
  if (!work->times) return 0;
  const uint64_t took = nanosecondsNow() - start;
  __atomic_fetch_add(&work->times[index].busy, took, __ATOMIC_RELAXED);
  __atomic_fetch_add(&work->times[index].chunks, 1, __ATOMIC_RELAXED);
  return took;
}

void Team::wait(uint32_t sequence) {
  if (spinNanoseconds) {
    const uint64_t limit = nanosecondsNow() + spinNanoseconds;
    uint64_t now;
    do {
      for (int i = 0; i < 64; i++) {
        if (openSequence.load(std::memory_order_relaxed) != sequence) return;
        pause();
      }
      now = nanosecondsNow();
    } while (now < limit);
    lateSince.store(now, std::memory_order_relaxed);
    lateSequence.store(sequence, std::memory_order_release);
  }
  sleepers.fetch_add(1, std::memory_order_seq_cst);
  futexWait(&openSequence, sequence);
  sleepers.fetch_sub(1, std::memory_order_relaxed);
}

// Sleeps until the absence ends; false when the run ends (for the caller) or the team (for the others) before. The last thread that
// is present goes on.
bool Team::stayAway(unsigned thread, Absence &absence) {
  if (present.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    present.fetch_add(1, std::memory_order_relaxed);
    absence.end(nanosecondsNow());
    return true;
  }
  const std::atomic<uint32_t> &word = thread == 0 ? endSequence : stopping;
  if (thread == 0) isCallerAway.store(1, std::memory_order_seq_cst);
  bool goesOn = true;
  for (;;) {
    const uint32_t seen = word.load(std::memory_order_seq_cst);
    const uint64_t now = nanosecondsNow();
    if (isOver(thread)) {
      goesOn = false;
      break;
    }
    if (now >= absence.endsAt()) {
      absence.end(now);
      break;
    }
    futexWaitFor(&word, seen, absence.endsAt() - now);
  }
  if (thread == 0) isCallerAway.store(0, std::memory_order_relaxed);
  present.fetch_add(1, std::memory_order_acq_rel);
  return goesOn;
}

} // namespace ingot::runtime
