// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A team beside a process that never leaves one of its processors alone. The bounds are wide, because test machines are busy
// themselves: teams that spin at every barrier fall to a twentieth, and stand still for many time slices in a row.
#include "runtime/threads/Futex.h"
#include "runtime/threads/Team.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <sched.h>
#include <vector>

namespace ingot::runtime {
namespace {

// An item is some microseconds of work.
void workKernel(const ingot_frame *, void *const *, int64_t begin, int64_t end, void *) {
  for (int64_t i = 0; i < (end - begin) * 2000; i++) asm volatile("" ::: "memory");
}

std::vector<int> ownProcessors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  sched_getaffinity(0, sizeof set, &set);
  std::vector<int> processors;
  for (int i = 0; i < CPU_SETSIZE; i++)
    if (CPU_ISSET(i, &set)) processors.push_back(i);
  return processors;
}

class Neighbour {
public:
  explicit Neighbour(int processor) : processor(processor) { pthread_create(&thread, nullptr, spin, this); }
  ~Neighbour() {
    ends = true;
    pthread_join(thread, nullptr);
  }

private:
  static void *spin(void *argument) {
    auto *self = static_cast<Neighbour *>(argument);
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(self->processor, &one);
    sched_setaffinity(0, sizeof one, &one);
    while (!self->ends.load(std::memory_order_relaxed)) asm volatile("" ::: "memory");
    return nullptr;
  }
  const int processor;
  std::atomic<bool> ends{false};
  pthread_t thread;
};

struct Pace {
  double passesPerSecond;
  double longestMilliseconds;
};

// Passes of steps like a small model's.
Pace paceOf(Team &team, double seconds) {
  std::vector<ingot_step> steps;
  std::vector<void *const *> operands(100, nullptr);
  for (uint32_t i = 0; i < operands.size(); i++)
    steps.push_back({"work", workKernel, nullptr, 0, INGOT_DOMAIN_FIXED, i % 2 ? 20u : 1u, 1, 1, 0, 0, 0, 0});
  ingot_frame frame{};
  const uint64_t start = nanosecondsNow();
  uint64_t now = start, longest = 0, passes = 0;
  while (static_cast<double>(now - start) < seconds * 1e9) {
    team.run({steps.data(), static_cast<uint32_t>(steps.size()), operands.data(), &frame});
    const uint64_t end = nanosecondsNow();
    longest = std::max(longest, end - now);
    now = end, passes++;
  }
  return {static_cast<double>(passes) / (static_cast<double>(now - start) * 1e-9), static_cast<double>(longest) * 1e-6};
}

TEST(BusyNeighbour, CostsOneProcessorAndNotMore) {
  const std::vector<int> processors = ownProcessors();
  if (processors.size() < 2) GTEST_SKIP() << "there is one processor, and the neighbour would take it";
  Error error;
  Team one, all;
  ASSERT_TRUE(one.start(1, 0, error));
  ASSERT_TRUE(all.start(static_cast<unsigned>(processors.size()), 0, error));
  const Pace alone = paceOf(one, 0.3);
  Pace beside;
  {
    const Neighbour neighbour(processors.back());
    beside = paceOf(all, 1.5);
  }
  EXPECT_GT(beside.passesPerSecond, 0.2 * alone.passesPerSecond);
  EXPECT_LT(beside.longestMilliseconds, 500);
  RecordProperty("percent_of_one_thread_alone", static_cast<int>(100 * beside.passesPerSecond / alone.passesPerSecond));
  RecordProperty("longest_pass_microseconds", static_cast<int>(beside.longestMilliseconds * 1000));
}

} // namespace
} // namespace ingot::runtime
