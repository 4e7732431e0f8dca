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

AttentionKernel kernelFor(const Shape &shape, int64_t tokensPerItem, AttentionPart part) {
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

TEST_F(AttentionKernelTest, parts_by_themselves) {
  for (const Shape &shape : {Shape{9, 3, 64, 96, 0, CacheElement::f16}, Shape{4, 1, 48, 96, 20, CacheElement::f32},
                             Shape{4, 2, 64, 96, 0, CacheElement::q8}, Shape{4, 2, 20, 96, 0, CacheElement::bf16},
                             Shape{8, 1, 128, 96, 20, CacheElement::f16}, Shape{3, 1, 7, 96, 17, CacheElement::f32}})
    for (int64_t tokensPerItem : {1, 7, 16}) {
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
  const KernelRunner runner(kernelFor({9, 3, 64, 8192, 0, CacheElement::f16}, 16, AttentionPart::scores));
  const std::string &assembly = runner.assembly;
  EXPECT_EQ(assembly.find("gather"), std::string::npos);
  EXPECT_NE(assembly.find("vfmadd231ps"), std::string::npos);
  EXPECT_NE(assembly.find("vcvtph2ps"), std::string::npos);
}

} // namespace
} // namespace ingot::cpu::test
