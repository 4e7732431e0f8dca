// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Chooses the next token from the logits. Filters in this order: repeat penalty, top-k, top-p, min-p, temperature; so top-p and
// min-p look at the model's own probabilities, whatever the temperature. Nothing sorts the vocabulary: top-k keeps a heap of k and
// skips what is below its least, top-p alone collects only what may be within its share, and without both nothing is collected.
#ifndef INGOT_RUNTIME_SAMPLING_SAMPLER_H
#define INGOT_RUNTIME_SAMPLING_SAMPLER_H

#include "runtime/abi/Ingot.h"
#include "runtime/memory/Array.h"
#include "runtime/sampling/Random.h"

namespace ingot::runtime {

/// Index of the largest, the first of equals; -1 when there is no number among them.
int32_t likeliest(const float *logits, uint32_t vocabulary);

class Sampler {
public:
  explicit Sampler(uint64_t seed = 0) : random(seed) {}

  void restart(uint64_t seed) { random.restart(seed); }
  /// Remembers a token of the sequence, for the repeat penalty.
  void remember(int32_t token) { recent[recentCount++ % kRecent] = token; }
  void forget() { recentCount = 0; }

  /// -1 when the logits hold no finite value. The logits are changed while it runs and restored.
  int32_t sample(float *logits, uint32_t vocabulary, const ingot_sampling &sampling);

  struct Candidate {
    float logit;
    int32_t token;
  };

private:
  void collectBest(const float *logits, uint32_t vocabulary, uint32_t k);
  void collectMass(const float *logits, uint32_t vocabulary, float share);
  void keepMass(float share);
  int32_t drawCandidate(float least, float temperature);
  int32_t drawAny(const float *logits, uint32_t vocabulary, float least, float temperature);
  int32_t choose(const float *logits, uint32_t vocabulary, const ingot_sampling &sampling);

  static constexpr uint32_t kRecent = 64;
  Random random;
  int32_t recent[kRecent];
  uint64_t recentCount = 0;
  Array<Candidate> candidates; // a heap at first, likeliest on top
  float most = 0;              // the largest logit
  double mass = 0;             // sum of e^(logit - most) over all that top-p is a share of
  Array<double> sums;
  Array<float> blockMaxima;
};

} // namespace ingot::runtime
#endif
