// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How fast one token attends to a long cache, on one thread and on two: bytes of keys and values against a plain read of the same
// memory, layers in turn as a model walks them.
//
//   attention-bench [--heads N] [--kv-heads N] [--width N] [--past N] [--layers N] [--window N] [--range N,…] [--ahead BYTES,…]
//   [--cache KIND]
//                   [--pages small|large] [--rounds N] [--grain N]
#include "codegen/cpu/attention/DecodeAttention.h"
#include "test/bench/Machine.h"
#include "test/codegen/cpu/TestFrame.h"
#include "test/codegen/cpu/matmul/CompiledModule.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <random>
#include <string>
#include <sys/mman.h>
#include <thread>
#include <vector>

using namespace ingot;
using namespace ingot::cpu;
using namespace ingot::test;

namespace {

struct Options {
  int64_t heads = 32, kvHeads = 8, width = 64, past = 16384, layers = 4, window = 0;
  int rounds = 7;
  int64_t grain = 2; // ranges that a thread claims at once
};

uint8_t *bigMemory(size_t bytes, bool large) {
  auto *mapping = static_cast<uint8_t *>(mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  if (mapping == MAP_FAILED) return nullptr;
  mapping = reinterpret_cast<uint8_t *>((reinterpret_cast<uintptr_t>(mapping) + (2 << 20) - 1) & ~uintptr_t((2 << 20) - 1));
  madvise(mapping, bytes - (2 << 20), large ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
  return mapping;
}

/// Runs `work(thread)` on some threads at once; seconds until all are done.
double together(int threads, const std::function<void(int)> &work) {
  std::atomic<int> ready = 0;
  std::vector<std::thread> others;
  const auto begin = [&](int thread) {
    ready++;
    while (ready < threads) {
    }
    work(thread);
  };
  for (int thread = 1; thread < threads; thread++) others.emplace_back(begin, thread);
  while (ready < threads - 1) {
  }
  const double start = seconds();
  begin(0);
  for (std::thread &other : others) other.join();
  return seconds() - start;
}

void benchmark(CacheElement element, const Options &options, uint8_t *memory, const std::vector<DecodeSchedule> &schedules) {
  static constexpr const char *names[] = {"f16", "bf16", "q8_0", "f32"};
  AttentionKernel kernel;
  kernel.heads = options.heads, kernel.kvHeads = options.kvHeads, kernel.width = options.width;
  kernel.positions = (options.past + 15) / 16 * 16, kernel.window = options.window;
  kernel.scale = 0.125f, kernel.cache = element;
  const CacheLayout layout = {element, true, kernel.kvHeads, kernel.width, kernel.positions};
  const int64_t bytes = layout.bytes(), all = 2 * bytes * options.layers;
  std::mt19937_64 random(1);
  for (int64_t i = 0; i < all; i += 8) {
    // Bit patterns that are small numbers in all formats.
    const uint64_t bits = element == CacheElement::q8 ? random() & 0x3f3f3f3f3f3f3f3f : random() & 0x83ff83ff83ff83ff;
    const uint64_t exponents = element == CacheElement::f16    ? 0x3400340034003400
                               : element == CacheElement::bf16 ? 0x3e803e803e803e80
                                                               : 0;
    const uint64_t value = bits | exponents;
    memcpy(memory + i, &value, 8);
  }
  std::vector<float> queries(options.heads * options.width, 0.25f), result(queries.size());
  struct Candidate {
    DecodeSchedule schedule;
    std::unique_ptr<CompiledModule> compiled;
    ingot_kernel function;
    double times[3] = {1e9, 1e9, 1e9};
  };
  std::vector<Candidate> candidates;
  for (const DecodeSchedule &schedule : schedules) {
    Candidate candidate = {schedule, std::make_unique<CompiledModule>("native"), nullptr};
    kernel.name = "decode", kernel.decode = schedule, kernel.unit = candidate.compiled->unit();
    emitDecodeAttention(kernel, candidate.compiled->module());
    candidate.compiled->compile();
    candidate.function = candidate.compiled->kernel("decode");
    candidates.push_back(std::move(candidate));
  }
  double read[3] = {1e9, 1e9, 1e9};
  for (int round = 0; round < options.rounds; round++)
    for (int threads : {1, 2}) {
      const double took = together(threads, [&](int thread) { readAll(memory + thread * (all / threads), all / threads); });
      read[threads] = std::min(read[threads], took);
      for (Candidate &candidate : candidates) {
        kernel.decode = candidate.schedule;
        const DecodeShape shape = DecodeShape::of(kernel);
        const TestFrame frame(1, options.past - 1, 1, 1);
        const int64_t ranges = !shape.splits() ? 1 : options.window ? shape.ranges : (options.past - 1) / shape.rangeKeys + 1;
        const int64_t items = shape.itemsPerRange * ranges;
        std::vector<char> partials(shape.ranges * options.heads * DecodeShape::partialBytes(kernel) + 64);
        std::vector<int32_t> arrivals(shape.itemsPerRange);
        std::vector<std::atomic<int64_t>> next(options.layers), done(options.layers);
        const double time = together(threads, [&](int) {
          alignas(64) static thread_local char scratch[1 << 20];
          for (int64_t layer = 0; layer < options.layers; layer++) {
            uint8_t *keys = memory + layer * 2 * bytes;
            void *operands[] = {queries.data(),
                                keys,
                                keys + bytes,
                                result.data(),
                                reinterpret_cast<char *>((reinterpret_cast<uintptr_t>(partials.data()) + 63) & ~63ull),
                                arrivals.data()};
            for (int64_t item; (item = next[layer].fetch_add(options.grain)) < items;) {
              const int64_t end = std::min(items, item + options.grain);
              candidate.function(&frame, operands, item, end, scratch);
              done[layer] += end - item;
            }
            while (done[layer] < items) {
            }
          }
        });
        candidate.times[threads] = std::min(candidate.times[threads], time);
      }
    }
  const int64_t seen = options.window ? std::min(options.window, options.past) : options.past;
  const double used = double(all) * seen / kernel.positions / 1e9;
  for (const Candidate &candidate : candidates)
    printf("%-5s range %4ld ahead %5ld   one thread %5.1f GB/s (%3.0f %% of %.1f), two %5.1f (%3.0f %% of %.1f)   %.2f ns a key "
           "and head\n",
           names[int(element)], long(candidate.schedule.rangeKeys), long(candidate.schedule.prefetchBytes),
           used / candidate.times[1], 100 * used / candidate.times[1] / (all / 1e9 / read[1]), all / 1e9 / read[1],
           used / candidate.times[2], 100 * used / candidate.times[2] / (all / 1e9 / read[2]), all / 1e9 / read[2],
           candidate.times[1] * 1e9 / options.layers / options.kvHeads / seen);
  fflush(stdout);
}

} // namespace

int main(int count, char **arguments) {
  Options options;
  std::string only;
  std::vector<int64_t> ranges = {0}, aheads = {4096};
  bool large = true;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string name = arguments[i];
    const char *value = arguments[i + 1];
    const auto list = [&](std::vector<int64_t> &values) {
      values.clear();
      for (char *at = const_cast<char *>(value); *at; at += *at == ',') values.push_back(strtoll(at, &at, 10));
    };
    if (name == "--heads")
      options.heads = atoll(value);
    else if (name == "--kv-heads")
      options.kvHeads = atoll(value);
    else if (name == "--width")
      options.width = atoll(value);
    else if (name == "--past")
      options.past = atoll(value);
    else if (name == "--layers")
      options.layers = atoll(value);
    else if (name == "--window")
      options.window = atoll(value);
    else if (name == "--range")
      list(ranges);
    else if (name == "--ahead")
      list(aheads);
    else if (name == "--grain")
      options.grain = atoi(value);
    else if (name == "--pages")
      large = !strcmp(value, "large");
    else if (name == "--rounds")
      options.rounds = atoi(value);
    else if (name == "--cache")
      only = value;
    else
      return fprintf(stderr, "attention-bench: error: unknown option '%s'\n", name.c_str()), 1;
  }
  if (const std::string missing = missingFeatures("native"); !missing.empty()) return printf("skipped: %s\n", missing.c_str()), 0;
  std::vector<DecodeSchedule> schedules;
  for (int64_t range : ranges)
    for (int64_t ahead : aheads) schedules.push_back({range, ahead, ahead > 0});
  const CacheLayout largest = {CacheElement::f32, true, options.kvHeads, options.width, (options.past + 15) / 16 * 16};
  uint8_t *memory = bigMemory(2 * largest.bytes() * options.layers + (4 << 20), large);
  for (auto [name, element] : {std::pair("f16", CacheElement::f16), std::pair("bf16", CacheElement::bf16),
                               std::pair("q8_0", CacheElement::q8), std::pair("f32", CacheElement::f32)})
    if (only.empty() || only == name) benchmark(element, options, memory, schedules);
}
