// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Finds the fastest of several candidates on a machine that is never quiet.
//
// All candidates are timed in turns, so that what disturbs the machine disturbs all of them; after each round the slower half (by
// the shortest runs) goes and the rest is timed twice as often. Whoever is left meets the defaults (candidate 0) in pairs, two runs
// each, one right after the other, of which the better counts. It wins only if it is faster in so many pairs that chance would
// hardly do it, and slower under no setting (a number of threads): a schedule is never changed for noise.
#ifndef INGOT_COMPILER_TUNING_CONTEST_H
#define INGOT_COMPILER_TUNING_CONTEST_H

#include "llvm/ADT/STLFunctionalExtras.h"

#include <cstddef>
#include <optional>
#include <vector>

namespace ingot::tuning {

/// Seconds of one run of a candidate under a setting; none when it broke, and it is not asked again.
using Stopwatch = llvm::function_ref<std::optional<double>(size_t candidate, size_t setting)>;

struct ContestRules {
  size_t settings = 1;
  int firstRepeats = 3; ///< of each candidate in the first round
  int finalists = 2;
  int finalPairs = 15;      ///< of each finalist with the defaults
  double leastGain = 1.02;  ///< what the surely reached gain must be
  double leastShare = 0.97; ///< of the defaults' speed under every setting: less is more than noise
};

struct Verdict {
  bool isComplete = false; ///< false: it got too late, or the defaults broke
  size_t winner = 0;
  std::vector<double> before, after;        ///< median seconds of the defaults and of the winner, by setting
  double gain = 1;                          ///< mean over the settings
  std::vector<std::vector<double>> medians; ///< of all runs, by candidate and setting; 0: never ran
};

/// `isLate` is asked before each round.
Verdict holdContest(size_t candidates, const ContestRules &rules, Stopwatch watch, llvm::function_ref<bool()> isLate);

double median(std::vector<double> values);

} // namespace ingot::tuning
#endif
