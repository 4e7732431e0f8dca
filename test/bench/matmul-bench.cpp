// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How fast the matmul kernels are on this machine, one thread, beside the limits measured in the same run:
//   one token   GB/s of weights far larger than the caches, against a plain read
//   512 tokens  GOP/s (two operations a multiply-add), against chains of vpdpbusd
//
//   matmul-bench [--columns N] [--format NAME] [--kind q8|q15|f32|bf16] [--tile T] [--ahead BYTES] [--tokens N]
//               [--megabytes N]
#include "codegen/cpu/matmul/MatmulKernel.h"
#include "test/codegen/cpu/TestFrame.h"
#include "test/codegen/cpu/matmul/CompiledModule.h"
#include "test/codegen/cpu/matmul/Matrices.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <immintrin.h>
#include <string>
#include <sys/mman.h>

using namespace ingot;
using namespace ingot::cpu;
using namespace ingot::test;
using packed::BlockFormat;

namespace {

struct Options {
  int64_t columns = 2048, tokens = 512;
  int64_t megabytes = 256; ///< of weights that a single token streams; fewer than the caches hold shows what computing costs
  std::string format, kind;
  MatmulSchedule schedule;
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

volatile int64_t sink;

__attribute__((target("avx512f"))) void readAll(const uint8_t *data, size_t bytes) {
  __m512i a = _mm512_setzero_si512(), b = a;
  for (size_t at = 0; at < bytes; at += 128) {
    a = _mm512_xor_si512(a, _mm512_load_si512(data + at));
    b = _mm512_xor_si512(b, _mm512_load_si512(data + at + 64));
  }
  sink = _mm512_reduce_add_epi64(_mm512_xor_si512(a, b));
}

/// One round: twelve independent chains, more than the latency of vpdpbusd.
#define TWELVE(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11)

__attribute__((target("avx512f,avx512vnni"))) void integerChains(const uint8_t *operands, int64_t rounds) {
  const __m512i x = _mm512_loadu_si512(operands), y = _mm512_loadu_si512(operands + 64);
#define START(i) __m512i chain##i = x;
#define STEP(i) asm volatile("vpdpbusd %2, %1, %0" : "+v"(chain##i) : "v"(x), "v"(y));
#define TAKE(i) all = _mm512_xor_si512(all, chain##i);
  TWELVE(START)
  for (int64_t round = 0; round < rounds; round++) {
    TWELVE(STEP)
  }
  __m512i all = x;
  TWELVE(TAKE)
  sink = _mm512_reduce_add_epi64(all);
}

/// GOP/s of vpdpbusd on random operands.
double integerPeak() {
  uint8_t operands[128];
  for (uint8_t &byte : operands) byte = rand();
  constexpr int64_t rounds = 2000000;
  return rounds * 12 * 128 / shortest(5, [&] { integerChains(operands, rounds); }) / 1e9;
}

uint8_t *bigMemory(size_t bytes) {
  const size_t huge = 2 << 20;
  auto *mapping = static_cast<uint8_t *>(mmap(nullptr, bytes + huge, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  auto *aligned = reinterpret_cast<uint8_t *>((reinterpret_cast<uintptr_t>(mapping) + huge - 1) & ~(huge - 1));
  madvise(aligned, bytes, MADV_HUGEPAGE);
  return aligned;
}

void benchmark(BlockFormat format, ActivationKind kind, const Options &options, uint8_t *memory, double peak) {
  static constexpr const char *kinds[] = {"f32", "bf16", "q8", "q15"};
  std::mt19937 random(1);
  const bool integer = kind == ActivationKind::q8 || kind == ActivationKind::q15;
  const ActivationLayout layout = ActivationLayout::of(kind, options.columns, integer ? sumsNeeded(format) : 0);
  const int64_t panelBytes = PanelLayout::of(format, options.columns).panelBytes, panels = (options.megabytes << 20) / panelBytes;
  const int64_t manyPanels = std::min<int64_t>(96, panels);
  CompiledModule compiled;
  emitMatmul({"one", layout, {{format, panels * 16, false}}, false, true, options.schedule}, compiled.module());
  emitMatmul({"many", layout, {{format, manyPanels * 16, false}}, false, false, options.schedule}, compiled.module());
  compiled.compile();
  const ingot_kernel one = compiled.kernel("one"), many = compiled.kernel("many");

  Weights some(format, 64, options.columns, random);
  for (int64_t panel = 0; panel < panels; panel++)
    memcpy(memory + panel * panelBytes, some.panels.data() + panel % 4 * panelBytes, panelBytes);
  Activations x(layout, options.tokens, random);
  std::vector<float> result(std::max(panels * 16, manyPanels * 16 * options.tokens));
  void *operands[] = {x.records.data(), memory, result.data()};
  const TestFrame single(1), tokens(options.tokens);

  double read = 1e9, oneTime = 1e9;
  for (int run = 0; run < 7; run++) {
    read = std::min(read, shortest(1, [&] { readAll(memory, panels * panelBytes); }));
    oneTime = std::min(oneTime, shortest(1, [&] { one(&single, operands, 0, panels, nullptr); }));
  }
  const double manyTime = shortest(5, [&] { many(&tokens, operands, 0, manyPanels, nullptr); });
  const double bytes = panels * panelBytes / 1e9, operations = 2.0 * manyPanels * 16 * options.columns * options.tokens / 1e9;
  printf("%-5s %-4s  one token %6.1f GB/s (%3.0f %% of %.1f)   %ld tokens %6.0f GOP/s (%3.0f %%)\n",
         std::string(packed::info(format).name).c_str(), kinds[static_cast<int>(kind)], bytes / oneTime, 100 * read / oneTime,
         bytes / read, static_cast<long>(options.tokens), operations / manyTime, 100 * operations / manyTime / peak);
  fflush(stdout);
}

} // namespace

int main(int count, char **arguments) {
  Options options;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string name = arguments[i], value = arguments[i + 1];
    if (name == "--columns")
      options.columns = atoll(value.c_str());
    else if (name == "--tokens")
      options.tokens = atoll(value.c_str());
    else if (name == "--format")
      options.format = value;
    else if (name == "--megabytes")
      options.megabytes = atoll(value.c_str());
    else if (name == "--kind")
      options.kind = value;
    else if (name == "--tile")
      options.schedule.tileTokens = atoi(value.c_str());
    else if (name == "--ahead")
      options.schedule.prefetchBytes = atoi(value.c_str());
    else
      return fprintf(stderr, "matmul-bench: error: unknown option '%s'\n", name.c_str()), 1;
  }
  if (const std::string missing = missingFeatures(); !missing.empty()) return printf("skipped: %s\n", missing.c_str()), 0;
  uint8_t *memory = bigMemory(options.megabytes << 20);
  const double peak = integerPeak();
  printf("columns %ld, vpdpbusd peak %.0f GOP/s\n", static_cast<long>(options.columns), peak);
  for (int number = 0; number < packed::blockFormatCount; number++) {
    const auto format = static_cast<BlockFormat>(number);
    const packed::BlockFormatInfo &info = packed::info(format);
    if (!options.format.empty() && options.format != info.name) continue;
    if (options.columns % info.blockElements != 0) continue;
    auto wanted = [&](const char *kind) { return options.kind.empty() || options.kind == kind; };
    if (info.isQuantised() && wanted("q8")) benchmark(format, ActivationKind::q8, options, memory, peak);
    if (info.isQuantised() && wanted("q15")) benchmark(format, ActivationKind::q15, options, memory, peak);
    if (wanted("f32")) benchmark(format, ActivationKind::f32, options, memory, peak);
    if (!info.isQuantised() && wanted("bf16")) benchmark(format, ActivationKind::bf16, options, memory, peak);
  }
}
