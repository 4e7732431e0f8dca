// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Contests on a clock of ours: candidates whose true speed is known, and noise.
#include "compiler/tuning/Contest.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace ingot::tuning {
namespace {

/// True seconds by candidate and setting, with a machine that is now and then three times slower.
class Machine {
public:
  explicit Machine(std::vector<std::vector<double>> truth, double noise = 0.02) : truth(std::move(truth)), noise(noise) {}

  std::optional<double> time(size_t candidate, size_t setting) {
    runs[candidate]++;
    if (candidate == broken && runs[candidate] > runsBeforeBreaking) return std::nullopt;
    double factor = 1 + noise * std::abs(normal(random));
    if (random() % 10 == 0) factor *= 3;
    return truth[candidate][setting] * factor;
  }

  Verdict contest(ContestRules rules = {}) {
    rules.settings = truth[0].size();
    return holdContest(
        truth.size(), rules, [&](size_t candidate, size_t setting) { return time(candidate, setting); }, [] { return false; });
  }

  std::map<size_t, int> runs;
  size_t broken = SIZE_MAX;
  int runsBeforeBreaking = 0;

private:
  std::vector<std::vector<double>> truth;
  double noise;
  std::mt19937 random{7};
  std::normal_distribution<double> normal;
};

TEST(Median, IsTheMiddle) {
  EXPECT_EQ(median({3, 1, 2}), 2);
  EXPECT_EQ(median({4, 1, 2, 3}), 2.5);
  EXPECT_EQ(median({}), 0);
}

TEST(Contest, FindsTheFastest) {
  Machine machine({{1, 0.5}, {1.1, 0.6}, {0.9, 0.45}, {0.7, 0.36}, {0.8, 0.41}, {1.3, 0.7}, {1, 0.5}});
  Verdict verdict = machine.contest();
  EXPECT_TRUE(verdict.isComplete);
  EXPECT_EQ(verdict.winner, 3u);
  EXPECT_NEAR(verdict.gain, 1.41, 0.1);
  ASSERT_EQ(verdict.before.size(), 2u);
  EXPECT_GT(verdict.before[0], verdict.after[0]);
  EXPECT_GT(verdict.before[1], verdict.after[1]);
}

TEST(Contest, TimesTheSlowLess) {
  Machine machine({{1}, {5}, {4}, {3}, {2}, {0.5}, {0.6}, {0.7}, {0.8}});
  machine.contest();
  EXPECT_LT(machine.runs[1], machine.runs[5] / 3);
}

TEST(Contest, KeepsTheDefaultsInNoise) {
  int changes = 0;
  for (int attempt = 0; attempt < 50; ++attempt) {
    // Candidates as fast as the defaults: whoever wins does so by chance.
    std::vector<std::vector<double>> truth(8, {1.0, 0.5});
    Machine machine(truth, 0.1);
    for (int skip = 0; skip < attempt; ++skip) machine.time(1, 0); // another sequence of noise
    changes += machine.contest().winner != 0;
  }
  EXPECT_LE(changes, 1);
}

TEST(Contest, WantsMoreThanAnImmeasurableGain) {
  EXPECT_EQ(Machine({{1}, {0.995}}, 0).contest().winner, 0u);
  EXPECT_EQ(Machine({{1}, {0.95}}, 0).contest().winner, 1u);
}

TEST(Contest, NeverLosesUnderOneSetting) {
  // Much faster with many threads, slower with one.
  EXPECT_EQ(Machine({{1, 1}, {1.1, 0.5}}, 0).contest().winner, 0u);
}

TEST(Contest, LeavesOutWhoBreaks) {
  for (int runs : {0, 2, 40}) {
    Machine machine({{1}, {0.5}, {0.8}});
    machine.broken = 1;
    machine.runsBeforeBreaking = runs;
    Verdict verdict = machine.contest();
    EXPECT_TRUE(verdict.isComplete);
    // What broke late may have won before, but not when it broke while it met the defaults.
    if (runs < 40) EXPECT_EQ(verdict.winner, 2u) << runs;
    EXPECT_LE(machine.runs[1], std::max(runs + 1, 41)) << "asked again after it broke";
  }
}

TEST(Contest, IsIncompleteWhenTheDefaultsBreak) {
  Machine machine({{1}, {0.5}});
  machine.broken = 0;
  EXPECT_FALSE(machine.contest().isComplete);
}

TEST(Contest, MeasuresTheDefaultsAlone) {
  Verdict verdict = Machine({{1, 0.5}}).contest();
  EXPECT_TRUE(verdict.isComplete);
  EXPECT_EQ(verdict.winner, 0u);
  ASSERT_EQ(verdict.before.size(), 2u);
  EXPECT_NEAR(verdict.before[0], 1, 0.1);
  EXPECT_EQ(verdict.before, verdict.after);
}

TEST(Contest, StopsWhenItIsLate) {
  Machine machine({{1}, {0.5}, {0.6}, {0.7}});
  Verdict verdict =
      holdContest(4, {}, [&](size_t candidate, size_t setting) { return machine.time(candidate, setting); }, [] { return true; });
  EXPECT_FALSE(verdict.isComplete);
  EXPECT_EQ(machine.runs[1], 0);
}

} // namespace
} // namespace ingot::tuning
