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

/// Whether the condition came to hold while spinning for so long.
template <class Condition> static bool spinUntil(Condition holds, uint64_t nanoseconds) {
  if (nanoseconds == 0) return holds();
  uint64_t limit = 0, now = 0;
  do {
    for (int i = 0; i < 64; i++) {
      if (holds()) return true;
      pause();
    }
    now = nanosecondsNow();
    if (limit == 0) limit = now + nanoseconds;
  } while (now < limit);
  return false;
}

bool Team::start(unsigned threads, uint64_t scratchBytes, Error &error) {
  stop();
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
  forgetRanges();
  stopping.store(0);
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
    *worker = {this, thread, agenda.run(), {}};
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
  const ingot_frame nothing{};
  agenda.open({nullptr, 0, nullptr, &nothing}, 1);
  futexWakeAll(&agenda.runWord());
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
  Team &team = *worker->team;
  Absence absence;
  absence.begin();
  for (uint32_t run = worker->lastRun; team.waitForRun(run);) team.walk(worker->thread, run, absence);
  return nullptr;
}

// For one after this; false when the team stops.
bool Team::waitForRun(uint32_t &run) {
  const uint32_t last = run;
  const auto isOpen = [&] { return (run = agenda.run()) != last && run % 2 == 0; };
  if (!spinUntil(isOpen, spinNanoseconds)) {
    sleepers.fetch_add(1, std::memory_order_seq_cst);
    while (!isOpen()) futexWait(&agenda.runWord(), run);
    sleepers.fetch_sub(1, std::memory_order_relaxed);
  }
  return stopping.load(std::memory_order_acquire) == 0;
}

void Team::run(const Work &newWork) {
  if (threadCount == 1) return runAlone(newWork);
  constexpr uint32_t old = 1u << 30; // numbers are compared by their distance
  if (agenda.nextSequence() - rangesSequence >= old) forgetRanges();
  work = &newWork;
  const uint64_t begin = newWork.times ? nanosecondsNow() : 0;
  agenda.open(newWork, threadCount);
  if (sleepers.load(std::memory_order_seq_cst) != 0) futexWakeAll(&agenda.runWord());
  walk(0, agenda.run(), callersAbsence);
  if (newWork.times) agenda.addTimes(newWork, begin);
}

// Between runs: no range is one of a step to come.
void Team::forgetRanges() {
  rangesSequence = agenda.nextSequence() - 1;
  for (unsigned thread = 0; thread < threadCount; thread++)
    rangeOf(thread).word.store(uint64_t{rangesSequence} << 32, std::memory_order_relaxed);
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

// All legs of the run, or as many as are left of it.
void Team::walk(unsigned thread, uint32_t run, Absence &absence) {
  Leg leg;
  for (uint32_t position = 0;; position++) {
    if (absence.isAway() && !stayAway(thread, absence)) return;
    if (!agenda.read(run, position, leg)) return;
    if (!doLeg(thread, leg)) {
      wait(leg);
      continue;
    }
    if (leg.isTimed) agenda.noteEnd(position, nanosecondsNow());
    const bool isLate = spinNanoseconds && lateSequence.load(std::memory_order_acquire) == leg.sequence;
    // Who leaves now must be sure that somebody else is awake.
    wake(run, position, leg, isLate && absence.isDue(lateSince.load(std::memory_order_relaxed), nanosecondsNow()));
  }
}

// Until nothing of it is left to take. Whether this thread counted the leg's last item.
bool Team::doLeg(unsigned thread, const Leg &leg) {
  void *const *const *operands = nullptr;
  for (uint32_t other = 0; other < leg.ranges; other++) {
    const uint32_t range = (thread + other) % leg.ranges;
    uint32_t uncounted = 0;
    for (Chunk chunk; take(range, leg, chunk); uncounted += chunk.count) {
      // While the chunk is ours and not counted, the run is not over.
      if (!leg.repeated) {
        operands = work->operands;
      } else if (!operands || chunk.begin == 0) { // item 0's holder does it where later steps read it, even if it has its own
        operands = chunk.begin == 0 ? work->operands : work->ownOperands[thread];
        const uint64_t took = doItems(leg.step - 1, operands, {0, leg.repeated}, thread);
        if (leg.isTimed && chunk.begin == 0) timeOf(thread, leg.step - 1).elapsed += took, timeOf(thread, leg.step).elapsed -= took;
      }
      doItems(leg.step, operands, chunk, thread);
    }
    if (uncounted != 0 && done.fetch_add(uncounted, std::memory_order_seq_cst) + uncounted == leg.end) return true;
  }
  return false;
}

// Most of what is left of the range: a claim waits for the loads before it. The last ones are as small as they may be.
bool Team::take(uint32_t range, const Leg &leg, Chunk &chunk) {
  std::atomic<uint64_t> &word = rangeOf(range).word;
  const uint32_t begin = leg.beginOf(range), end = leg.beginOf(range + 1);
  uint64_t seen = word.load(std::memory_order_relaxed);
  for (;;) {
    const auto age = static_cast<int32_t>(leg.sequence - static_cast<uint32_t>(seen >> 32));
    const uint32_t left = age > 0 ? end - begin : static_cast<uint32_t>(seen);
    if (age < 0 || left == 0) return false;
    const uint32_t taken = std::min(left, std::max(left - (left >> leg.keptShift), leg.grain));
    // Relaxed: who works on items sees what earlier steps made by having seen them done.
    if (word.compare_exchange_weak(seen, uint64_t{leg.sequence} << 32 | (left - taken), std::memory_order_relaxed)) {
      chunk = {end - left, taken};
      return true;
    }
  }
}

// The time it took, where times are measured.
uint64_t Team::doItems(uint32_t index, void *const *const *operands, Chunk chunk, unsigned thread) {
  const ingot_kernel kernel = work->steps[index].kernel;
  const uint64_t start = work->times ? nanosecondsNow() : 0;
  kernel(work->frame, operands[index], chunk.begin, chunk.begin + chunk.count, scratchOf(thread));
  if (!work->times) return 0;
  const uint64_t took = nanosecondsNow() - start;
  StepTime &time = timeOf(thread, index);
  time.busy += took, time.chunks++;
  return took;
}

// After a leg whose last item this thread counted: those who sleep for its end, if there is something for them to do.
void Team::wake(uint32_t run, uint32_t position, const Leg &leg, bool mustWake) {
  if (leg.isLast) {
    ended.fetch_add(1, std::memory_order_seq_cst);
    if (isCallerAway.load(std::memory_order_seq_cst)) futexWakeAll(&ended);
  }
  if (sleepers.load(std::memory_order_seq_cst) == 0) return;
  Leg next;
  const auto isShared = [&] { return agenda.read(run, position + 1, next) && next.items > next.grain; }; // else it is for us
  if (mustWake || leg.isLast || isShared()) futexWakeAll(&done);
}

void Team::wait(const Leg &leg) {
  if (spinUntil([&] { return isDone(leg.end); }, spinNanoseconds)) return;
  if (spinNanoseconds) {
    lateSince.store(nanosecondsNow(), std::memory_order_relaxed);
    lateSequence.store(leg.sequence, std::memory_order_release);
  }
  sleepers.fetch_add(1, std::memory_order_seq_cst);
  for (uint64_t seen; (seen = done.load(std::memory_order_seq_cst)) < leg.end;)
    futexWait(&done, static_cast<uint32_t>(seen)); // of its lower half, which comes first
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
  const std::atomic<uint32_t> &word = thread == 0 ? ended : stopping;
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
