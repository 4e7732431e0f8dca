// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/attention/FlashAttention.h"
#include "test/codegen/cpu/TestFrame.h"
#include "test/codegen/cpu/halide/CacheData.h"
#include "test/codegen/cpu/matmul/CompiledModule.h"
#include "test/codegen/cpu/matmul/TileMachine.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <random>

namespace ingot::cpu {
namespace {

using ::ingot::test::CompiledModule;
using ::ingot::test::TestFrame;
using ::ingot::test::TestRun;

std::vector<float> randomFloats(size_t count, uint32_t seed) {
  std::mt19937 generator(seed);
  std::vector<float> values(count);
  for (float &value : values) value = float(generator()) * 0x1p-31f - 1.0f;
  return values;
}

struct Shape {
  int64_t heads, kvHeads, width, positions, window;
  CacheElement cache = CacheElement::f16;
};

/// Tiles are AMX's, emulated where `emulated`.
enum class Products { bf16, float32, tiles, emulated };

/// Bf16 dots are AVX-512's; float32 is for any processor, and tested on this one.
const char *targetOf(Products products) {
  if (products == Products::tiles) return "amx";
  return products == Products::float32 ? "native" : "znver4";
}

AttentionKernel kernelFor(const Shape &shape, Products products, int64_t blockTokens = 16) {
  AttentionKernel kernel;
  kernel.name = "attention", kernel.bf16Products = products != Products::float32, kernel.cache = shape.cache;
  kernel.heads = shape.heads, kernel.kvHeads = shape.kvHeads, kernel.width = shape.width, kernel.positions = shape.positions;
  kernel.window = shape.window, kernel.scale = 1 / std::sqrt(float(shape.width)), kernel.tokensPerItem = blockTokens;
  return kernel;
}

/// Caches lie on whole lines.
struct alignas(64) Line {
  char bytes[64];
};

/// Keys and values of one sequence: as the cache holds them, and plainly [position, kv head, width].
struct Sequence {
  std::vector<float> keys, values;
  std::vector<Line> keyCache, valueCache;

  Sequence(const Shape &shape, uint32_t seed)
      : keys(randomFloats(shape.positions * shape.kvHeads * shape.width, seed)),
        values(randomFloats(shape.positions * shape.kvHeads * shape.width, seed + 1)) {
    for (float &value : values) value += 0.25f; // weights that do not add up to 1 show in a mean
    fill(shape, true, keys, keyCache);
    fill(shape, false, values, valueCache);
  }

  static void fill(const Shape &shape, bool isKeys, std::vector<float> &plain, std::vector<Line> &cache) {
    const CacheLayout layout{shape.cache, isKeys, shape.kvHeads, shape.width, shape.positions};
    cache.resize((layout.bytes() + 63) / 64);
    const test::CacheData data{layout, cache.data()->bytes};
    for (int64_t p = 0; p < shape.positions; p++)
      for (int64_t head = 0; head < shape.kvHeads; head++) {
        float *row = &plain[(p * shape.kvHeads + head) * shape.width];
        data.write(head, p, row);
        for (int64_t x = 0; x < shape.width; x++) row[x] = data.read(head, p, x);
      }
  }
};

/// Attention of one query head, in float64.
std::vector<double> attend(const Shape &shape, const Sequence &sequence, const float *query, int64_t kvHead, int64_t position) {
  const int64_t first = shape.window > 0 ? std::max<int64_t>(0, position - shape.window + 1) : 0;
  std::vector<double> weights, result(shape.width);
  double total = 0;
  for (int64_t p = first; p <= position; p++) {
    double dot = 0;
    for (int64_t i = 0; i < shape.width; i++)
      dot += double(query[i]) * double(sequence.keys[(p * shape.kvHeads + kvHead) * shape.width + i]);
    weights.push_back(std::exp(dot / std::sqrt(double(shape.width))));
    total += weights.back();
  }
  for (int64_t p = first; p <= position; p++)
    for (int64_t i = 0; i < shape.width; i++)
      result[i] += weights[p - first] / total * double(sequence.values[(p * shape.kvHeads + kvHead) * shape.width + i]);
  return result;
}

VectorUnit unitOf(const CompiledModule &module, Products products) {
  VectorUnit unit = module.unit();
  unit.tiles |= products == Products::emulated;
  return unit;
}

/// A compiled kernel and what it needs to run.
struct Compiled {
  AttentionKernel kernel;
  CompiledModule module;
  ingot_kernel code;
  std::vector<std::max_align_t> room;
  void *scratch;

  Compiled(const AttentionKernel &given, Products products) : kernel(given), module(targetOf(products)) {
    kernel.unit = unitOf(module, products);
    emitFlashAttention(kernel, module.module());
    if (products == Products::emulated) ::ingot::test::emulateTiles(module.module());
    module.compile(::ingot::test::tileFunctions());
    code = module.kernel(kernel.name);
    room.resize((flashScratchBytes(kernel) + 64) / sizeof(std::max_align_t) + 1);
    scratch = room.data();
    size_t space = room.size() * sizeof(std::max_align_t);
    std::align(64, flashScratchBytes(kernel), scratch, space);
    memset(scratch, 0xff, flashScratchBytes(kernel)); // NaNs: its contents are undefined
  }

  /// The result of a frame whose caches begin at `keys` and `values`, item by item.
  std::vector<float> run(const TestFrame &frame, std::vector<float> queries, const void *keys, const void *values) {
    std::vector<float> result(queries.size() + 1, 5.0f);
    void *operands[] = {queries.data(), const_cast<void *>(keys), const_cast<void *>(values), result.data()};
    for (int64_t item = frame.blockCount() * kernel.kvHeads; item-- > 0;) code(&frame, operands, item, item + 1, scratch);
    EXPECT_EQ(result.back(), 5.0f);
    result.pop_back();
    return result;
  }
};

const char *nameOf(Products products) {
  constexpr const char *names[] = {"bf16", "float32", "tiles", "emulated"};
  return names[int(products)];
}

class FlashAttentionTest : public testing::TestWithParam<Products> {
protected:
  void SetUp() override {
    if (const std::string missing = ::ingot::test::missingFeatures(targetOf(GetParam())); !missing.empty()) GTEST_SKIP() << missing;
  }
  bool hasTiles() const { return GetParam() == Products::tiles || GetParam() == Products::emulated; }
  bool isFloat() const { return GetParam() == Products::float32; }
  AttentionKernel kernelFor(const Shape &shape, int64_t blockTokens = 16) const {
    return cpu::kernelFor(shape, GetParam(), blockTokens);
  }
  /// Compares with float64; bf16 has 8 bits.
  void compare(const Shape &shape, const std::vector<float> &got, const Sequence &sequence, const std::vector<float> &queries,
               int64_t tokens, int64_t position) const;
};
INSTANTIATE_TEST_SUITE_P(Flash, FlashAttentionTest,
                         testing::Values(Products::bf16, Products::float32, Products::tiles, Products::emulated),
                         [](const auto &info) { return nameOf(info.param); });

std::vector<float> queriesOf(const Shape &shape, int64_t tokens) {
  std::vector<float> queries = randomFloats(tokens * shape.heads * shape.width, 21);
  for (float &query : queries) query *= 4;
  return queries;
}

void FlashAttentionTest::compare(const Shape &shape, const std::vector<float> &got, const Sequence &sequence,
                                 const std::vector<float> &queries, int64_t tokens, int64_t position) const {
  double squares = 0, error = 0;
  for (int64_t t = 0; t < tokens; t++)
    for (int64_t head = 0; head < shape.heads; head++) {
      const int64_t at = (t * shape.heads + head) * shape.width;
      const std::vector<double> want = attend(shape, sequence, &queries[at], head / (shape.heads / shape.kvHeads), position + t);
      for (int64_t i = 0; i < shape.width; i++) {
        ASSERT_NEAR(got[at + i], want[i], isFloat() ? 1e-5 : 2e-2) << "token " << t << " head " << head << " element " << i;
        squares += want[i] * want[i], error += (got[at + i] - want[i]) * (got[at + i] - want[i]);
      }
    }
  EXPECT_LT(std::sqrt(error / squares), isFloat() ? 1e-6 : 4e-3);
}

TEST_P(FlashAttentionTest, shapes_windows_and_groups) {
  const Shape shapes[] = {{9, 3, 64, 192, 0},
                          {4, 1, 256, 192, 33},
                          {6, 2, 48, 192, 5},
                          {5, 5, 20, 192, 1},
                          {3, 1, 7, 192, 17},
                          {8, 4, 96, 192, 64},
                          {8, 1, 80, 192, 65},
                          {2, 1, 112, 192, 63},
                          {32, 8, 64, 192, 1000},
                          {4, 2, 64, 192, 0, CacheElement::bf16},
                          {4, 2, 96, 192, 20, CacheElement::q8},
                          {4, 2, 18, 192, 0, CacheElement::f32}};
  for (const Shape &shape : shapes) {
    const Sequence sequence(shape, 11);
    Compiled compiled(kernelFor(shape), GetParam());
    for (const auto &[tokens, position] : {std::pair(21, 0), std::pair(1, 70), std::pair(47, 113), std::pair(66, 62)}) {
      SCOPED_TRACE(test::nameOf(shape.cache) + (" width " + std::to_string(shape.width)) + " window " +
                   std::to_string(shape.window) + " position " + std::to_string(position));
      const std::vector<float> queries = queriesOf(shape, tokens);
      const TestFrame frame(tokens, position);
      compare(shape, compiled.run(frame, queries, sequence.keyCache.data(), sequence.valueCache.data()), sequence, queries, tokens,
              position);
      if (HasFatalFailure()) return;
    }
  }
}

TEST_P(FlashAttentionTest, same_bits_for_every_cut_block_and_tile) {
  for (const Shape &shape : {Shape{9, 3, 64, 256, 0}, Shape{4, 1, 256, 256, 50}, Shape{3, 3, 36, 256, 100}}) {
    const Sequence sequence(shape, 31);
    const int64_t tokens = 150, position = 29, row = shape.heads * shape.width;
    const std::vector<float> queries = queriesOf(shape, tokens);
    std::vector<float> first;
    for (const auto &[block, tile] : {std::pair(16, 0), std::pair(16, 4), std::pair(16, 5), std::pair(16, 6), std::pair(1, 0),
                                      std::pair(7, 0), std::pair(32, 6), std::pair(64, 6)}) {
      AttentionKernel kernel = kernelFor(shape, block);
      if (hasTiles() && tile != 0 && block == 16) continue;
      kernel.tileRows = isFloat() ? tile / 2 * 6 : tile; // those in float32 hold 3 or 6 rows at once, AMX 32
      Compiled compiled(kernel, GetParam());
      for (int64_t cut : {150, 64, 7, 1}) {
        std::vector<float> result;
        for (int64_t start = 0; start < tokens; start += cut) {
          const int64_t count = std::min(cut, tokens - start);
          const TestFrame frame(count, position + start, 0, block);
          const std::vector<float> piece(queries.begin() + start * row, queries.begin() + (start + count) * row);
          const std::vector<float> part = compiled.run(frame, piece, sequence.keyCache.data(), sequence.valueCache.data());
          result.insert(result.end(), part.begin(), part.end());
        }
        if (first.empty()) {
          first = result;
          compare(shape, first, sequence, queries, tokens, position);
        }
        ASSERT_EQ(memcmp(first.data(), result.data(), result.size() * 4), 0)
            << "block " << block << " tile " << tile << " cut " << cut;
      }
    }
  }
}

/// Sequences side by side, each with its own cache; wanted rows alone.
TEST_P(FlashAttentionTest, sequences_and_wanted_rows) {
  const Shape shape{6, 2, 32, 128, 0};
  const Sequence sequences[] = {{shape, 41}, {shape, 51}, {shape, 61}};
  const int64_t cacheBytes = sequences[0].keyCache.size() * sizeof(Line), row = shape.heads * shape.width;
  std::vector<Line> caches; // keys, then values, of each sequence
  for (const Sequence &sequence : sequences) {
    caches.insert(caches.end(), sequence.keyCache.begin(), sequence.keyCache.end());
    caches.insert(caches.end(), sequence.valueCache.begin(), sequence.valueCache.end());
  }
  const void *keys = caches.data(), *values = caches.data()->bytes + cacheBytes;
  const std::vector<TestRun> runs = {{19, 70, 2, 1}, {1, 5, 0, 2}, {33, 0, 20, 0}};
  const TestFrame frame(runs, 16, 2 * cacheBytes);
  const std::vector<float> queries = queriesOf(shape, 53);
  Compiled compiled(kernelFor(shape), GetParam());
  const std::vector<float> all = compiled.run(frame, queries, keys, values);
  std::vector<float> wantedQueries, wantedResults;
  int64_t first = 0;
  for (const TestRun &run : runs) {
    const std::vector<float> piece(queries.begin() + first * row, queries.begin() + (first + run.count) * row);
    const TestFrame alone(run.count, run.position);
    const Sequence &sequence = sequences[run.sequence];
    const std::vector<float> result = compiled.run(alone, piece, sequence.keyCache.data(), sequence.valueCache.data());
    compare(shape, result, sequence, piece, run.count, run.position);
    EXPECT_EQ(memcmp(result.data(), &all[first * row], result.size() * 4), 0);
    wantedQueries.insert(wantedQueries.end(), piece.end() - run.wanted * row, piece.end());
    wantedResults.insert(wantedResults.end(), result.end() - run.wanted * row, result.end());
    first += run.count;
  }
  AttentionKernel kernel = kernelFor(shape);
  kernel.wanted = true;
  Compiled narrow(kernel, GetParam());
  std::vector<float> result(wantedQueries.size());
  void *operands[] = {wantedQueries.data(), const_cast<void *>(keys), const_cast<void *>(values), result.data()};
  const ingot_frame &tables = frame;
  narrow.code(&frame, operands, 0, tables.wanted_block_count * shape.kvHeads, narrow.scratch);
  EXPECT_EQ(memcmp(result.data(), wantedResults.data(), result.size() * 4), 0);
}

/// One key far above the others takes all weight, whichever chunk it is in.
TEST_P(FlashAttentionTest, large_scores_neither_overflow_nor_vanish) {
  const Shape shape{1, 1, 16, 256, 0};
  for (int64_t special : {0, 63, 64, 200}) {
    Sequence sequence(shape, 71);
    const std::vector<float> large(shape.width, 200.0f);
    test::CacheData{{shape.cache, true, 1, shape.width, shape.positions}, sequence.keyCache.data()->bytes}.write(0, special,
                                                                                                                 large.data());
    Compiled compiled(kernelFor(shape), GetParam());
    const TestFrame frame(1, 220);
    const std::vector<float> result =
        compiled.run(frame, std::vector<float>(16, 300.0f), sequence.keyCache.data(), sequence.valueCache.data());
    for (int64_t i = 0; i < shape.width; i++)
      EXPECT_NEAR(result[i], sequence.values[special * shape.width + i], isFloat() ? 1e-6f : 5e-3f) << special;
  }
}

/// Kernels of one module: the wanted rows' takes all tiles of the other's, a window's only the one that hides nothing.
TEST_P(FlashAttentionTest, kernels_share_the_tiles_that_are_the_same) {
  CompiledModule module(targetOf(GetParam()));
  AttentionKernel kernel = kernelFor({2, 2, 16, 256, 0});
  kernel.unit = unitOf(module, GetParam());
  auto functionsWith = [&](const char *name) {
    kernel.name = name;
    emitFlashAttention(kernel, module.module());
    return std::distance(module.module().getOps<mlir::LLVM::LLVMFuncOp>().begin(),
                         module.module().getOps<mlir::LLVM::LLVMFuncOp>().end());
  };
  const int masked = hasTiles() ? 2 : 4, before = 1 + masked + 1;
  EXPECT_EQ(functionsWith("all"), before);
  kernel.wanted = true;
  EXPECT_EQ(functionsWith("wanted"), before + 1);
  kernel.window = 100;
  EXPECT_EQ(functionsWith("window"), before + 1 + 1 + masked);
  kernel.scale *= 2;
  EXPECT_EQ(functionsWith("scale"), before + 2 + masked + 1 + masked + 1);
}

TEST_P(FlashAttentionTest, dots_stay_in_registers) {
  CompiledModule module(targetOf(GetParam()));
  AttentionKernel kernel = kernelFor({9, 3, 64, 8192, 0});
  if (GetParam() == Products::emulated) GTEST_SKIP() << "calls are no instructions";
  kernel.unit = module.unit();
  emitFlashAttention(kernel, module.module());
  const std::string assembly = module.assembly();
  std::vector<const char *> instructions = {"vdpbf16ps", "vscalefps"};
  if (isFloat()) instructions = {"vfmadd231ps"};
  if (hasTiles()) instructions = {"ldtilecfg", "tdpbf16ps", "vscalefps", "tilerelease"};
  for (const char *wanted : instructions) EXPECT_NE(assembly.find(wanted), std::string::npos) << wanted;
  EXPECT_EQ(assembly.find("gather"), std::string::npos);
}

} // namespace
} // namespace ingot::cpu
