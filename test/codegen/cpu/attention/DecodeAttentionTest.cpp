// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Attention of generated tokens against sums in float64, for every cache, split and window.
#include "codegen/cpu/attention/DecodeAttention.h"
#include "test/codegen/cpu/TestFrame.h"
#include "test/codegen/cpu/halide/CacheData.h"
#include "test/codegen/cpu/matmul/CompiledModule.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <random>

using namespace ingot;
using namespace ingot::cpu;
using ingot::cpu::test::CacheData;
using ingot::test::CompiledModule;
using ingot::test::TestFrame;
using ingot::test::TestRun;

namespace {

struct Shape {
  int64_t heads, kvHeads, width, window, rangeKeys;
  CacheElement element;
};

struct AlignedBytes {
  explicit AlignedBytes(int64_t size, int fill = 0)
      : size(size), data(static_cast<char *>(aligned_alloc(64, (size + 63) / 64 * 64))) {
    memset(data, fill, size);
  }
  AlignedBytes(const AlignedBytes &) = delete;
  ~AlignedBytes() { free(data); }
  int64_t size;
  char *data;
};

std::vector<float> randomFloats(size_t count, uint32_t seed, float largest) {
  std::mt19937 random(seed);
  std::vector<float> values(count);
  for (float &value : values) value = std::uniform_real_distribution<float>(-largest, largest)(random);
  return values;
}

constexpr int64_t positions = 400;

class DecodeAttentionTest : public testing::Test {
  void SetUp() override {
    if (const std::string missing = ingot::test::missingFeatures("native"); !missing.empty()) GTEST_SKIP() << missing;
  }
};

/// A kernel, compiled, and the caches of three sequences.
struct Decoder {
  Shape shape;
  AttentionKernel kernel;
  CacheLayout keyLayout, valueLayout;
  AlignedBytes keys, values;
  CompiledModule compiled{"native"};
  static constexpr int sequences = 3;

  explicit Decoder(const Shape &shape)
      : shape(shape), kernel(kernelFor(shape)), keyLayout{shape.element, true, shape.kvHeads, shape.width, positions},
        valueLayout{shape.element, false, shape.kvHeads, shape.width, positions}, keys(sequences * keyLayout.bytes()),
        values(sequences * keyLayout.bytes()) {
    const std::vector<float> rows = randomFloats(2 * sequences * positions * shape.kvHeads * shape.width, 5, 1);
    const float *row = rows.data();
    for (int sequence = 0; sequence < sequences; sequence++)
      for (int64_t head = 0; head < shape.kvHeads; head++)
        for (int64_t position = 0; position < positions; position++, row += 2 * shape.width) {
          CacheData{keyLayout, keys.data + sequence * keyLayout.bytes()}.write(head, position, row);
          CacheData{valueLayout, values.data + sequence * keyLayout.bytes()}.write(head, position, row + shape.width);
        }
    kernel.unit = compiled.unit();
    emitDecodeAttention(kernel, compiled.module());
    compiled.compile();
  }

  static AttentionKernel kernelFor(const Shape &shape) {
    AttentionKernel kernel;
    kernel.name = "decode";
    kernel.heads = shape.heads, kernel.kvHeads = shape.kvHeads, kernel.width = shape.width;
    kernel.positions = positions, kernel.window = shape.window;
    kernel.scale = 1 / std::sqrt(float(shape.width));
    kernel.cache = shape.element;
    kernel.decode.rangeKeys = shape.rangeKeys;
    return kernel;
  }

  int64_t row() const { return shape.heads * shape.width; }

  /// The rows of a frame of one token a block, items in an order made from `seed`.
  std::vector<float> run(const std::vector<TestRun> &runs, const std::vector<float> &queries, uint32_t seed) {
    const TestFrame frame(runs, 1, keyLayout.bytes());
    const DecodeShape decode = DecodeShape::of(kernel);
    const int64_t tokens = frame.blockCount();
    int64_t last = 0;
    for (const TestRun &run : runs) last = std::max(last, run.position + run.count - 1);
    const int64_t ranges = shape.window > 0 ? decode.ranges : last / decode.rangeKeys + 1;
    std::vector<int64_t> items;
    for (int64_t item = 0; item < tokens * decode.itemsPerRange * (decode.splits() ? ranges : 1); item++) items.push_back(item);
    std::shuffle(items.begin(), items.end(), std::mt19937(seed));
    AlignedBytes query(tokens * row() * 4), result(tokens * row() * 4 + 4, 0xff), scratch(decodeScratchBytes(kernel), 0xff);
    AlignedBytes partials(tokens * decode.ranges * shape.heads * DecodeShape::partialBytes(kernel), 0xff);
    AlignedBytes arrivals(tokens * decode.itemsPerRange * 4);
    memcpy(query.data, queries.data(), query.size);
    void *operands[] = {query.data, keys.data, values.data, result.data, partials.data, arrivals.data};
    for (int64_t item : items) compiled.kernel("decode")(&frame, operands, item, item + 1, scratch.data);
    for (int64_t i = 0; i < arrivals.size; i++) EXPECT_EQ(arrivals.data[i], 0);
    for (int64_t i = 0; i < 4; i++) EXPECT_EQ(uint8_t(result.data[result.size - 4 + i]), 0xff) << "written behind the result";
    const float *floats = reinterpret_cast<const float *>(result.data);
    return {floats, floats + tokens * row()};
  }

  /// What a head should give, in float64.
  std::vector<double> want(const float *query, int64_t head, int64_t position, int64_t sequence) const {
    const int64_t kvHead = head / (shape.heads / shape.kvHeads);
    const CacheData key{keyLayout, keys.data + sequence * keyLayout.bytes()},
        value{valueLayout, values.data + sequence * keyLayout.bytes()};
    std::vector<double> weights, result(shape.width);
    double total = 0;
    const int64_t first = shape.window > 0 ? std::max<int64_t>(0, position - shape.window + 1) : 0;
    for (int64_t p = first; p <= position; p++) {
      double score = 0;
      for (int64_t x = 0; x < shape.width; x++) score += double(query[head * shape.width + x]) * key.read(kvHead, p, x);
      weights.push_back(std::exp(score * kernel.scale));
      total += weights.back();
    }
    for (int64_t p = first; p <= position; p++)
      for (int64_t x = 0; x < shape.width; x++) result[x] += weights[p - first] / total * value.read(kvHead, p, x);
    return result;
  }
};

std::string describe(const Shape &shape) {
  return std::string(ingot::cpu::test::nameOf(shape.element)) + " heads " + std::to_string(shape.heads) + "/" +
         std::to_string(shape.kvHeads) + " width " + std::to_string(shape.width) + " window " + std::to_string(shape.window) +
         " range " + std::to_string(shape.rangeKeys);
}

TEST_F(DecodeAttentionTest, caches_shapes_windows_and_splits) {
  using enum CacheElement;
  const Shape shapes[] = {{8, 2, 64, 0, 64, f16},    {9, 3, 64, 0, 0, f16},     {4, 1, 256, 33, 32, f16},  {4, 4, 128, 0, 32, f16},
                          {6, 2, 48, 5, 32, bf16},   {5, 5, 20, 100, 32, bf16}, {3, 1, 7, 0, 64, f32},     {16, 1, 64, 0, 512, f32},
                          {8, 2, 64, 0, 64, q8},     {9, 3, 64, 50, 64, q8},    {16, 2, 96, 0, 32, q8},    {2, 2, 32, 0, 0, q8},
                          {11, 1, 64, 0, 128, bf16}, {4, 1, 256, 512, 0, q8},   {8, 2, 64, 1000, 64, f16}, {2, 1, 40, 1, 32, f16}};
  for (const Shape &shape : shapes) {
    SCOPED_TRACE(describe(shape));
    Decoder decoder(shape);
    for (int64_t position : {0, 1, 15, 16, 62, 63, 64, 130, 399}) {
      const std::vector<float> queries = randomFloats(decoder.row(), uint32_t(position), 3);
      const std::vector<float> got = decoder.run({{1, position}}, queries, 1);
      for (int64_t head = 0; head < shape.heads; head++) {
        const std::vector<double> want = decoder.want(queries.data(), head, position, 0);
        for (int64_t x = 0; x < shape.width; x++)
          ASSERT_NEAR(got[head * shape.width + x], want[x], shape.element == q8 ? 1e-4 : 2e-6)
              << "position " << position << " head " << head << " element " << x;
      }
    }
  }
}

TEST_F(DecodeAttentionTest, same_bits_in_any_order_and_company) {
  using enum CacheElement;
  for (const Shape &shape : {Shape{8, 2, 64, 0, 64, f16}, Shape{8, 2, 64, 0, 32, q8}, Shape{4, 1, 64, 100, 32, bf16}}) {
    SCOPED_TRACE(describe(shape));
    Decoder decoder(shape);
    const std::vector<float> queries = randomFloats(5 * decoder.row(), 3, 3);
    const std::vector<TestRun> runs = {{1, 130, 1, 2}, {3, 70, 1, 0}, {1, 399, 1, 1}};
    const std::vector<float> together = decoder.run(runs, queries, 1), again = decoder.run(runs, queries, 2);
    EXPECT_EQ(memcmp(together.data(), again.data(), together.size() * 4), 0);
    int64_t row = 0;
    for (const TestRun &run : runs)
      for (int64_t i = 0; i < run.count; i++, row++) {
        const std::vector<float> query(queries.begin() + row * decoder.row(), queries.begin() + (row + 1) * decoder.row());
        const std::vector<float> alone = decoder.run({{1, run.position + i, 1, run.sequence}}, query, 3);
        EXPECT_EQ(memcmp(alone.data(), &together[row * decoder.row()], alone.size() * 4), 0) << "row " << row;
      }
  }
}

// What an earlier, longer text left behind the last position changes nothing, not even by its scales.
TEST_F(DecodeAttentionTest, what_lies_behind_does_not_matter) {
  using enum CacheElement;
  for (CacheElement element : {f16, q8}) {
    const Shape shape = {4, 2, 64, 0, 64, element};
    SCOPED_TRACE(describe(shape));
    Decoder decoder(shape);
    const std::vector<float> queries = randomFloats(decoder.row(), 3, 3);
    const std::vector<float> before = decoder.run({{1, 85}}, queries, 1);
    const std::vector<float> large(shape.width, 1e4f);
    for (int64_t head = 0; head < shape.kvHeads; head++)
      for (int64_t position = 86; position < 130; position++) {
        CacheData{decoder.keyLayout, decoder.keys.data}.write(head, position, large.data());
        CacheData{decoder.valueLayout, decoder.values.data}.write(head, position, large.data());
      }
    const std::vector<float> after = decoder.run({{1, 85}}, queries, 1);
    EXPECT_EQ(memcmp(before.data(), after.data(), before.size() * 4), 0);
  }
}

TEST(DecodeAttentionCode, asks_for_the_first_keys_and_values) {
  AttentionKernel kernel;
  kernel.name = "attention", kernel.heads = 2, kernel.kvHeads = 1, kernel.width = 32, kernel.positions = 64,
  kernel.tokensPerItem = 1;
  CompiledModule ahead("x86-64-v3"), alone("x86-64-v3");
  kernel.unit = ahead.unit();
  emitDecodeAttention(kernel, ahead.module());
  kernel.decode.prefetchBytes = 0;
  emitDecodeAttention(kernel, alone.module());
  const auto asked = [](CompiledModule &code) { return llvm::StringRef(code.text()).count("llvm.intr.prefetch"); };
  EXPECT_EQ(asked(alone), 0u);
  EXPECT_EQ(asked(ahead), 2 * 8u + 2 * 2 + 2 + 4 + 1)
      << "beside those that two blocks of keys, one, four values, one ask for ahead";
}

TEST_F(DecodeAttentionTest, dots_of_a_q8_cache_are_integer_ones) {
  for (const auto &[target, instruction] : {std::pair("znver4", "vpdpbusd"), std::pair("x86-64-v3", "vpmaddwd")}) {
    CompiledModule compiled(target);
    AttentionKernel kernel = Decoder::kernelFor({8, 2, 64, 0, 0, CacheElement::q8});
    kernel.unit = compiled.unit();
    emitDecodeAttention(kernel, compiled.module());
    EXPECT_NE(compiled.assembly().find(instruction), std::string::npos) << target;
  }
}

} // namespace
