// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// PCG-XSH-RR 64/32: small, good, and the same everywhere for a seed.
#ifndef INGOT_RUNTIME_SAMPLING_RANDOM_H
#define INGOT_RUNTIME_SAMPLING_RANDOM_H

#include <stdint.h>

namespace ingot::runtime {

class Random {
public:
  explicit Random(uint64_t seed = 0) { restart(seed); }

  void restart(uint64_t seed) {
    state = 0;
    next();
    state += seed;
    next();
  }

  uint32_t next() {
    const uint64_t before = state;
    state = before * 6364136223846793005u + 1442695040888963407u;
    const uint32_t mixed = static_cast<uint32_t>((before >> 18 ^ before) >> 27), turn = static_cast<uint32_t>(before >> 59);
    return mixed >> turn | mixed << (-turn & 31);
  }

  /// In [0, 1), 53 random bits.
  double uniform() {
    const uint64_t high = next() >> 5, low = next() >> 6;
    return static_cast<double>(high << 26 | low) * 0x1p-53;
  }

private:
  uint64_t state = 0;
};

/// A seed from the system.
uint64_t systemSeed();

} // namespace ingot::runtime
#endif
