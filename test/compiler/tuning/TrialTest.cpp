// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Children that answer, that crash and that never end.
#include "compiler/tuning/Trial.h"

#include <gtest/gtest.h>

#include <csignal>
#include <unistd.h>

namespace ingot::tuning {
namespace {

constexpr Trial::Milliseconds longEnough(10'000), shortly(50);

std::unique_ptr<Trial> started(const std::function<Prepared()> &prepare) { return llvm::cantFail(Trial::start(prepare)); }

TEST(Trial, Answers) {
  auto trial =
      started([] { return Prepared{[](const TimingRequest &request) { return request.threads * 100.0 + request.passes; }, 42}; });
  ASSERT_TRUE(trial->waitUntilReady(longEnough));
  EXPECT_EQ(trial->fingerprint(), 42);
  EXPECT_EQ(trial->time({2, 3}, longEnough), 203.0);
  EXPECT_EQ(trial->time({1, 7}, longEnough), 107.0);
  EXPECT_EQ(trial->failure(), "");
}

TEST(Trial, SaysThatItCannotBePrepared) {
  auto trial = started([] { return Prepared(); });
  EXPECT_FALSE(trial->waitUntilReady(longEnough));
  EXPECT_EQ(trial->failure(), "can't be compiled");
  EXPECT_FALSE(trial->time({1, 1}, longEnough));
}

TEST(Trial, OutlivesACrashWhilePreparing) {
  auto trial = started([]() -> Prepared { abort(); });
  EXPECT_FALSE(trial->waitUntilReady(longEnough));
  EXPECT_EQ(trial->failure(), "ended by signal 6 (Aborted)");
}

TEST(Trial, OutlivesACrashWhileTiming) {
  auto trial = started([] { return Prepared{[](const TimingRequest &) { return raise(SIGSEGV), 0.0; }, 0}; });
  ASSERT_TRUE(trial->waitUntilReady(longEnough));
  EXPECT_FALSE(trial->time({1, 1}, longEnough));
  EXPECT_EQ(trial->failure(), "ended by signal 11 (Segmentation fault)");
  EXPECT_FALSE(trial->time({1, 1}, longEnough)); // and says it again
  EXPECT_EQ(trial->failure(), "ended by signal 11 (Segmentation fault)");
}

TEST(Trial, DoesNotWaitForever) {
  auto never = [] { return pause(), 0.0; };
  auto preparing = started([=]() -> Prepared { return never(), Prepared(); });
  EXPECT_FALSE(preparing->waitUntilReady(shortly));
  EXPECT_EQ(preparing->failure(), "took longer than 50 ms");
  auto timing = started([=] { return Prepared{[=](const TimingRequest &) { return never(); }, 0}; });
  ASSERT_TRUE(timing->waitUntilReady(longEnough));
  EXPECT_FALSE(timing->time({1, 1}, shortly));
  EXPECT_EQ(timing->failure(), "took longer than 50 ms");
}

} // namespace
} // namespace ingot::tuning
