// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/bench/Machine.h"
#include "runtime/measure/Peaks.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
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

void readAll(const uint8_t *data, size_t bytes) {
  ingot_frame frame{};
  constexpr size_t piece = runtime::kPieceBytes;
  void *operands[] = {const_cast<uint8_t *>(data)};
  runtime::readingKernel()(&frame, operands, 0, bytes / piece, nullptr);
}

namespace {

/// Twelve independent chains, more than the latency of a product.
#define TWELVE(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11)
#define START(i) __m256 chain##i = _mm256_setzero_ps();
#define FLOAT(i) asm volatile("vfmadd231ps %2, %1, %0" : "+x"(chain##i) : "x"(x), "x"(y));
constexpr int64_t rounds = 500000;
/// In the vectors that all x86-64 processors with FMA have; with AVX-512, Zen 4 does as many operations and others twice as many.
__attribute__((target("avx2,fma"))) void floatChains() {
  TWELVE(START)
  const __m256 x = _mm256_set1_ps(0.3f), y = _mm256_set1_ps(-0.7f);
  for (int64_t round = 0; round < rounds; round++) {
    TWELVE(FLOAT)
  }
}

/// The highest of several, as kernels are held against it by their shortest run.
double peakOfOneThread(double runtime::Limits::*peak) {
  runtime::Error error;
  runtime::Team team;
  if (!team.start(1, 0, error)) {
    fprintf(stderr, "the machine's peaks cannot be measured: %s\n", error.text);
    exit(1);
  }
  alignas(64) static char data[runtime::kPieceBytes];
  double highest = 0;
  for (int run = 0; run < 3; run++) {
    runtime::Limits limits;
    runtime::measurePeaks(team, data, limits);
    highest = std::max(highest, limits.*peak);
  }
  return highest;
}

} // namespace

double integerPeak() { return peakOfOneThread(&runtime::Limits::int8OperationsPerSecond); }
double bf16Peak() { return peakOfOneThread(&runtime::Limits::bf16OperationsPerSecond); }
double tilePeak() { return peakOfOneThread(&runtime::Limits::amxBf16OperationsPerSecond); }
double floatPeak() { return rounds * 12 * 8 * 2 / shortest(5, floatChains); }

} // namespace ingot::test
