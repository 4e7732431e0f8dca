// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/threads/Absence.h"

#include <gtest/gtest.h>

namespace ingot::runtime {
namespace {

constexpr uint64_t kMillisecond = 1'000'000;

TEST(Absence, IsForTheDisplacedAlone) {
  Absence absence;
  EXPECT_FALSE(absence.isDue(0, 5 * kMillisecond, 0)); // it had much to do
  EXPECT_FALSE(absence.isAway());
  EXPECT_TRUE(absence.isDue(5 * kMillisecond, 8 * kMillisecond, 1));
  EXPECT_TRUE(absence.isAway());
  EXPECT_EQ(absence.endsAt(), (8 + 4 * 3) * kMillisecond);
  absence.end(20 * kMillisecond);
  EXPECT_FALSE(absence.isAway());
  EXPECT_FALSE(absence.isDue(21 * kMillisecond, 22 * kMillisecond, 1)); // displaced no more than before
}

TEST(Absence, GrowsWhileItKeepsHappening) {
  Absence absence;
  uint64_t now = 0, before = 0;
  for (uint64_t time = 1; time < 12; time++) {
    ASSERT_TRUE(absence.isDue(now, now + 2 * kMillisecond, time));
    now += 2 * kMillisecond;
    const uint64_t length = absence.endsAt() - now;
    EXPECT_EQ(length, time == 1 ? 8 * kMillisecond : before < 100 * kMillisecond ? 2 * before : 200 * kMillisecond);
    before = length;
    absence.end(now += length);
    now += 3 * kMillisecond;
  }
  // Long after, it begins anew.
  now += 5'000 * kMillisecond;
  ASSERT_TRUE(absence.isDue(now, now + kMillisecond, 100));
  EXPECT_EQ(absence.endsAt(), now + 5 * kMillisecond);
}

} // namespace
} // namespace ingot::runtime
