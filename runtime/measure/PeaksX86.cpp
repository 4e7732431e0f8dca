// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/measure/Peaks.h"
#include "runtime/session/Features.h"

#include <immintrin.h>

namespace ingot::runtime {

namespace {

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

constexpr int64_t kDotRounds = 500'000;    // some milliseconds
constexpr int kDotChains = 12;             // enough to hide the latency
constexpr size_t kOperandBytes = 16 << 10; // from the first-level cache

// Random operands: with constant ones the processor may clock higher than real work lets it.
__attribute__((target("avx512f,avx512vnni"))) void vnniKernel(const ingot_frame *, void *const *operands, int64_t begin,
                                                              int64_t end, void *) {
  const char *data = static_cast<const char *>(operands[0]);
  __m512i sums[kDotChains];
  for (auto &sum : sums) sum = _mm512_setzero_si512();
  for (int64_t round = 0; round < (end - begin) * kDotRounds; round++) {
    const char *operand = data + round * 128 % kOperandBytes;
    __m512i x = _mm512_load_si512(operand), y = _mm512_load_si512(operand + 64);
    asm volatile("" : "+v"(x), "+v"(y)); // loaded once, used by every chain
    for (auto &sum : sums) sum = _mm512_dpbusd_epi32(sum, x, y);
  }
  for (auto &sum : sums) asm volatile("" : : "v"(sum));
}

// Without VNNI: two products and a sum of int16 an instruction pair, the sums in registers. What a matmul of four-bit codes mostly
// does.
__attribute__((target("avx2"))) void pairsKernel(const ingot_frame *, void *const *operands, int64_t begin, int64_t end, void *) {
  const char *data = static_cast<const char *>(operands[0]);
  __m256i sums[kDotChains];
  for (auto &sum : sums) sum = _mm256_setzero_si256();
  for (int64_t round = 0; round < (end - begin) * kDotRounds; round++) {
    const auto *operand = reinterpret_cast<const __m256i *>(data + round * 64 % kOperandBytes);
    __m256i x = _mm256_load_si256(operand), y = _mm256_load_si256(operand + 1);
    for (auto &sum : sums) {
      asm volatile("" : "+x"(x)); // each chain has products of its own
      sum = _mm256_add_epi16(sum, _mm256_maddubs_epi16(x, y));
    }
  }
  for (auto &sum : sums) asm volatile("" : : "x"(sum));
}

// The operands are small numbers: random bits would soon give infinities, which may be faster than real work.
__attribute__((target("avx512f,avx512bf16"))) void bf16Kernel(const ingot_frame *, void *const *operands, int64_t begin,
                                                              int64_t end, void *) {
  const char *data = static_cast<const char *>(operands[0]) + kOperandBytes;
  __m512 sums[kDotChains];
  for (auto &sum : sums) sum = _mm512_setzero_ps();
  for (int64_t round = 0; round < (end - begin) * kDotRounds; round++) {
    const char *operand = data + round * 128 % kOperandBytes;
    __m512i x = _mm512_load_si512(operand), y = _mm512_load_si512(operand + 64);
    asm volatile("" : "+v"(x), "+v"(y));
    for (auto &sum : sums) sum = _mm512_dpbf16_ps(sum, __builtin_bit_cast(__m512bh, x), __builtin_bit_cast(__m512bh, y));
  }
  for (auto &sum : sums) asm volatile("" : : "v"(sum));
}

// AMX: a block of 2 x 2 tiles of sums, four products for four tiles of operands, as a matmul has it.
constexpr int64_t kTileRounds = 100'000;
constexpr size_t kTileBytes = 1024;

struct alignas(64) TileConfiguration {
  uint8_t palette = 1, start = 0, reserved[14] = {};
  uint16_t rowBytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};

#define INGOT_TILE_KERNEL(name, features, multiply)                                                                                \
  __attribute__((target(features))) void name(const ingot_frame *, void *const *operands, int64_t begin, int64_t end, void *) {    \
    const TileConfiguration configuration;                                                                                         \
    _tile_loadconfig(&configuration);                                                                                              \
    _tile_zero(0), _tile_zero(1), _tile_zero(2), _tile_zero(3);                                                                    \
    const char *data = static_cast<const char *>(operands[0]) + kOperandBytes;                                                     \
    for (int64_t round = 0; round < (end - begin) * kTileRounds; round++) {                                                        \
      const char *tiles = data + round % 4 * 4 * kTileBytes;                                                                       \
      _tile_loadd(4, tiles, 64), _tile_loadd(6, tiles + kTileBytes, 64);                                                           \
      multiply(0, 4, 6);                                                                                                           \
      _tile_loadd(7, tiles + 2 * kTileBytes, 64);                                                                                  \
      multiply(1, 4, 7);                                                                                                           \
      _tile_loadd(5, tiles + 3 * kTileBytes, 64);                                                                                  \
      multiply(2, 5, 6), multiply(3, 5, 7);                                                                                        \
    }                                                                                                                              \
    _tile_release();                                                                                                               \
  }
INGOT_TILE_KERNEL(amxInt8Kernel, "amx-tile,amx-int8", _tile_dpbusd)
INGOT_TILE_KERNEL(amxBf16Kernel, "amx-tile,amx-bf16", _tile_dpbf16ps)

} // namespace

ingot_kernel readingKernel() { return processorFeatures() & INGOT_FEATURE_AVX512F ? readKernelAvx512 : readKernel; }

void measurePeaks(Team &team, char *data, Limits &out) {
  const uint32_t features = processorFeatures();
  uint32_t random = 1;
  for (size_t i = 0; i < kOperandBytes; i++) {
    random = random * 1664525 + 1013904223;
    data[i] = static_cast<char>(random >> 24);
    // As bf16: of either sign, 1/8 … 4 in magnitude.
    data[kOperandBytes + i] = static_cast<char>(i % 2 ? (random >> 24 & 0x81) + 0x3e : random >> 24);
  }
  const uint32_t items = team.threads() * 4;
  const double operations = static_cast<double>(items) * kDotRounds * kDotChains * 64 * 2;
  if (features & INGOT_FEATURE_AVX512VNNI)
    out.int8OperationsPerSecond = operations / meanSeconds(team, vnniKernel, data, items, 1);
  else if (features & INGOT_FEATURE_AVX2)
    out.int8OperationsPerSecond = operations / 2 / meanSeconds(team, pairsKernel, data, items, 1);
  if (features & INGOT_FEATURE_AVX512BF16)
    out.bf16OperationsPerSecond = operations / 2 / meanSeconds(team, bf16Kernel, data, items, 1);
  constexpr uint32_t tiles = INGOT_FEATURE_AMX_TILE | INGOT_FEATURE_AMX_INT8 | INGOT_FEATURE_AMX_BF16;
  if ((features & tiles) != tiles) return;
  const double tileOperations = static_cast<double>(items) * kTileRounds * 4 * 16 * 16 * 64 * 2;
  out.amxInt8OperationsPerSecond = tileOperations / meanSeconds(team, amxInt8Kernel, data, items, 1);
  out.amxBf16OperationsPerSecond = tileOperations / 2 / meanSeconds(team, amxBf16Kernel, data, items, 1);
}

} // namespace ingot::runtime
