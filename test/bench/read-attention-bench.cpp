// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How fast attention of read tokens is on this machine, one thread, beside chains of what it multiplies with (vdpbf16ps, else
// float32 FMAs) in the same run: GFLOP/s (two operations a multiply-add, of visible keys only) of one pass of `--tokens` that
// begins at `--position`.
//
//   read-attention-bench [--heads N] [--kv-heads N] [--width N] [--window N] [--tokens N] [--position N] [--block N] [--tile ROWS]
//   [--assembly 1]
#include "codegen/cpu/attention/FlashAttention.h"
#include "test/bench/Machine.h"
#include "test/codegen/cpu/TestFrame.h"
#include "test/codegen/cpu/matmul/CompiledModule.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
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
  CompiledModule module("native");
  AttentionKernel kernel;
  kernel.name = "attention", kernel.unit = module.unit(), kernel.bf16Products = kernel.unit.bf16Dots;
  kernel.heads = options.heads, kernel.kvHeads = options.kvHeads, kernel.width = options.width, kernel.window = options.window;
  kernel.positions = (options.position + options.tokens + 15) / 16 * 16;
  kernel.scale = 1 / std::sqrt(float(options.width));
  kernel.tokensPerItem = options.block != 0 ? options.block : flashBlockTokens(kernel), kernel.tileRows = options.tile;
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
  const double peak = (kernel.bf16Products ? bf16Peak() : floatPeak()) / 1e9,
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
  if (const std::string missing = missingFeatures("native"); !missing.empty()) {
    fprintf(stderr, "read-attention-bench: error: %s\n", missing.c_str());
    return 1;
  }
  run(options);
}
