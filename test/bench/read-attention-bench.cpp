// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How fast attention of read tokens is on this machine, one thread, beside chains of vdpbf16ps in the same run: GFLOP/s (two
// operations a multiply-add, of visible keys only) of one pass of `--tokens` that begins at `--position`.
//
//   read-attention-bench [--heads N] [--kv-heads N] [--width N] [--window N] [--tokens N] [--position N] [--block N] [--tile ROWS]
//   [--assembly 1]
#include "codegen/cpu/attention/FlashAttention.h"
#include "test/codegen/cpu/TestFrame.h"
#include "test/codegen/cpu/matmul/CompiledModule.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <immintrin.h>
#include <memory>
#include <random>
#include <string>

using namespace ingot;
using namespace ingot::cpu;
using namespace ingot::test;

namespace {

struct Options {
  int64_t heads = 32, kvHeads = 8, width = 64, window = 0, tokens = 512, position = 0, block = 0, tile = 0, assembly = 0;
};

double seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

/// The shortest of several runs: others may be on the machine.
double shortest(int runs, const std::function<void()> &work) {
  double best = 1e9;
  for (int run = 0; run < runs; run++) {
    const double start = seconds();
    work();
    best = std::min(best, seconds() - start);
  }
  return best;
}

volatile int sink;

/// One round: twelve independent chains, more than the latency of vdpbf16ps.
#define TWELVE(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11)

__attribute__((target("avx512f,avx512bf16"))) void dotChains(const void *operands, int64_t rounds) {
  const __m512i x = _mm512_loadu_si512(operands), y = _mm512_loadu_si512(static_cast<const char *>(operands) + 64);
#define START(i) __m512i chain##i = _mm512_setzero_si512();
#define STEP(i) asm volatile("vdpbf16ps %2, %1, %0" : "+v"(chain##i) : "v"(x), "v"(y));
#define TAKE(i) all = _mm512_xor_si512(all, chain##i);
  TWELVE(START)
  for (int64_t round = 0; round < rounds; round++) {
    TWELVE(STEP)
  }
  __m512i all = x;
  TWELVE(TAKE)
  sink = _mm_cvtsi128_si32(_mm512_castsi512_si128(all));
}

/// GFLOP/s of vdpbf16ps on random operands.
double dotPeak() {
  uint16_t operands[64];
  for (uint16_t &operand : operands) operand = 0x3f00 + rand() % 256 + (rand() % 2 << 15);
  constexpr int64_t rounds = 200000;
  return 12 * 64 * rounds / shortest(20, [&] { dotChains(operands, rounds); }) / 1e9;
}

std::unique_ptr<char[], void (*)(void *)> memory(int64_t bytes) {
  return {static_cast<char *>(std::aligned_alloc(64, size_t(bytes + 63) / 64 * 64)), [](void *data) { std::free(data); }};
}

/// Multiply-adds times 2 of all visible pairs of query and key.
double operations(const Options &options) {
  double keys = 0;
  for (int64_t t = 0; t < options.tokens; t++) {
    const int64_t seen = options.position + t + 1;
    keys += double(options.window > 0 ? std::min(seen, options.window) : seen);
  }
  return keys * double(options.heads * options.width) * 4;
}

void run(const Options &options) {
  AttentionKernel kernel;
  kernel.name = "attention", kernel.bf16Products = true;
  kernel.heads = options.heads, kernel.kvHeads = options.kvHeads, kernel.width = options.width, kernel.window = options.window;
  kernel.positions = (options.position + options.tokens + 15) / 16 * 16;
  kernel.scale = 1 / std::sqrt(float(options.width));
  kernel.tokensPerItem = options.block != 0 ? options.block : flashBlockTokens(kernel), kernel.tileRows = options.tile;
  CompiledModule module;
  emitFlashAttention(kernel, module.module());
  if (options.assembly) {
    puts(module.assembly().c_str());
    return;
  }
  module.compile();

  const int64_t cacheValues = kernel.positions * kernel.kvHeads * kernel.width;
  const int64_t rowValues = options.tokens * kernel.heads * kernel.width;
  auto keys = memory(cacheValues * 2), values = memory(cacheValues * 2), queries = memory(rowValues * 4),
       result = memory(rowValues * 4), scratch = memory(flashScratchBytes(kernel));
  std::mt19937 generator(1);
  auto number = [&] { return float(generator()) * 0x1p-31f - 1.0f; };
  for (int64_t i = 0; i < cacheValues; i++) {
    reinterpret_cast<_Float16 *>(keys.get())[i] = _Float16(number());
    reinterpret_cast<_Float16 *>(values.get())[i] = _Float16(number());
  }
  for (int64_t i = 0; i < rowValues; i++) reinterpret_cast<float *>(queries.get())[i] = 4 * number();

  const TestFrame frame(options.tokens, options.position, 0, kernel.tokensPerItem);
  void *operands[] = {queries.get(), keys.get(), values.get(), result.get()};
  const ingot_kernel code = module.kernel("attention");
  const double peak = dotPeak(),
               time = shortest(15, [&] { code(&frame, operands, 0, frame.blockCount() * kernel.kvHeads, scratch.get()); });
  const double rate = operations(options) / time / 1e9;
  printf(
      "%lldx%lld kv %lld window %lld, %lld tokens at %lld, blocks of %lld, tiles of %lld: %.2f ms, %.1f GFLOP/s, %.0f %% of %.0f\n",
      (long long)options.heads, (long long)options.width, (long long)options.kvHeads, (long long)options.window,
      (long long)options.tokens, (long long)options.position, (long long)kernel.tokensPerItem, (long long)options.tile, time * 1e3,
      rate, 100 * rate / peak, peak);
}

} // namespace

int main(int argc, char **argv) {
  Options options;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    int64_t *const place = name == "--heads"      ? &options.heads
                           : name == "--kv-heads" ? &options.kvHeads
                           : name == "--width"    ? &options.width
                           : name == "--window"   ? &options.window
                           : name == "--tokens"   ? &options.tokens
                           : name == "--position" ? &options.position
                           : name == "--block"    ? &options.block
                           : name == "--tile"     ? &options.tile
                           : name == "--assembly" ? &options.assembly
                                                  : nullptr;
    if (!place) {
      fprintf(stderr, "read-attention-bench: error: unknown option '%s'\n", argv[i]);
      return 2;
    }
    *place = std::atoll(argv[i + 1]);
  }
  if (const std::string missing = missingFeatures(); !missing.empty()) {
    fprintf(stderr, "read-attention-bench: error: %s\n", missing.c_str());
    return 1;
  }
  run(options);
}
