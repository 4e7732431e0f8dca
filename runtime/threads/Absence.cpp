// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/threads/Absence.h"

#include <sys/resource.h>

namespace ingot::runtime {

// What the system itself does in between takes microseconds; a process that wants the processor gets a slice of milliseconds.
constexpr uint64_t kShortestDelay = 1'000'000;
constexpr uint64_t kTimesTheDelay = 4;
constexpr uint64_t kLongest = 200'000'000; // a delay of some milliseconds then costs a fiftieth

static uint64_t displacementsOfThisThread() {
  rusage usage;
  return getrusage(RUSAGE_THREAD, &usage) == 0 ? static_cast<uint64_t>(usage.ru_nivcsw) : 0;
}

void Absence::begin() { displacementsBefore = displacementsOfThisThread(); }

bool Absence::isDue(uint64_t since, uint64_t now) { return isDue(since, now, displacementsOfThisThread()); }

bool Absence::isDue(uint64_t since, uint64_t now, uint64_t displacements) {
  const bool isDisplaced = displacements != displacementsBefore; // else it only had much to do
  displacementsBefore = displacements;
  if (!isDisplaced || now < since + kShortestDelay) return false;
  const uint64_t wanted = kTimesTheDelay * (now - since);
  const bool isAgain = length && now - cameBack < 2 * length;
  length = isAgain && 2 * length > wanted ? 2 * length : wanted;
  length = length < kLongest ? length : kLongest;
  until = now + length;
  return true;
}

} // namespace ingot::runtime
