// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Four float32 at once, for any processor: GCC's and Clang's vectors, which become one register of SSE2 or NEON.
#ifndef INGOT_RUNTIME_SAMPLING_LANES_H
#define INGOT_RUNTIME_SAMPLING_LANES_H

#include <stdint.h>
#include <string.h>

namespace ingot::runtime {

typedef float Lanes __attribute__((vector_size(16)));
typedef int32_t LaneBits __attribute__((vector_size(16))); // what comparisons give: all bits of a lane or none

inline Lanes everyLane(float value) { return Lanes{value, value, value, value}; }

inline Lanes loadLanes(const float *from) {
  Lanes lanes;
  memcpy(&lanes, from, sizeof lanes);
  return lanes;
}
inline void storeLanes(float *to, Lanes lanes) { memcpy(to, &lanes, sizeof lanes); }

inline bool isAny(LaneBits bits) {
  uint64_t halves[2];
  memcpy(halves, &bits, sizeof halves);
  return (halves[0] | halves[1]) != 0;
}

/// The larger of each pair; where either is not a number, that of `most`.
inline Lanes larger(Lanes x, Lanes most) { return x > most ? x : most; }

// e^x for x <= 0, to six digits; 0 below -87.
inline Lanes expNegative(Lanes x) {
  const Lanes clamped = larger(x, everyLane(-87.0f));
  // Adding 1.5 * 2^23 leaves the nearest integer in the low bits of the sum.
  const Lanes shifted = clamped * everyLane(1.44269504f) + everyLane(12582912.0f);
  const LaneBits whole = reinterpret_cast<LaneBits>(shifted) - 0x4b400000;
  const Lanes wholes = shifted - everyLane(12582912.0f);
  // ln 2 in two parts, so that the difference is exact
  const Lanes rest = (clamped - wholes * everyLane(0.693145752f)) - wholes * everyLane(1.42860677e-6f);
  Lanes sum = everyLane(1.0f / 720);
  for (const float factor : {1.0f / 120, 1.0f / 24, 1.0f / 6, 0.5f, 1.0f, 1.0f}) sum = sum * rest + everyLane(factor);
  const Lanes power = reinterpret_cast<Lanes>((whole + 127) << 23);
  return reinterpret_cast<Lanes>(reinterpret_cast<LaneBits>(sum * power) & (x >= everyLane(-87.0f)));
}

} // namespace ingot::runtime
#endif
