// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/reference/Formats.h"

#include "test/reference/GgufFile.h"

#include <cmath>
#include <cstring>
#include <string>

namespace ingot::reference {

namespace {
enum Format : uint32_t {
  F32 = 0,
  F16 = 1,
  Q4_0 = 2,
  Q4_1 = 3,
  Q5_0 = 6,
  Q5_1 = 7,
  Q8_0 = 8,
  Q2_K = 10,
  Q3_K = 11,
  Q4_K = 12,
  Q5_K = 13,
  Q6_K = 14,
  BF16 = 30,
};

double single(const uint8_t *bytes) {
  float value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

double half(const uint8_t *bytes) {
  int bits = bytes[0] | bytes[1] << 8, exponent = bits >> 10 & 31, fraction = bits & 1023;
  double size = exponent == 0    ? std::ldexp(fraction, -24)
                : exponent == 31 ? (fraction ? NAN : INFINITY)
                                 : std::ldexp(1024 + fraction, exponent - 25);
  return bits >> 15 ? -size : size;
}

double brainHalf(const uint8_t *bytes) {
  uint8_t wide[4] = {0, 0, bytes[0], bytes[1]};
  return single(wide);
}

/// Of 32 numbers in 16 bytes: the first 16 in the low nibbles, the others in the high ones.
int nibble(const uint8_t *bytes, size_t i) { return i < 16 ? bytes[i] & 15 : bytes[i - 16] >> 4; }
int bit(const uint8_t *bytes, size_t i) { return bytes[i / 8] >> i % 8 & 1; }

/// The eight 6-bit scales and minima of Q4_K and Q5_K: the first four whole, the upper bits of the others above them.
void scaleAndMinimum(const uint8_t *packed, size_t group, int &scale, int &minimum) {
  if (group < 4) {
    scale = packed[group] & 63;
    minimum = packed[group + 4] & 63;
  } else {
    scale = (packed[group + 4] & 15) | packed[group - 4] >> 6 << 4;
    minimum = packed[group + 4] >> 4 | packed[group] >> 6 << 4;
  }
}

/// Q2_K, Q3_K and Q6_K walk their 256 numbers in two halves of four runs of 32; a scale serves 16.
struct Place {
  size_t half, run, lane, group;
  explicit Place(size_t i) : half(i / 128), run(i % 128 / 32), lane(i % 32), group(i / 16) {}
};

double q2(const uint8_t *block, size_t i) { // scales 16, quants 64, d, dmin
  Place at(i);
  int quant = block[16 + at.half * 32 + at.lane] >> 2 * at.run & 3, scale = block[at.group];
  return half(block + 80) * (scale & 15) * quant - half(block + 82) * (scale >> 4);
}

double q3(const uint8_t *block, size_t i) { // high bits 32, quants 64, scales 12, d
  Place at(i);
  int low = block[32 + at.half * 32 + at.lane] >> 2 * at.run & 3, high = block[at.lane] >> (at.half * 4 + at.run) & 1;
  const uint8_t *scales = block + 96;
  int scaleLow = at.group < 8 ? scales[at.group] & 15 : scales[at.group - 8] >> 4;
  int scaleHigh = scales[8 + at.group % 4] >> 2 * (at.group / 4) & 3;
  return half(block + 108) * ((scaleLow | scaleHigh << 4) - 32) * ((low | high << 2) - 4);
}

double q4(const uint8_t *block, size_t i) { // d, dmin, scales 12, quants 128
  int scale, minimum;
  scaleAndMinimum(block + 4, i / 32, scale, minimum);
  int byte = block[16 + i / 64 * 32 + i % 32], quant = i / 32 % 2 ? byte >> 4 : byte & 15;
  return half(block) * scale * quant - half(block + 2) * minimum;
}

double q5(const uint8_t *block, size_t i) { // d, dmin, scales 12, high bits 32, quants 128
  int scale, minimum;
  scaleAndMinimum(block + 4, i / 32, scale, minimum);
  int byte = block[48 + i / 64 * 32 + i % 32], low = i / 32 % 2 ? byte >> 4 : byte & 15, high = block[16 + i % 32] >> i / 32 & 1;
  return half(block) * scale * (low | high << 4) - half(block + 2) * minimum;
}

double q6(const uint8_t *block, size_t i) { // low nibbles 128, high pairs 64, scales 16, d
  Place at(i);
  int byte = block[at.half * 64 + at.run % 2 * 32 + at.lane], low = at.run < 2 ? byte & 15 : byte >> 4;
  int high = block[128 + at.half * 32 + at.lane] >> 2 * at.run & 3;
  return half(block + 208) * int8_t(block[192 + at.group]) * ((low | high << 4) - 32);
}
} // namespace

BlockShape blockShape(uint32_t format) {
  switch (format) {
  case F32:
    return {1, 4};
  case F16:
  case BF16:
    return {1, 2};
  case Q4_0:
    return {32, 18};
  case Q4_1:
    return {32, 20};
  case Q5_0:
    return {32, 22};
  case Q5_1:
    return {32, 24};
  case Q8_0:
    return {32, 34};
  case Q2_K:
    return {256, 84};
  case Q3_K:
    return {256, 110};
  case Q4_K:
    return {256, 144};
  case Q5_K:
    return {256, 176};
  case Q6_K:
    return {256, 210};
  }
  fail("format " + std::to_string(format));
}

double element(uint32_t format, const uint8_t *block, size_t i) {
  switch (format) {
  case F32:
    return single(block);
  case F16:
    return half(block);
  case BF16:
    return brainHalf(block);
  case Q4_0: // d, quants 16
    return half(block) * (nibble(block + 2, i) - 8);
  case Q4_1: // d, minimum, quants 16
    return half(block) * nibble(block + 4, i) + half(block + 2);
  case Q5_0: // d, high bits 4, quants 16
    return half(block) * ((nibble(block + 6, i) | bit(block + 2, i) << 4) - 16);
  case Q5_1: // d, minimum, high bits 4, quants 16
    return half(block) * (nibble(block + 8, i) | bit(block + 4, i) << 4) + half(block + 2);
  case Q8_0: // d, quants 32
    return half(block) * int8_t(block[2 + i]);
  case Q2_K:
    return q2(block, i);
  case Q3_K:
    return q3(block, i);
  case Q4_K:
    return q4(block, i);
  case Q5_K:
    return q5(block, i);
  case Q6_K:
    return q6(block, i);
  }
  fail("format " + std::to_string(format));
}

} // namespace ingot::reference
