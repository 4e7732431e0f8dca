// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/bench/Machine.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <immintrin.h>

namespace ingot::test {

double seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

double shortest(int runs, const std::function<void()> &work) {
  double best = 1e9;
  for (int run = 0; run < runs; run++) {
    const double start = seconds();
    work();
    best = std::min(best, seconds() - start);
  }
  return best;
}

__attribute__((target("avx512f"))) void readAll(const uint8_t *data, size_t bytes) {
  __m512i a = _mm512_setzero_si512(), b = a;
  for (size_t at = 0; at + 128 <= bytes; at += 128) {
    a = _mm512_xor_si512(a, _mm512_load_si512(data + at));
    b = _mm512_xor_si512(b, _mm512_load_si512(data + at + 64));
  }
  const __m512i all = _mm512_xor_si512(a, b);
  asm volatile("" : : "v"(all));
}

namespace {

constexpr int64_t rounds = 500000, operandBytes = 16 << 10;

/// Twelve independent chains, more than the latency of a dot product.
#define TWELVE(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11)
#define START(i) __m512i chain##i = _mm512_setzero_si512();
#define CHAINS(name, features, instruction)                                                                                        \
  __attribute__((target(features))) void name(const uint8_t *operands) {                                                           \
    TWELVE(START)                                                                                                                  \
    for (int64_t round = 0; round < rounds; round++) {                                                                             \
      const uint8_t *at = operands + round * 128 % operandBytes;                                                                   \
      const __m512i x = _mm512_load_si512(at), y = _mm512_load_si512(at + 64);                                                     \
      TWELVE(instruction)                                                                                                          \
    }                                                                                                                              \
  }
#define INTEGER(i) asm volatile("vpdpbusd %2, %1, %0" : "+v"(chain##i) : "v"(x), "v"(y));
#define BF16(i) asm volatile("vdpbf16ps %2, %1, %0" : "+v"(chain##i) : "v"(x), "v"(y));
#define FLOAT(i) asm volatile("vfmadd231ps %2, %1, %0" : "+v"(chain##i) : "v"(x), "v"(y));
CHAINS(integerChains, "avx512f,avx512vnni", INTEGER)
CHAINS(bf16Chains, "avx512f,avx512bf16", BF16)
CHAINS(floatChains, "avx512f", FLOAT)

/// `perLane`: multiply-adds of an instruction in 32 bits.
double peakOf(void (*chains)(const uint8_t *), int perLane, bool integer) {
  alignas(64) static uint8_t operands[operandBytes];
  for (int64_t i = 0; i < operandBytes; i++) // as floats: of either sign, never large, never infinite
    operands[i] = integer || i % 2 == 0 ? rand() : (rand() & 0x81) + 0x3e;
  return rounds * 12 * 16 * perLane * 2 / shortest(5, [&] { chains(operands); });
}

} // namespace

double integerPeak() { return peakOf(integerChains, 4, true); }
double bf16Peak() { return peakOf(bf16Chains, 2, false); }
double floatPeak() { return peakOf(floatChains, 1, false); }

} // namespace ingot::test
