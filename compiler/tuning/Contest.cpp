// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/tuning/Contest.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>

namespace ingot::tuning {
namespace {

/// How many of `pairs` may go the other way so that chance alone makes it so with at most 2.5 %: the place, in the sorted ratios,
/// of the one that bounds the median from below.
size_t boundPlace(int pairs) {
  double probability = std::pow(0.5, pairs), sum = probability;
  size_t place = 0;
  while (sum + probability * (pairs - place) / (place + 1) <= 0.025) {
    probability *= double(pairs - place) / (place + 1);
    sum += probability;
    place++;
  }
  return place;
}

class Contest {
public:
  Contest(size_t candidates, const ContestRules &rules, Stopwatch watch)
      : rules(rules), watch(watch), broken(candidates), samples(candidates, std::vector<std::vector<double>>(rules.settings)) {}

  /// Times the candidates in turns; every other turn goes backwards.
  void time(std::vector<size_t> candidates, int repeats) {
    for (int repeat = 0; repeat < repeats; ++repeat, std::reverse(candidates.begin(), candidates.end()))
      for (size_t candidate : candidates)
        for (size_t setting = 0; setting < rules.settings; ++setting) run(candidate, setting);
  }

  bool run(size_t candidate, size_t setting) {
    if (broken[candidate]) return false;
    std::optional<double> seconds = watch(candidate, setting);
    if (!seconds) return broken[candidate] = true, false;
    samples[candidate][setting].push_back(*seconds);
    return true;
  }

  /// The better of two runs: what disturbs one of them is not held against anybody.
  std::optional<double> better(size_t candidate, size_t setting) {
    if (!run(candidate, setting) || !run(candidate, setting)) return std::nullopt;
    llvm::ArrayRef<double> times(samples[candidate][setting]);
    return std::min(times.back(), times[times.size() - 2]);
  }

  /// Log of the shortest time, over all settings: what disturbs a run only makes it longer.
  double score(size_t candidate) const {
    double sum = 0;
    for (const std::vector<double> &times : samples[candidate]) sum += std::log(*llvm::min_element(times));
    return sum;
  }

  /// Everybody but the defaults, halved until a few are left.
  std::optional<std::vector<size_t>> halve(llvm::function_ref<bool()> isLate) {
    std::vector<size_t> alive;
    for (size_t candidate = 1; candidate < samples.size(); ++candidate) alive.push_back(candidate);
    for (int repeats = rules.firstRepeats; int(alive.size()) > rules.finalists; repeats *= 2) {
      if (isLate()) return std::nullopt;
      time(alive, repeats);
      llvm::erase_if(alive, [&](size_t candidate) { return broken[candidate]; });
      llvm::sort(alive, [&](size_t a, size_t b) { return std::pair(score(a), a) < std::pair(score(b), b); });
      alive.resize(std::min(alive.size(), std::max<size_t>(rules.finalists, (alive.size() + 1) / 2)));
    }
    return alive;
  }

  /// The finalist against the defaults in pairs: all of its runs are new, for those before decided who is here.
  std::optional<Verdict> meet(size_t finalist) {
    std::vector<double> ratios;
    std::vector<std::vector<double>> before(rules.settings), after(rules.settings);
    for (int pair = 0; pair < rules.finalPairs; ++pair) {
      double sum = 0;
      for (size_t setting = 0; setting < rules.settings; ++setting) {
        bool isDefaultFirst = (pair + setting) % 2 == 0;
        for (bool isDefault : {isDefaultFirst, !isDefaultFirst}) {
          std::optional<double> seconds = better(isDefault ? 0 : finalist, setting);
          if (!seconds) return std::nullopt;
          (isDefault ? before : after)[setting].push_back(*seconds);
        }
        sum += std::log(before[setting].back() / after[setting].back());
      }
      ratios.push_back(sum / rules.settings);
    }
    Verdict verdict;
    verdict.isComplete = true;
    bool isNeverSlower = true;
    for (size_t setting = 0; setting < rules.settings; ++setting) {
      verdict.before.push_back(median(before[setting]));
      verdict.after.push_back(median(after[setting]));
      std::vector<double> shares;
      for (auto [old, now] : llvm::zip(before[setting], after[setting])) shares.push_back(old / now);
      isNeverSlower &= median(shares) >= rules.leastShare;
    }
    verdict.gain = std::exp(median(ratios));
    llvm::sort(ratios);
    bool isSure = std::exp(ratios[boundPlace(rules.finalPairs)]) >= rules.leastGain;
    verdict.winner = isSure && isNeverSlower ? finalist : 0;
    return verdict;
  }

  bool defaultsBroke() const { return broken[0]; }

  std::vector<std::vector<double>> medians() const {
    std::vector<std::vector<double>> result(samples.size());
    for (size_t candidate = 0; candidate < samples.size(); ++candidate)
      for (const std::vector<double> &times : samples[candidate]) result[candidate].push_back(median(times));
    return result;
  }

private:
  const ContestRules &rules;
  Stopwatch watch;
  std::vector<bool> broken;
  std::vector<std::vector<std::vector<double>>> samples; ///< by candidate and setting
};

} // namespace

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  llvm::sort(values);
  size_t middle = values.size() / 2;
  return values.size() % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

Verdict holdContest(size_t candidates, const ContestRules &rules, Stopwatch watch, llvm::function_ref<bool()> isLate) {
  Contest contest(candidates, rules, watch);
  contest.time({0}, 1); // nobody can be held against defaults that break
  if (contest.defaultsBroke()) return {};
  std::optional<std::vector<size_t>> finalists = contest.halve(isLate);
  if (!finalists) return {};
  Verdict best;
  std::optional<Verdict> lost; ///< a meeting that the defaults won: their times are known from it
  for (size_t finalist : *finalists) {
    if (isLate()) return {};
    std::optional<Verdict> verdict = contest.meet(finalist);
    if (contest.defaultsBroke()) return {};
    if (!verdict) continue;
    if (!verdict->winner) lost = verdict;
    if (verdict->winner && (!best.winner || verdict->gain > best.gain)) best = *verdict;
  }
  best.medians = contest.medians();
  if (best.winner) return best;
  best.isComplete = true;
  if (lost)
    best.before = lost->before;
  else
    for (size_t setting = 0; setting < rules.settings; ++setting) { // alone, or all others broke
      std::vector<double> times;
      for (int repeat = 0; repeat < rules.finalPairs; ++repeat) {
        std::optional<double> seconds = watch(0, setting);
        if (!seconds) return {};
        times.push_back(*seconds);
      }
      best.before.push_back(median(times));
    }
  best.after = best.before;
  return best;
}

} // namespace ingot::tuning
