// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "CacheData.h"
#include "KernelRunner.h"

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>

namespace ingot::cpu::test {
namespace {

class AttentionKernelTest : public testing::Test {
  void SetUp() override {
    std::string reason;
    if (!canRun(reason)) GTEST_SKIP() << reason;
  }
};

struct Shape {
  int64_t heads, kvHeads, width, positions, window;
  CacheElement element;
};

/// Keys and values of a sequence in a cache, and plainly.
struct Caches {
  Shape shape;
  std::vector<float> keys, values; // [position, kv head, width], as the cache rounds them
  AlignedBytes keyCache, valueCache;

  explicit Caches(const Shape &shape)
      : shape(shape), keys(randomFloats(shape.positions * shape.kvHeads * shape.width, 11)), values(randomFloats(keys.size(), 12)),
        keyCache(layout(true).bytes(), 0), valueCache(layout(false).bytes(), 0) {
    fill({layout(true), keyCache.data}, keys);
    fill({layout(false), valueCache.data}, values);
  }

  CacheLayout layout(bool isKeys) const { return {shape.element, isKeys, shape.kvHeads, shape.width, shape.positions}; }

  void fill(const CacheData &cache, std::vector<float> &rows) {
    for (int64_t p = 0; p < shape.positions; ++p)
      for (int64_t head = 0; head < shape.kvHeads; ++head) {
        float *row = &rows[(p * shape.kvHeads + head) * shape.width];
        cache.write(head, p, row);
        for (int64_t i = 0; i < shape.width; ++i) row[i] = cache.read(head, p, i);
      }
  }
};

float scaleOf(const Shape &shape) { return 1 / std::sqrt(float(shape.width)); }

/// Attention of one query head at a position, in float64.
std::vector<double> attend(const Caches &caches, const float *query, int64_t kvHead, int64_t position) {
  const Shape &shape = caches.shape;
  const int64_t first = shape.window > 0 ? std::max<int64_t>(0, position - shape.window + 1) : 0;
  std::vector<double> weights, result(shape.width);
  double total = 0;
  for (int64_t p = first; p <= position; ++p) {
    double dot = 0;
    for (int64_t i = 0; i < shape.width; ++i) dot += double(query[i]) * caches.keys[(p * shape.kvHeads + kvHead) * shape.width + i];
    weights.push_back(std::exp(dot * scaleOf(shape)));
    total += weights.back();
  }
  for (int64_t p = first; p <= position; ++p)
    for (int64_t i = 0; i < shape.width; ++i)
      result[i] += weights[p - first] / total * caches.values[(p * shape.kvHeads + kvHead) * shape.width + i];
  return result;
}

AttentionKernel kernelFor(const Shape &shape, int64_t tokensPerItem, AttentionPart part = AttentionPart::fused) {
  AttentionKernel kernel;
  kernel.name = "attention_" + std::to_string(int(part)) + "_" + std::to_string(shape.width) + "_" + std::to_string(tokensPerItem);
  kernel.part = part;
  kernel.heads = shape.heads;
  kernel.kvHeads = shape.kvHeads;
  kernel.width = shape.width;
  kernel.positions = shape.positions;
  kernel.window = shape.window;
  kernel.scale = scaleOf(shape);
  kernel.cache = shape.element;
  kernel.tokensPerItem = tokensPerItem;
  return kernel;
}

int64_t padded(int64_t tokens) { return (tokens + 15) / 16 * 16; }

/// Queries padded to a multiple of 16 tokens with numbers that must not matter.
std::vector<float> queriesOf(const Shape &shape, int64_t tokens) {
  std::vector<float> queries = randomFloats(padded(tokens) * shape.heads * shape.width, 21);
  for (float &value : queries) value *= 4;
  for (size_t i = tokens * shape.heads * shape.width; i < queries.size(); ++i) queries[i] = NAN;
  return queries;
}

/// Runs the frame of `tokens` tokens at `position` in pieces of `cut` tokens.
std::vector<float> runCut(KernelRunner &runner, const AttentionKernel &kernel, Caches &caches, std::vector<float> queries,
                          int64_t tokens, int64_t position, int64_t cut) {
  const int64_t row = kernel.heads * kernel.width;
  std::vector<float> result;
  for (int64_t start = 0; start < tokens; start += cut) {
    const int64_t count = std::min(cut, tokens - start);
    std::vector<float> piece(padded(count) * row, NAN), out(padded(count) * row + 1, 5.0f);
    std::copy_n(queries.begin() + start * row, count * row, piece.begin());
    const int64_t items = itemsPerTokenBlock(kernel) * ((count + kernel.tokensPerItem - 1) / kernel.tokensPerItem);
    for (int64_t item = items; item-- > 0;) // any order
      runner.run(kernel.name, {count, position + start, count, kernel.tokensPerItem},
                 {piece.data(), caches.keyCache.data, caches.valueCache.data, out.data()}, item, item + 1, scratchBytes(kernel));
    EXPECT_EQ(out.back(), 5.0f);
    result.insert(result.end(), out.begin(), out.begin() + count * row);
  }
  return result;
}

void compare(const Shape &shape, const std::vector<float> &got, const Caches &caches, const std::vector<float> &queries,
             int64_t tokens, int64_t position) {
  for (int64_t t = 0; t < tokens; ++t)
    for (int64_t head = 0; head < shape.heads; ++head) {
      const int64_t at = (t * shape.heads + head) * shape.width;
      const std::vector<double> want = attend(caches, &queries[at], head / (shape.heads / shape.kvHeads), position + t);
      for (int64_t i = 0; i < shape.width; ++i)
        ASSERT_NEAR(got[at + i], want[i], 2e-6) << "token " << t << " head " << head << " element " << i;
    }
}

TEST_F(AttentionKernelTest, shapes_windows_groups_and_caches) {
  const Shape shapes[] = {
      {3, 3, 32, 96, 0, CacheElement::f16},   {6, 2, 48, 96, 5, CacheElement::f16},     {4, 1, 64, 96, 0, CacheElement::f32},
      {8, 1, 128, 96, 20, CacheElement::f16}, {4, 1, 256, 96, 33, CacheElement::f16},   {9, 3, 64, 96, 16, CacheElement::f32},
      {16, 8, 40, 96, 0, CacheElement::f16},  {5, 5, 20, 96, 1, CacheElement::f16},     {8, 8, 64, 96, 0, CacheElement::f16},
      {3, 1, 7, 96, 17, CacheElement::f32},   {32, 8, 64, 96, 1000, CacheElement::f16}, {2, 1, 16, 96, 0, CacheElement::f32},
      {8, 2, 64, 96, 0, CacheElement::q8},    {3, 1, 96, 96, 21, CacheElement::q8},     {4, 2, 80, 96, 0, CacheElement::bf16},
      {6, 6, 64, 96, 40, CacheElement::bf16}};
  for (const Shape &shape : shapes) {
    Caches caches(shape);
    for (int64_t tokensPerItem : {1, 16}) {
      const AttentionKernel kernel = kernelFor(shape, tokensPerItem);
      KernelRunner runner(kernel);
      for (const auto &[tokens, position] : {std::pair(21, 0), std::pair(1, 70), std::pair(18, 37)}) {
        const std::vector<float> queries = queriesOf(shape, tokens);
        compare(shape, runCut(runner, kernel, caches, queries, tokens, position, tokens), caches, queries, tokens, position);
        if (testing::Test::HasFatalFailure()) FAIL() << kernel.name << " window " << shape.window << " position " << position;
      }
    }
  }
}

TEST_F(AttentionKernelTest, same_bits_for_every_cut_and_tile) {
  for (const Shape &shape : {Shape{9, 3, 64, 256, 0, CacheElement::f16}, Shape{4, 1, 256, 256, 50, CacheElement::f16},
                             Shape{16, 8, 32, 256, 0, CacheElement::f32}}) {
    Caches caches(shape);
    const int64_t tokens = 150, position = 29;
    const std::vector<float> queries = queriesOf(shape, tokens);
    std::vector<float> first;
    for (int64_t tokensPerItem : {16, 1, 2, 4, 7, 8, 24, 64}) {
      const AttentionKernel kernel = kernelFor(shape, tokensPerItem);
      KernelRunner runner(kernel);
      for (int64_t cut : {150, 64, 7, 1}) {
        if (cut == 1 && tokensPerItem == 24) continue;
        const std::vector<float> result = runCut(runner, kernel, caches, queries, tokens, position, cut);
        if (first.empty()) {
          first = result;
          compare(shape, first, caches, queries, tokens, position);
        }
        ASSERT_EQ(memcmp(first.data(), result.data(), result.size() * 4), 0) << "tokensPerItem " << tokensPerItem << " cut " << cut;
      }
    }
  }
}

// Sequences of one, few and many tokens side by side, in both tables of blocks: each row as if it were alone.
TEST_F(AttentionKernelTest, same_bits_in_company) {
  for (const Shape &shape : {Shape{9, 3, 64, 96, 0, CacheElement::f16}, Shape{4, 2, 48, 96, 20, CacheElement::f32},
                             Shape{4, 2, 64, 96, 20, CacheElement::q8}, Shape{4, 4, 64, 96, 0, CacheElement::bf16}}) {
    Caches caches(shape);
    const int64_t row = shape.heads * shape.width, cacheBytes = caches.keyCache.size;
    AlignedBytes keys(3 * cacheBytes, 0x11), values(3 * cacheBytes, 0x11);
    for (int64_t sequence : {0, 1}) { // sequence 2 has something else
      std::copy_n(caches.keyCache.data, cacheBytes, keys.data + sequence * cacheBytes);
      std::copy_n(caches.valueCache.data, cacheBytes, values.data + sequence * cacheBytes);
    }
    const std::vector<float> queries = queriesOf(shape, 21);
    for (int64_t tokensPerItem : {1, 16})
      for (bool wanted : {false, true}) {
        AttentionKernel kernel = kernelFor(shape, tokensPerItem);
        kernel.wanted = wanted;
        KernelRunner runner(kernel);
        const std::vector<float> alone = runCut(runner, kernel, caches, queries, 21, 40, 21);
        // Rows 0 … 3 of sequence 2, then the 21 tokens in two sequences, then one more of sequence 2.
        const std::vector<ingot::test::TestRun> runs = {{4, 70, 4, 2}, {5, 40, 5, 1}, {16, 45, 16, 0}, {1, 74, 1, 2}};
        const ingot::test::TestFrame frame(runs, tokensPerItem, cacheBytes);
        std::vector<float> piece(padded(26 + 15) * row, NAN), out(26 * row + 1, 5.0f);
        std::copy_n(queries.begin(), 4 * row, piece.begin());
        std::copy_n(queries.begin(), 21 * row, piece.begin() + 4 * row);
        std::copy_n(queries.begin(), row, piece.begin() + 25 * row);
        for (int64_t item = frame.blockCount() * itemsPerTokenBlock(kernel); item-- > 0;)
          runner.run(kernel.name, frame, {piece.data(), keys.data, values.data, out.data()}, item, item + 1, scratchBytes(kernel));
        EXPECT_EQ(memcmp(&out[4 * row], alone.data(), alone.size() * 4), 0) << kernel.name;
        EXPECT_EQ(out.back(), 5.0f);
        EXPECT_NE(out[0], alone[0]);
        EXPECT_NE(out[0], 5.0f);
      }
  }
}

TEST_F(AttentionKernelTest, parts_by_themselves) {
  for (const Shape &shape : {Shape{9, 3, 64, 96, 0, CacheElement::f16}, Shape{4, 1, 48, 96, 20, CacheElement::f32},
                             Shape{4, 2, 64, 96, 0, CacheElement::q8}, Shape{4, 2, 20, 96, 0, CacheElement::bf16}})
    for (int64_t tokensPerItem : {1, 16}) {
      Caches caches(shape);
      const int64_t tokens = 21, position = 37;
      const std::vector<float> queries = queriesOf(shape, tokens);
      const AttentionKernel kernels[] = {kernelFor(shape, tokensPerItem, AttentionPart::scores),
                                         kernelFor(shape, tokensPerItem, AttentionPart::softmax),
                                         kernelFor(shape, tokensPerItem, AttentionPart::mix)};
      KernelRunner runner({}, kernels);
      std::vector<float> scores(padded(tokens) * shape.heads * shape.positions, NAN), probabilities = scores;
      std::vector<float> result(padded(tokens) * shape.heads * shape.width);
      const ingot::test::TestFrame frame(tokens, position, 0, tokensPerItem);
      const int64_t items = itemsPerTokenBlock(kernels[0]) * ((tokens + tokensPerItem - 1) / tokensPerItem);
      void *query = const_cast<float *>(queries.data());
      runner.run(kernels[0].name, frame, {query, caches.keyCache.data, scores.data()}, 0, items);
      runner.run(kernels[1].name, frame, {scores.data(), probabilities.data()}, 0, items);
      runner.run(kernels[2].name, frame, {probabilities.data(), caches.valueCache.data, result.data()}, 0, items);
      compare(shape, result, caches, queries, tokens, position);
      double total = 0;
      for (int64_t p = 0; p <= position; ++p) total += probabilities[p];
      EXPECT_NEAR(total, 1, 1e-5);
      EXPECT_EQ(probabilities[position + 1], 0); // the future
    }
}

TEST_F(AttentionKernelTest, code_is_vector_code) {
  const AttentionKernel kernel = kernelFor({9, 3, 64, 8192, 0, CacheElement::f16}, 16);
  const KernelRunner runner(kernel);
  const std::string &assembly = runner.assembly;
  EXPECT_EQ(assembly.find("exp"), std::string::npos);
  EXPECT_EQ(assembly.find("gather"), std::string::npos);
  EXPECT_EQ(assembly.find("call"), std::string::npos);
  EXPECT_NE(assembly.find("vfmadd231ps"), std::string::npos);
  // A query's element straight from memory.
  EXPECT_NE(assembly.find(runner.unit.bits == 512 ? "{1to16}" : "vbroadcastss\t"), std::string::npos);
  EXPECT_NE(assembly.find("vcvtph2ps"), std::string::npos);
}

} // namespace
} // namespace ingot::cpu::test
