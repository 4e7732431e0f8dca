// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/sampling/Sampler.h"
#include "runtime/sampling/Lanes.h"

#include <algorithm>
#include <functional>
#include <math.h>
#include <sys/random.h>
#include <time.h>

namespace ingot::runtime {

namespace {

using Candidate = Sampler::Candidate;

// A total order, so that equal logits give the same choice everywhere.
bool likelier(const Candidate &a, const Candidate &b) { return a.logit > b.logit || (a.logit == b.logit && a.token < b.token); }

bool lessLikely(const Candidate &a, const Candidate &b) { return likelier(b, a); }

// Below the likeliest by more than this, a token has less than 1e-13 of its probability.
constexpr float kReach = 30;
// Tokens that are looked at together.
constexpr uint32_t kBlock = 64;

// Calls `found(token)` for each logit >= bound(), four at a time; `bound` may rise meanwhile. What is not a number is passed over.
template <class Bound, class Found> void forEachAbove(const float *logits, uint32_t vocabulary, Bound bound, Found found) {
  uint32_t i = 0;
  for (; i + 16 <= vocabulary; i += 16) {
    const Lanes least = everyLane(bound());
    const LaneBits a = loadLanes(logits + i) >= least, b = loadLanes(logits + i + 4) >= least;
    const LaneBits c = loadLanes(logits + i + 8) >= least, d = loadLanes(logits + i + 12) >= least;
    if (!isAny((a | b) | (c | d))) continue;
    for (uint32_t j = i; j < i + 16; j++)
      if (logits[j] >= bound()) found(static_cast<int32_t>(j));
  }
  for (; i < vocabulary; i++)
    if (logits[i] >= bound()) found(static_cast<int32_t>(i));
}

// What is not a number is dropped: the maximum so far stays clean.
float largest(const float *logits, uint32_t vocabulary) {
  Lanes a = everyLane(-INFINITY), b = a, c = a, d = a;
  uint32_t i = 0;
  for (; i + 16 <= vocabulary; i += 16) {
    a = larger(loadLanes(logits + i), a), b = larger(loadLanes(logits + i + 4), b);
    c = larger(loadLanes(logits + i + 8), c), d = larger(loadLanes(logits + i + 12), d);
  }
  float lanes[4];
  storeLanes(lanes, larger(larger(a, b), larger(c, d)));
  float most = -INFINITY;
  for (const float lane : lanes) most = lane > most ? lane : most;
  for (; i < vocabulary; i++) most = logits[i] > most ? logits[i] : most;
  return most;
}

// Index of the first sum above what was drawn; an element that added nothing is never it.
size_t firstAbove(const Array<double> &sums, double drawn, double total) {
  const double *found = std::upper_bound(sums.begin(), sums.end(), drawn);
  if (found == sums.end()) found = std::lower_bound(sums.begin(), sums.end(), total); // rounded up to the whole sum
  return static_cast<size_t>(found - sums.begin());
}

} // namespace

int32_t likeliest(const float *logits, uint32_t vocabulary) {
  const float most = largest(logits, vocabulary);
  if (!isfinite(most)) return -1;
  for (uint32_t i = 0; i < vocabulary; i++)
    if (logits[i] == most) return static_cast<int32_t>(i);
  return -1;
}

// What each kind of filter leaves to draw from, as a heap of candidates, likeliest on top.
void Sampler::collectBest(const float *logits, uint32_t vocabulary, uint32_t k) {
  // The k-th largest of the blocks' maxima is no larger than the k-th largest of all: a bound that passes few, in any order.
  blockMaxima.clear();
  for (uint32_t i = 0; i < vocabulary; i += kBlock) blockMaxima.push(largest(logits + i, std::min(kBlock, vocabulary - i)));
  float bound = -INFINITY;
  if (blockMaxima.size() >= k) {
    std::nth_element(blockMaxima.begin(), blockMaxima.begin() + (k - 1), blockMaxima.end(), std::greater<float>());
    bound = blockMaxima[k - 1];
  }
  // A heap with the least likely of the best k on top. Of equal logits the earlier token is the better one.
  forEachAbove(
      logits, vocabulary, [&] { return bound; },
      [&](int32_t token) {
        const Candidate candidate = {logits[token], token};
        if (candidates.size() == k) {
          if (!likelier(candidate, candidates[0])) return;
          std::pop_heap(candidates.begin(), candidates.end(), likelier);
          candidates.back() = candidate;
        } else {
          candidates.push(candidate);
        }
        std::push_heap(candidates.begin(), candidates.end(), likelier);
        if (candidates.size() == k) bound = std::max(bound, candidates[0].logit);
      });
  std::make_heap(candidates.begin(), candidates.end(), lessLikely);
  mass = 0;
  for (const Candidate &candidate : candidates) mass += exp(static_cast<double>(candidate.logit) - most);
}

// Without top-k: the probability is summed by distance from the likeliest, so that only what may be within the share is collected.
void Sampler::collectMass(const float *logits, uint32_t vocabulary, float share) {
  constexpr uint32_t buckets = 1024;
  constexpr float perLogit = buckets / kReach;
  double sums[buckets] = {};
  mass = 0;
  for (uint32_t i = 0; i < vocabulary; i += 4) {
    float below[4] = {kReach, kReach, kReach, kReach}, weight[4];
    for (uint32_t j = 0; j < 4 && i + j < vocabulary; j++) below[j] = most - logits[i + j];
    storeLanes(weight, expNegative(-loadLanes(below)));
    for (uint32_t j = 0; j < 4; j++)
      if (below[j] < kReach) sums[std::min(static_cast<uint32_t>(below[j] * perLogit), buckets - 1)] += weight[j];
  }
  for (const double sum : sums) mass += sum;
  uint32_t last = 0;
  for (double sum = sums[0]; last + 1 < buckets && sum < share * mass; sum += sums[++last]) {
  }
  // One bucket more: the sums are rounded, and so is the border.
  const float least = most - static_cast<float>(last + 2) / perLogit;
  forEachAbove(logits, vocabulary, [=] { return least; }, [&](int32_t token) { candidates.push({logits[token], token}); });
  std::make_heap(candidates.begin(), candidates.end(), lessLikely);
}

// Leaves the likeliest candidates that together have this share of the probability. Those to be left are taken off the heap to the
// array's end, so that only as many are sorted as are needed.
void Sampler::keepMass(float share) {
  double kept = 0;
  size_t heap = candidates.size();
  while (heap > 0 && kept < share * mass) {
    kept += exp(static_cast<double>(candidates[0].logit) - most);
    std::pop_heap(candidates.begin(), candidates.begin() + heap, lessLikely);
    heap--;
  }
  candidates.erase(0, heap);
  std::reverse(candidates.begin(), candidates.end()); // likeliest first again
}

int32_t Sampler::drawCandidate(float least, float temperature) {
  sums.clear();
  double total = 0;
  for (const Candidate &candidate : candidates) {
    if (candidate.logit >= least) total += exp((static_cast<double>(candidate.logit) - most) / temperature);
    sums.push(total);
  }
  return candidates[firstAbove(sums, random.uniform() * total, total)].token;
}

// With neither top-k nor top-p nothing is collected: sums of blocks, then the one block in which the drawn number falls.
int32_t Sampler::drawAny(const float *logits, uint32_t vocabulary, float least, float temperature) {
  const auto weigh = [&](uint32_t begin, uint32_t end, Array<double> *each) {
    double total = each && begin ? sums[begin / kBlock - 1] : 0;
    for (uint32_t i = begin; i < end; i += 4) {
      float below[4] = {-INFINITY, -INFINITY, -INFINITY, -INFINITY}, weight[4];
      for (uint32_t j = 0; j < 4 && i + j < end; j++)
        if (logits[i + j] >= least) below[j] = (logits[i + j] - most) / temperature;
      storeLanes(weight, expNegative(loadLanes(below)));
      for (uint32_t j = 0; j < 4 && i + j < end; j++) {
        total += weight[j];
        if (each) each->push(total);
      }
    }
    return total;
  };
  sums.clear();
  double total = 0;
  for (uint32_t i = 0; i < vocabulary; i += kBlock) sums.push(total += weigh(i, std::min(i + kBlock, vocabulary), nullptr));
  const double drawn = random.uniform() * total;
  const uint32_t block = static_cast<uint32_t>(firstAbove(sums, drawn, total)) * kBlock;
  Array<double> within;
  const double blockTotal = weigh(block, std::min(block + kBlock, vocabulary), &within);
  return static_cast<int32_t>(block + firstAbove(within, drawn, blockTotal));
}

int32_t Sampler::choose(const float *logits, uint32_t vocabulary, const ingot_sampling &sampling) {
  if (!(sampling.temperature > 0)) return likeliest(logits, vocabulary);
  most = largest(logits, vocabulary);
  if (!isfinite(most)) return -1;
  const bool topK = sampling.top_k > 0 && sampling.top_k < vocabulary, topP = sampling.top_p > 0 && sampling.top_p < 1;
  const float least = sampling.min_p > 0 ? most + logf(sampling.min_p) : -INFINITY;
  if (!topK && !topP) return drawAny(logits, vocabulary, least, sampling.temperature);
  candidates.clear();
  topK ? collectBest(logits, vocabulary, sampling.top_k) : collectMass(logits, vocabulary, sampling.top_p);
  if (topP) keepMass(sampling.top_p);
  return drawCandidate(least, sampling.temperature);
}

int32_t Sampler::sample(float *logits, uint32_t vocabulary, const ingot_sampling &sampling) {
  const float penalty = sampling.repeat_penalty;
  if (!(penalty > 0) || penalty == 1 || recentCount == 0) return choose(logits, vocabulary, sampling);
  float before[kRecent];
  const uint32_t count = recentCount < kRecent ? static_cast<uint32_t>(recentCount) : kRecent;
  for (uint32_t i = 0; i < count; i++) {
    before[i] = logits[recent[i]];
    // A token that occurs twice is punished once.
    if (std::find(recent, recent + i, recent[i]) == recent + i)
      logits[recent[i]] = before[i] > 0 ? before[i] / penalty : before[i] * penalty;
  }
  const int32_t token = choose(logits, vocabulary, sampling);
  for (uint32_t i = count; i-- > 0;) logits[recent[i]] = before[i];
  return token;
}

uint64_t systemSeed() {
  uint64_t seed = 0;
  if (getrandom(&seed, sizeof seed, 0) == static_cast<ssize_t>(sizeof seed)) return seed;
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

} // namespace ingot::runtime
