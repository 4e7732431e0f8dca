// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/sampling/Sampler.h"

#include <algorithm>
#include <emmintrin.h>
#include <math.h>
#include <sys/random.h>
#include <time.h>

namespace ingot::runtime {

namespace {

using Candidate = Sampler::Candidate;

// A total order, so that equal logits give the same choice everywhere.
bool likelier(const Candidate &a, const Candidate &b) { return a.logit > b.logit || (a.logit == b.logit && a.token < b.token); }

// Calls `found(token)` for each logit >= bound(), four at a time; `bound` may rise meanwhile. What is not a number is passed over.
template <class Bound, class Found> void forEachAbove(const float *logits, uint32_t vocabulary, Bound bound, Found found) {
  uint32_t i = 0;
  for (; i + 16 <= vocabulary; i += 16) {
    const __m128 least = _mm_set1_ps(bound());
    const __m128 a = _mm_cmpge_ps(_mm_loadu_ps(logits + i), least), b = _mm_cmpge_ps(_mm_loadu_ps(logits + i + 4), least);
    const __m128 c = _mm_cmpge_ps(_mm_loadu_ps(logits + i + 8), least), d = _mm_cmpge_ps(_mm_loadu_ps(logits + i + 12), least);
    if (_mm_movemask_ps(_mm_or_ps(_mm_or_ps(a, b), _mm_or_ps(c, d))) == 0) continue;
    for (uint32_t j = i; j < i + 16; j++)
      if (logits[j] >= bound()) found(static_cast<int32_t>(j));
  }
  for (; i < vocabulary; i++)
    if (logits[i] >= bound()) found(static_cast<int32_t>(i));
}

// The first operand of maxps is dropped when either is not a number: the sum so far stays clean.
float largest(const float *logits, uint32_t vocabulary) {
  __m128 a = _mm_set1_ps(-INFINITY), b = a, c = a, d = a;
  uint32_t i = 0;
  for (; i + 16 <= vocabulary; i += 16) {
    a = _mm_max_ps(_mm_loadu_ps(logits + i), a), b = _mm_max_ps(_mm_loadu_ps(logits + i + 4), b);
    c = _mm_max_ps(_mm_loadu_ps(logits + i + 8), c), d = _mm_max_ps(_mm_loadu_ps(logits + i + 12), d);
  }
  float lanes[4];
  _mm_storeu_ps(lanes, _mm_max_ps(_mm_max_ps(a, b), _mm_max_ps(c, d)));
  float most = -INFINITY;
  for (const float lane : lanes) most = lane > most ? lane : most;
  for (; i < vocabulary; i++) most = logits[i] > most ? logits[i] : most;
  return most;
}

} // namespace

int32_t likeliest(const float *logits, uint32_t vocabulary) {
  const float most = largest(logits, vocabulary);
  if (!isfinite(most)) return -1;
  for (uint32_t i = 0; i < vocabulary; i++)
    if (logits[i] == most) return static_cast<int32_t>(i);
  return -1;
}

// A heap of candidates, likeliest on top: the best k, or all that can be drawn.
void Sampler::collect(const float *logits, uint32_t vocabulary, const ingot_sampling &sampling) {
  candidates.clear();
  const float most = largest(logits, vocabulary);
  if (!isfinite(most)) return;
  // Below this a token has less than 1e-13 of the likeliest's probability, at a temperature of 1 or less. Higher ones flatten it.
  const float reach = 30.0f * std::max(1.0f, sampling.temperature);
  const float least = most - reach;
  if (sampling.top_k == 0 || sampling.top_k >= vocabulary) {
    forEachAbove(logits, vocabulary, [=] { return least; }, [&](int32_t token) { candidates.push({logits[token], token}); });
    std::make_heap(candidates.begin(), candidates.end(), [](const Candidate &a, const Candidate &b) { return likelier(b, a); });
    return;
  }
  // A heap with the least likely of the best k on top. Equal logits: the later token is never the better one.
  const size_t k = sampling.top_k;
  float bound = least;
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
        if (candidates.size() == k) bound = candidates[0].logit;
      });
  std::make_heap(candidates.begin(), candidates.end(), [](const Candidate &a, const Candidate &b) { return likelier(b, a); });
}

int32_t Sampler::choose(const float *logits, uint32_t vocabulary, const ingot_sampling &sampling) {
  if (!(sampling.temperature > 0)) return likeliest(logits, vocabulary);
  collect(logits, vocabulary, sampling);
  if (candidates.empty()) return -1;

  const float most = candidates[0].logit;
  const float least = sampling.min_p > 0 ? most + logf(sampling.min_p) : -INFINITY;
  if (sampling.top_p > 0 && sampling.top_p < 1) keepMass(sampling.top_p);
  weights.clear();
  double total = 0;
  for (const Candidate &candidate : candidates) {
    if (candidate.logit >= least) total += exp((static_cast<double>(candidate.logit) - most) / sampling.temperature);
    weights.push(total);
  }
  const double drawn = random.uniform() * total;
  // The first whose sum is above what was drawn; one that min-p left out adds nothing and is never it.
  const double *chosen = std::upper_bound(weights.begin(), weights.end(), drawn);
  if (chosen == weights.end()) chosen = std::lower_bound(weights.begin(), weights.end(), total); // rounded up to the sum itself
  return candidates[static_cast<size_t>(chosen - weights.begin())].token;
}

// Leaves the likeliest candidates that together have this share of the probability. They are a heap, likeliest on top: those to be
// left are taken off it to the array's end, so that only as many are sorted as are needed.
void Sampler::keepMass(double share) {
  const auto lessLikely = [](const Candidate &a, const Candidate &b) { return likelier(b, a); };
  const float most = candidates[0].logit;
  const auto mass = [most](const Candidate &candidate) { return exp(static_cast<double>(candidate.logit) - most); };
  double all = 0, kept = 0;
  for (const Candidate &candidate : candidates) all += mass(candidate);
  size_t heap = candidates.size();
  while (heap > 0 && kept < share * all) {
    kept += mass(candidates[0]);
    std::pop_heap(candidates.begin(), candidates.begin() + heap, lessLikely);
    heap--;
  }
  candidates.erase(0, heap);
  std::reverse(candidates.begin(), candidates.end()); // likeliest first again
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
