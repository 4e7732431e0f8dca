// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/measure/Limits.h"
#include "runtime/session/Features.h"
#include "runtime/threads/Futex.h"

#include <immintrin.h>
#include <sys/sysinfo.h>

namespace ingot::runtime {

namespace {

constexpr uint64_t kPieceBytes = 1 << 20;
constexpr int kTries = 5;

void touchKernel(const ingot_frame *, void *const *operands, int64_t begin, int64_t end, void *) {
  memset(static_cast<char *>(operands[0]) + begin * kPieceBytes, 1, static_cast<size_t>(end - begin) * kPieceBytes);
}

// The results go nowhere; the empty assembly makes the compiler believe that they do.
template <class Value> void use(Value value) { asm volatile("" : : "x"(value)); }

void readKernel(const ingot_frame *, void *const *operands, int64_t begin, int64_t end, void *) {
  const char *p = static_cast<const char *>(operands[0]) + begin * kPieceBytes, *last = p + (end - begin) * kPieceBytes;
  __m128i a = _mm_setzero_si128(), b = a, c = a, d = a;
  for (; p < last; p += 64) {
    const auto *lanes = reinterpret_cast<const __m128i *>(p);
    a = _mm_xor_si128(a, lanes[0]), b = _mm_xor_si128(b, lanes[1]), c = _mm_xor_si128(c, lanes[2]), d = _mm_xor_si128(d, lanes[3]);
  }
  use(_mm_xor_si128(_mm_xor_si128(a, b), _mm_xor_si128(c, d)));
}

__attribute__((target("avx512f"))) void readKernelAvx512(const ingot_frame *, void *const *operands, int64_t begin, int64_t end,
                                                         void *) {
  const char *p = static_cast<const char *>(operands[0]) + begin * kPieceBytes, *last = p + (end - begin) * kPieceBytes;
  __m512i a = _mm512_setzero_si512(), b = a, c = a, d = a;
  for (; p < last; p += 256) {
    a = _mm512_xor_si512(a, _mm512_load_si512(p)), b = _mm512_xor_si512(b, _mm512_load_si512(p + 64));
    c = _mm512_xor_si512(c, _mm512_load_si512(p + 128)), d = _mm512_xor_si512(d, _mm512_load_si512(p + 192));
  }
  const __m512i all = _mm512_xor_si512(_mm512_xor_si512(a, b), _mm512_xor_si512(c, d));
  asm volatile("" : : "v"(all));
}

constexpr int64_t kVnniRounds = 500'000; // some milliseconds
constexpr int kVnniChains = 12;          // enough to hide the latency
constexpr size_t kVnniBytes = 16 << 10;  // operands, from the first-level cache

// Random operands: with constant ones the processor may clock higher than real work lets it.
__attribute__((target("avx512f,avx512vnni"))) void vnniKernel(const ingot_frame *, void *const *operands, int64_t begin,
                                                              int64_t end, void *) {
  const char *data = static_cast<const char *>(operands[0]);
  __m512i sums[kVnniChains];
  for (auto &sum : sums) sum = _mm512_setzero_si512();
  for (int64_t round = 0; round < (end - begin) * kVnniRounds; round++) {
    __m512i x = _mm512_load_si512(data + round * 128 % kVnniBytes), y = _mm512_load_si512(data + (round * 128 + 64) % kVnniBytes);
    asm volatile("" : "+v"(x), "+v"(y)); // loaded once, used by every chain
    for (auto &sum : sums) sum = _mm512_dpbusd_epi32(sum, x, y);
  }
  for (auto &sum : sums) asm volatile("" : : "v"(sum));
}

double bestSeconds(Team &team, ingot_kernel kernel, void *operand, uint32_t items, uint32_t grain) {
  const ingot_step step = {.name = "",
                           .kernel = kernel,
                           .operands = nullptr,
                           .operand_count = 1,
                           .domain = INGOT_DOMAIN_FIXED,
                           .factor = items,
                           .divisor = 1,
                           .grain = grain,
                           .reserved = 0,
                           .weight_bytes = 0,
                           .multiply_adds = 0};
  ingot_frame frame{};
  frame.count = 1;
  void *const operands[] = {operand};
  void *const *const table[] = {operands};
  uint64_t best = UINT64_MAX;
  for (int i = 0; i < kTries; i++) {
    const uint64_t start = nanosecondsNow();
    team.run({&step, 1, table, &frame});
    const uint64_t took = nanosecondsNow() - start;
    best = took < best ? took : best;
  }
  return static_cast<double>(best) * 1e-9;
}

} // namespace

bool measureLimits(Team &team, Limits &out, Error &error) {
  const uint32_t features = processorFeatures();
  uint64_t bytes = 512 << 20;
  struct sysinfo memory;
  if (sysinfo(&memory) == 0)
    while (bytes > (64 << 20) && bytes > memory.totalram * uint64_t{memory.mem_unit} / 8) bytes /= 2;
  Region buffer;
  if (!buffer.reserve(bytes, Pages::large, "measuring the read bandwidth", error)) return false;
  const uint32_t pieces = static_cast<uint32_t>(bytes / kPieceBytes);
  bestSeconds(team, touchKernel, buffer.data(), pieces, 4);
  const bool wide = features & INGOT_FEATURE_AVX512F;
  out.readBytesPerSecond =
      static_cast<double>(bytes) / bestSeconds(team, wide ? readKernelAvx512 : readKernel, buffer.data(), pieces, 4);

  out.vnniOperationsPerSecond = 0;
  if (!(features & INGOT_FEATURE_AVX512VNNI)) return true;
  uint32_t random = 1;
  for (size_t i = 0; i < kVnniBytes; i++) {
    random = random * 1664525 + 1013904223;
    buffer.data()[i] = static_cast<char>(random >> 24);
  }
  const uint32_t items = team.threads() * 4;
  const double operations = static_cast<double>(items) * kVnniRounds * kVnniChains * 64 * 2;
  out.vnniOperationsPerSecond = operations / bestSeconds(team, vnniKernel, buffer.data(), items, 1);
  return true;
}

} // namespace ingot::runtime
