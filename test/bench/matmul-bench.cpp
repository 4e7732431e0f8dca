// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How fast the matmul kernels are on this machine, one thread, beside the limits measured right before each; medians:
//   one/FORMAT/KIND    one token; weights far larger than the caches, against a plain read of them
//   many/FORMAT/KIND   --tokens of them; operations (two a multiply-add) against chains of dot products
//
//   matmul-bench [--columns N] [--format NAME] [--kind q8|q15|f32|bf16] [--tile T] [--ahead BYTES] [--tokens N]
//                [--megabytes N] [--panels N]
//                [--benchmark_filter=REGEX] [--benchmark_repetitions=N --benchmark_enable_random_interleaving=true] …
// Where the target has AMX tiles, quantised formats have --kind bf16, too; --tile is a block of tokens then.
// With --tile or --ahead the same kernels have another schedule (one token with vpdpbusd and 0 asks for its codes); two runs with
// --benchmark_out can be compared by Google Benchmark's compare.py.
#include "codegen/cpu/matmul/MatmulKernel.h"
#include "runtime/memory/Region.h"
#include "test/bench/Machine.h"
#include "test/codegen/cpu/TestFrame.h"
#include "test/codegen/cpu/matmul/CompiledModule.h"
#include "test/codegen/cpu/matmul/Matrices.h"

#include <algorithm>
#include <benchmark/benchmark.h>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <string>

using namespace ingot;
using namespace ingot::cpu;
using namespace ingot::test;
using packed::BlockFormat;

namespace {

struct Options {
  int64_t columns = 2048, tokens = 512;
  int64_t panels = 96;     ///< that many tokens pass; their results lie as far apart as a matrix of so many panels has them
  int64_t megabytes = 256; ///< of weights that a single token streams; fewer than the caches hold shows what computing costs
  std::string format, kind, target = "native";
  MatmulSchedule schedule;
} options;

/// Operations a second of the dot product that a kind of activations is multiplied with. A matmul of 15 bits takes two for each.
double peak(ActivationKind kind, bool tiles) {
  if (tiles) return tilePeak();
  if (packed::isInteger(kind)) return integerPeak();
  return kind == ActivationKind::bf16 ? bf16Peak() : floatPeak();
}

/// Memory on large pages where the system has them.
class LargePages {
public:
  explicit LargePages(size_t bytes) {
    runtime::Error error;
    const size_t whole = (bytes + runtime::Region::kLargePage - 1) & ~(runtime::Region::kLargePage - 1);
    if (!region.reserve(whole, runtime::Pages::large, "a benchmark", error)) fprintf(stderr, "%s\n", error.text), exit(1);
  }
  uint8_t *data() const { return reinterpret_cast<uint8_t *>(region.data()); }

private:
  runtime::Region region;
};

uint8_t *bigMemory() {
  static const LargePages memory(options.megabytes << 20);
  return memory.data();
}

/// Both kernels of a format and kind, with activations; made when a benchmark first asks for them.
struct Kernels {
  Kernels(BlockFormat format, ActivationKind kind)
      : format(format), random(1), compiled(options.target), layout(layoutOf(format, kind, compiled.unit())),
        some(format, 64, options.columns, random), activations(layout, options.tokens, random) {
    panelBytes = PanelLayout::of(format, options.columns).panelBytes;
    panels = std::max<int64_t>(1, (options.megabytes << 20) / panelBytes);
    manyPanels = std::min(options.panels, panels);
    const MatmulKernel one{"one", layout, {{format, panels * 16, false}}, false, true, options.schedule, compiled.unit()};
    many = {"many", layout, {{format, manyPanels * 16, false}}, false, false, options.schedule, compiled.unit()};
    if (many.usesTiles() && many.schedule.tileTokens == MatmulSchedule().tileTokens)
      many.schedule.tileTokens = compiled.unit().tileBlock;
    for (const MatmulKernel &kernel : {one, many}) emitMatmul(kernel, compiled.module());
    scratch = std::make_unique<LargePages>(scratchBytes(many));
    compiled.compile();
    result = std::make_unique<LargePages>(4 * std::max(panels * 16, manyPanels * 16 * options.tokens));
    records = std::make_unique<LargePages>((options.tokens + 15) / 16 * 16 * layout.recordBytes); // whole tiles
    memcpy(records->data(), activations.records.data(), options.tokens * layout.recordBytes);
  }

  static ActivationLayout layoutOf(BlockFormat format, ActivationKind kind, const VectorUnit &unit) {
    const bool words = kind == ActivationKind::q15 && unit.wordDots && packed::takesWords(format);
    return ActivationLayout::of(kind, options.columns,
                                (packed::isInteger(kind) ? sumsNeeded(format) : 0) | (words ? packed::words : 0));
  }

  /// All formats share the memory, so it is filled anew.
  void **operands() {
    for (int64_t panel = 0; panel < panels; panel++)
      memcpy(bigMemory() + panel * panelBytes, some.panels.data() + panel % 4 * panelBytes, panelBytes);
    pointers[0] = records->data(), pointers[1] = bigMemory(), pointers[2] = result->data();
    return pointers;
  }

  BlockFormat format;
  std::mt19937 random;
  CompiledModule compiled;
  ActivationLayout layout;
  Weights some;
  Activations activations;
  MatmulKernel many;
  int64_t panelBytes = 0, panels = 0, manyPanels = 0;
  std::unique_ptr<LargePages> scratch, records, result; // as a program has them
  void *pointers[3];
};

Kernels &kernelsOf(BlockFormat format, ActivationKind kind) {
  static std::map<std::pair<BlockFormat, ActivationKind>, std::unique_ptr<Kernels>> made;
  std::unique_ptr<Kernels> &kernels = made[{format, kind}];
  if (!kernels) kernels = std::make_unique<Kernels>(format, kind);
  return *kernels;
}

/// Runs the benchmark; the shortest of its iterations, in seconds, as for the limits: others may be on the machine.
double shortestOf(benchmark::State &state, const std::function<void()> &work) {
  double best = 1e9;
  for (auto _ : state) {
    const double start = seconds();
    work();
    best = std::min(best, seconds() - start);
  }
  return best;
}

void oneToken(benchmark::State &state, BlockFormat format, ActivationKind kind) {
  Kernels &kernels = kernelsOf(format, kind);
  const ingot_kernel kernel = kernels.compiled.kernel("one");
  void **operands = kernels.operands();
  const TestFrame frame(1);
  const double bytes = static_cast<double>(kernels.panels * kernels.panelBytes);
  const double read = bytes / shortest(3, [&] { readAll(bigMemory(), kernels.panels * kernels.panelBytes); });
  const double rate = bytes / shortestOf(state, [&] { kernel(&frame, operands, 0, kernels.panels, kernels.scratch->data()); });
  state.counters["GB/s"] = rate * 1e-9;
  state.counters["read"] = read * 1e-9;
  state.counters["%"] = 100 * rate / read;
}

void manyTokens(benchmark::State &state, BlockFormat format, ActivationKind kind) {
  Kernels &kernels = kernelsOf(format, kind);
  const ingot_kernel kernel = kernels.compiled.kernel("many");
  void **operands = kernels.operands();
  const TestFrame frame(options.tokens);
  const double operations = 2.0 * static_cast<double>(kernels.manyPanels * 16 * options.columns * options.tokens);
  const double limit = peak(kind, kernels.many.usesTiles());
  const int64_t block = kernels.many.blockTokens();
  const int64_t items = kernels.many.items() * (block == 0 ? 1 : (options.tokens + block - 1) / block);
  const double rate = operations / shortestOf(state, [&] { kernel(&frame, operands, 0, items, kernels.scratch->data()); });
  state.counters["GOP/s"] = rate * 1e-9;
  state.counters["peak"] = limit * 1e-9;
  state.counters["%"] = 100 * rate / limit;
}

void registerAll() {
  const bool tiles = CompiledModule(options.target).unit().tiles;
  static constexpr const char *kinds[] = {"f32", "bf16", "q8", "q15"};
  for (int number = 0; number < packed::blockFormatCount; number++) {
    const auto format = static_cast<BlockFormat>(number);
    const packed::BlockFormatInfo &info = packed::info(format);
    if (options.columns % info.blockElements != 0) continue;
    auto add = [&](ActivationKind kind) {
      const std::string kindName = kinds[static_cast<int>(kind)], name = std::string(info.name) + "/" + kindName;
      if ((!options.format.empty() && options.format != info.name) || (!options.kind.empty() && options.kind != kindName)) return;
      benchmark::RegisterBenchmark(("one/" + name).c_str(), oneToken, format, kind)->Unit(benchmark::kMillisecond);
      benchmark::RegisterBenchmark(("many/" + name).c_str(), manyTokens, format, kind)->Unit(benchmark::kMillisecond);
    };
    if (info.isQuantised()) add(ActivationKind::q8), add(ActivationKind::q15);
    if (!info.isQuantised() || tiles) add(ActivationKind::bf16);
    add(ActivationKind::f32);
  }
}

/// What Google Benchmark left on the command line.
bool readOptions(int count, char **arguments) {
  for (int i = 1; i < count; i += 2) {
    const std::string name = arguments[i];
    const int64_t value = i + 1 < count ? atoll(arguments[i + 1]) : 0;
    int64_t *wide = name == "--columns"     ? &options.columns
                    : name == "--tokens"    ? &options.tokens
                    : name == "--megabytes" ? &options.megabytes
                    : name == "--panels"    ? &options.panels
                                            : nullptr;
    if (wide && value > 0)
      *wide = value;
    else if (name == "--tile" && value > 0)
      options.schedule.tileTokens = static_cast<int>(value);
    else if (name == "--ahead" && value >= 0)
      options.schedule.prefetchBytes = options.schedule.prefetchOneBytes = static_cast<int>(value);
    else if (name == "--format" && i + 1 < count)
      options.format = arguments[i + 1];
    else if (name == "--kind" && i + 1 < count)
      options.kind = arguments[i + 1];
    else if (name == "--target" && i + 1 < count)
      options.target = arguments[i + 1];
    else
      return fprintf(stderr, "matmul-bench: error: unknown option '%s', or no number behind it\n", name.c_str()), false;
  }
  return true;
}

} // namespace

int main(int count, char **arguments) {
  benchmark::Initialize(&count, arguments);
  if (!readOptions(count, arguments)) return 1;
  if (const std::string missing = missingFeatures(options.target); !missing.empty())
    return printf("skipped: %s\n", missing.c_str()), 0;
  registerAll();
  benchmark::RunSpecifiedBenchmarks();
}
