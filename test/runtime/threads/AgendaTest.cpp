// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/threads/Agenda.h"

#include <gtest/gtest.h>
#include <thread>
#include <vector>

namespace ingot::runtime {
namespace {

ingot_step makeStep(uint32_t domain, uint32_t factor, uint32_t grain, uint64_t repeatable = 0) {
  return {"nothing", nullptr, nullptr, 0, domain, factor, 1, grain, 0, 0, 0, repeatable};
}

ingot_frame frameOf(int64_t count) {
  ingot_frame frame{};
  frame.count = count;
  return frame;
}

TEST(Agenda, HasTheStepsWithItems) {
  const ingot_step steps[] = {makeStep(INGOT_DOMAIN_FIXED, 10, 4), makeStep(INGOT_DOMAIN_WANTED, 1, 1),
                              makeStep(INGOT_DOMAIN_TOKENS, 3, 0)};
  const ingot_frame frame = frameOf(2);
  Agenda agenda;
  for (uint32_t run = 0; run < 3; run++) {
    agenda.open({steps, 3, nullptr, &frame}, 3);
    Leg first, second, none;
    ASSERT_TRUE(agenda.read(agenda.run(), 0, first));
    ASSERT_TRUE(agenda.read(agenda.run(), 1, second));
    EXPECT_FALSE(agenda.read(agenda.run(), 2, none));
    EXPECT_EQ(first.step, 0u);
    EXPECT_EQ(first.items, 10u);
    EXPECT_EQ(first.ranges, 2u) << "of at least 4 items";
    EXPECT_EQ(first.beginOf(1), 5u);
    EXPECT_EQ(first.end, run * 16 + 10);
    EXPECT_FALSE(first.isLast);
    EXPECT_EQ(second.step, 2u);
    EXPECT_EQ(second.grain, 1u);
    EXPECT_EQ(second.ranges, 3u);
    EXPECT_EQ(second.end, run * 16 + 16);
    EXPECT_EQ(second.end, agenda.end());
    EXPECT_EQ(second.sequence, first.sequence + 1);
    EXPECT_EQ(second.sequence + 1, agenda.nextSequence());
    EXPECT_TRUE(second.isLast);
  }
}

TEST(Agenda, LeavesShortStepsToTheOnesBehind) {
  void *const *const *own[1] = {};
  const ingot_step steps[] = {makeStep(INGOT_DOMAIN_TOKENS, 1, 1, 1), makeStep(INGOT_DOMAIN_FIXED, 10, 1)};
  for (const int64_t tokens : {2, 3}) {
    const ingot_frame frame = frameOf(tokens);
    Agenda agenda;
    agenda.open({steps, 2, nullptr, &frame, nullptr, own}, 2);
    Leg leg;
    ASSERT_TRUE(agenda.read(agenda.run(), 0, leg));
    EXPECT_EQ(leg.step, tokens == 2 ? 1u : 0u);
    EXPECT_EQ(leg.repeated, tokens == 2 ? 2u : 0u);
  }
}

TEST(Agenda, ClaimsLeaveMoreWhereItemsTakeLong) {
  const ingot_step step = makeStep(INGOT_DOMAIN_FIXED, 10, 1);
  for (const int64_t tokens : {1, 15, 16, 512}) {
    const ingot_frame frame = frameOf(tokens);
    Agenda agenda;
    agenda.open({&step, 1, nullptr, &frame}, 2);
    Leg leg;
    ASSERT_TRUE(agenda.read(agenda.run(), 0, leg));
    EXPECT_EQ(leg.keptShift, tokens < 16 ? 2u : 1u) << tokens;
  }
}

// Whoever comes late sees that the run is over, or a leg of it, never parts of two runs.
TEST(Agenda, NeverMixesRuns) {
  Agenda agenda;
  std::atomic<bool> isOver{false};
  std::atomic<int> mixed{0};
  const auto open = [&](uint32_t factor) {
    const std::vector<ingot_step> steps(factor, makeStep(INGOT_DOMAIN_FIXED, factor, factor));
    const ingot_frame frame = frameOf(1);
    agenda.open({steps.data(), factor, nullptr, &frame}, 1);
  };
  open(1);
  std::thread reader([&] {
    while (!isOver) {
      const uint32_t run = agenda.run();
      if (run % 2 != 0) continue; // a table is being written
      Leg leg;
      for (uint32_t position = 0; agenda.read(run, position, leg); position++)
        if (leg.step != position || leg.items != leg.grain || leg.isLast != (position + 1 == leg.items)) mixed++;
    }
  });
  for (uint32_t run = 0; run < 20'000; run++) open(1 + run * 7 % 40);
  isOver = true;
  reader.join();
  EXPECT_EQ(mixed, 0);
}

} // namespace
} // namespace ingot::runtime
