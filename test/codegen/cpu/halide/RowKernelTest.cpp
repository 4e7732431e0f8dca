// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "CacheData.h"
#include "KernelRunner.h"
#include "RowOracle.h"

#include <gtest/gtest.h>

namespace ingot::cpu::test {
namespace {

class RowKernelTest : public testing::Test {
  void SetUp() override {
    std::string reason;
    if (!canRun(reason)) GTEST_SKIP() << reason;
  }
};

int64_t sizeOf(const RowShape &shape) { return shape.heads * shape.width; }

/// Runs a kernel whose outputs are rows on `tokens` tokens from `position` on, and compares each with the oracle.
void compareRows(const RowKernel &kernel, int64_t tokens, int64_t position, float magnitude = 1, double tolerance = 3e-6) {
  std::vector<std::vector<float>> operands(kernel.operandCount);
  for (const RowNode &node : kernel.nodes)
    if (node.argument >= 0) {
      operands[node.argument] = randomFloats(sizeOf(node.shape) * (node.op == RowOp::input ? tokens : 1), 7 + node.argument);
      for (float &value : operands[node.argument]) value *= node.op == RowOp::input ? magnitude : 1;
    }
  const auto before = operands;
  for (const RowOutput &output : kernel.outputs)
    if (operands[output.argument].empty())
      operands[output.argument].assign(sizeOf(kernel.nodes[output.node].shape) * tokens + 1, 99.0f);
  std::vector<void *> pointers;
  for (auto &operand : operands) pointers.push_back(operand.data());
  KernelRunner runner(kernel);
  runner.run(kernel.name, {tokens, position, 0}, pointers, 0, 1);
  runner.run(kernel.name, {tokens, position, 0}, pointers, 1, tokens);
  for (int64_t token = 0; token < tokens; ++token) {
    const std::vector<Row> expected = evaluate(kernel, before, token, position + token);
    for (const RowOutput &output : kernel.outputs) {
      const int64_t size = sizeOf(kernel.nodes[output.node].shape);
      for (int64_t i = 0; i < size; ++i) {
        const double want = expected[output.node][i], got = operands[output.argument][token * size + i];
        ASSERT_NEAR(got, want, tolerance * (1 + std::abs(want))) << kernel.name << " token " << token << " element " << i;
      }
    }
  }
  for (const RowOutput &output : kernel.outputs) // nothing beyond the last row
    if (before[output.argument].empty()) EXPECT_EQ(operands[output.argument].back(), 99.0f);
}

RowNode input(int64_t heads, int64_t width, int argument) { return {RowOp::input, {}, {heads, width}, argument}; }
RowNode parameter(int64_t width, int argument) { return {RowOp::parameter, {}, {1, width}, argument}; }

TEST_F(RowKernelTest, rms_norm_of_any_width) {
  for (int64_t width : {1, 3, 15, 16, 17, 32, 48, 100, 576, 640})
    for (int64_t heads : {1, 3}) {
      RowKernel kernel;
      kernel.name = "norm_" + std::to_string(heads) + "x" + std::to_string(width);
      kernel.operandCount = 3;
      kernel.nodes = {input(heads, width, 0), parameter(width, 1), {RowOp::rmsNorm, {0, 1}, {heads, width}, -1, 1e-5f}};
      kernel.outputs = {{2, 2, RowStore::rows}};
      compareRows(kernel, 3, 0);
    }
}

TEST_F(RowKernelTest, pointwise_ops) {
  for (int64_t width : {5, 33, 64}) {
    RowKernel kernel;
    kernel.name = "pointwise_" + std::to_string(width);
    kernel.operandCount = 8;
    const RowShape shape = {2, width};
    kernel.nodes = {input(2, width, 0),
                    input(2, width, 1),
                    parameter(width, 2),
                    {RowOp::add, {0, 1}, shape},
                    {RowOp::multiply, {3, 2}, shape},
                    {RowOp::scale, {1}, shape, -1, 0.3f},
                    {RowOp::silu, {0}, shape},
                    {RowOp::geluTanh, {1}, shape}};
    kernel.outputs = {
        {3, 3, RowStore::rows}, {4, 4, RowStore::rows}, {5, 5, RowStore::rows}, {6, 6, RowStore::rows}, {7, 7, RowStore::rows}};
    for (float magnitude : {1.0f, 8.0f, 300.0f}) compareRows(kernel, 2, 0, magnitude);
  }
}

TEST_F(RowKernelTest, activations_keep_their_limits) {
  RowKernel kernel;
  kernel.name = "limits";
  kernel.operandCount = 3;
  kernel.nodes = {input(1, 8, 0), {RowOp::silu, {0}, {1, 8}}, {RowOp::geluTanh, {0}, {1, 8}}};
  kernel.outputs = {{1, 1, RowStore::rows}, {2, 2, RowStore::rows}};
  const float infinity = INFINITY;
  std::vector<float> x = {0, -0.0f, 1e4f, -1e4f, 3e38f, -100, infinity, NAN}, silu(8), gelu(8);
  KernelRunner(kernel).run("limits", {1, 0, 0}, {x.data(), silu.data(), gelu.data()}, 0, 1);
  for (const std::vector<float> &y : {silu, gelu}) {
    EXPECT_EQ(y[0], 0);
    EXPECT_EQ(y[1], 0);
    EXPECT_EQ(y[2], 1e4f);
    EXPECT_NEAR(y[3], 0, 1e-30);
    EXPECT_EQ(y[4], 3e38f);
    EXPECT_NEAR(y[5], 0, 1e-30);
    EXPECT_EQ(y[6], infinity);
    EXPECT_TRUE(std::isnan(y[7]));
  }
}

TEST_F(RowKernelTest, rope_of_both_kinds_whole_and_partial) {
  for (bool interleaved : {false, true})
    for (int64_t width : {32, 48, 64, 128, 256})
      for (int64_t pairs : {width / 2, width / 4, int64_t(5)}) {
        RowKernel kernel;
        kernel.name = "rope_" + std::to_string(width) + "_" + std::to_string(pairs) + (interleaved ? "_interleaved" : "_halves");
        kernel.operandCount = 4;
        RowNode rope = {RowOp::rope, {0, 2}, {3, width}};
        rope.interleaved = interleaved;
        kernel.nodes = {input(3, width, 0), parameter(pairs, 1), {RowOp::rotation, {1}, {2, pairs}}, rope};
        kernel.outputs = {{3, 2, RowStore::rows}, {2, 3, RowStore::rows}};
        compareRows(kernel, 2, 8000, 1, 1e-6);
      }
}

TEST_F(RowKernelTest, rotation_is_exact_at_far_positions) {
  RowKernel kernel;
  kernel.name = "far";
  kernel.operandCount = 2;
  kernel.nodes = {parameter(40, 0), {RowOp::rotation, {0}, {2, 40}}};
  kernel.outputs = {{1, 1, RowStore::rows}};
  for (int64_t position : {0, 1, 511, 131071, 16777215}) compareRows(kernel, 2, position, 1, 6e-8);
}

TEST_F(RowKernelTest, reshape_between_rows_and_heads) {
  RowKernel kernel; // norm of each head, then of the whole row, then back again
  kernel.name = "reshape";
  kernel.operandCount = 4;
  kernel.nodes = {input(1, 192, 0),
                  {RowOp::reshape, {0}, {3, 64}},
                  parameter(64, 1),
                  {RowOp::rmsNorm, {1, 2}, {3, 64}, -1, 1e-6f},
                  {RowOp::reshape, {3}, {1, 192}},
                  parameter(192, 2),
                  {RowOp::rmsNorm, {4, 5}, {1, 192}, -1, 1e-6f},
                  {RowOp::reshape, {6}, {6, 32}}};
  kernel.outputs = {{7, 3, RowStore::rows}};
  compareRows(kernel, 3, 0);
  EXPECT_EQ(KernelRunner(kernel).assembly.find("gather"), std::string::npos);
}

TEST_F(RowKernelTest, residual_in_place) {
  for (int64_t width : {16, 100, 576}) {
    RowKernel kernel; // x += y, z = norm(x), y = silu(x): both inputs are overwritten
    kernel.name = "residual_" + std::to_string(width);
    kernel.operandCount = 4;
    const RowShape shape = {1, width};
    kernel.nodes = {input(1, width, 0),
                    input(1, width, 1),
                    {RowOp::add, {0, 1}, shape},
                    parameter(width, 2),
                    {RowOp::rmsNorm, {2, 3}, shape, -1, 1e-5f},
                    {RowOp::silu, {0}, shape}};
    kernel.outputs = {{2, 0, RowStore::rows}, {4, 3, RowStore::rows}, {5, 1, RowStore::rows}};
    compareRows(kernel, 4, 0);
  }
}

TEST_F(RowKernelTest, caches_at_any_position) {
  for (CacheElement element : {CacheElement::f16, CacheElement::bf16, CacheElement::q8, CacheElement::f32}) {
    const int64_t heads = 3, width = element == CacheElement::q8 ? 96 : 48, positions = 64, tokens = 20, position = 13;
    RowKernel kernel;
    kernel.name = std::string("caches_") + nameOf(element);
    kernel.operandCount = 3;
    kernel.nodes = {input(heads, width, 0)};
    RowOutput keys = {0, 1, RowStore::cache}, values = {0, 2, RowStore::cache};
    keys.cache = {element, true, heads, width, positions};
    values.cache = {element, false, heads, width, positions};
    kernel.outputs = {keys, values};
    std::vector<float> x = randomFloats(tokens * heads * width, 1);
    x[5] = 1.0f + 0x1p-11f; // a tie of float16, to even: down
    x[6] = 1.0f + 0x3p-11f; // up
    x[7] = 1.0f + 0x1p-8f;  // the same for bfloat16
    x[8] = 1.0f + 0x3p-8f;
    for (int i = 0; i < 32; ++i) x[width + i] = 0;          // a head that begins with zeros
    for (int i = 0; i < 32; ++i) x[2 * width + i] *= 1e-9f; // … and with what a float16 scale can't hold
    const int64_t bytes = keys.cache.bytes();
    AlignedBytes keyBytes(bytes, 7), valueBytes(bytes, 7), wantedKeys(bytes, 7), wantedValues(bytes, 7);
    KernelRunner(kernel).run(kernel.name, {tokens, position}, {x.data(), keyBytes.data, valueBytes.data}, 0, tokens);
    for (int64_t head = 0; head < heads; ++head)
      for (int64_t t = 0; t < tokens; ++t) {
        CacheData{keys.cache, wantedKeys.data}.write(head, position + t, &x[(t * heads + head) * width]);
        CacheData{values.cache, wantedValues.data}.write(head, position + t, &x[(t * heads + head) * width]);
      }
    EXPECT_EQ(memcmp(keyBytes.data, wantedKeys.data, bytes), 0) << kernel.name;
    EXPECT_EQ(memcmp(valueBytes.data, wantedValues.data, bytes), 0) << kernel.name;
    if (element == CacheElement::f16) {
      EXPECT_EQ((CacheData{keys.cache, keyBytes.data}.read(0, position, 5)), 1.0f);
      EXPECT_EQ((CacheData{keys.cache, keyBytes.data}.read(0, position, 6)), 1.0f + 0x1p-9f);
    }
    if (element == CacheElement::bf16) {
      EXPECT_EQ((CacheData{keys.cache, keyBytes.data}.read(0, position, 7)), 1.0f);
      EXPECT_EQ((CacheData{values.cache, valueBytes.data}.read(0, position, 8)), 1.0f + 0x1p-6f);
    }
  }
}

// Rows of several sequences: each its own position, and its own cache.
TEST_F(RowKernelTest, rows_of_several_sequences) {
  const int64_t heads = 2, width = 32, positions = 32, cacheBytes = heads * width * positions * 4;
  RowKernel kernel;
  kernel.name = "sequences";
  kernel.operandCount = 4;
  kernel.nodes = {input(heads, width, 0), parameter(4, 1), {RowOp::rotation, {1}, {2, 4}}, {RowOp::rope, {0, 2}, {heads, width}}};
  RowOutput values = {3, 2, RowStore::cache}, keys = {3, 3, RowStore::cache};
  values.cache = {CacheElement::f32, false, heads, width, positions};
  keys.cache = {CacheElement::f32, true, heads, width, positions};
  kernel.outputs = {values, keys};
  std::vector<float> x = randomFloats(6 * heads * width, 1), frequencies = {1, .5, .25, .1f};
  std::vector<float> valueCache(3 * cacheBytes / 4, 7.0f), keyCache = valueCache;
  const std::vector<ingot::test::TestRun> runs = {{3, 15, 0, 2}, {1, 0, 0, 0}, {2, 30, 0, 1}};
  KernelRunner runner(kernel);
  EXPECT_NE(runner.llvmIr.find("@llvm.prefetch"), std::string::npos) << "of the lines that the rows go to";
  runner.run(kernel.name, {runs, 16, cacheBytes}, {x.data(), frequencies.data(), valueCache.data(), keyCache.data()}, 0, 6);
  int64_t row = 0, written = 0;
  for (const auto &run : runs)
    for (int64_t i = 0; i < run.count; ++i, ++row)
      for (int64_t head = 0; head < heads; ++head)
        for (int64_t j = 0; j < 4; ++j) {
          const float *input = &x[(row * heads + head) * width];
          const int64_t p = run.position + i, base = run.sequence * cacheBytes / 4;
          const double angle = double(p) * frequencies[j], want = input[j] * std::cos(angle) - input[j + 4] * std::sin(angle);
          EXPECT_NEAR(valueCache[base + (head * positions + p) * width + j], want, 1e-5) << "row " << row;
          EXPECT_NEAR(keyCache[base + ((head * positions / 16 + p / 16) * width + j) * 16 + p % 16], want, 1e-5) << "row " << row;
        }
  for (float value : valueCache) written += value != 7.0f;
  EXPECT_EQ(written, 6 * heads * width); // and nothing else
}

TEST_F(RowKernelTest, wanted_rows) {
  RowKernel kernel;
  kernel.name = "wanted";
  kernel.operandCount = 4;
  kernel.wanted = true;
  kernel.nodes = {input(1, 32, 0), parameter(4, 1), {RowOp::rotation, {1}, {2, 4}}};
  kernel.outputs = {{0, 2, RowStore::rows}, {2, 3, RowStore::rows}};
  std::vector<float> x = randomFloats(5 * 32, 1), frequencies = {1, .5, .25, .1f}, y(2 * 32 + 1, 9), turn(2 * 8);
  KernelRunner(kernel).run("wanted", {5, 100, 2}, {x.data(), frequencies.data(), y.data(), turn.data()}, 0, 2);
  for (int i = 0; i < 64; ++i) EXPECT_EQ(y[i], x[3 * 32 + i]);
  EXPECT_EQ(y[64], 9);
  EXPECT_NEAR(turn[8], std::cos(104.0), 1e-6);
}

TEST_F(RowKernelTest, code_is_vector_code) {
  RowKernel kernel;
  kernel.name = "vectors";
  kernel.operandCount = 5;
  const RowShape shape = {1, 576};
  kernel.nodes = {input(1, 576, 0),
                  input(1, 576, 1),
                  {RowOp::silu, {0}, shape},
                  {RowOp::multiply, {2, 1}, shape},
                  parameter(576, 2),
                  {RowOp::rmsNorm, {3, 4}, shape, -1, 1e-5f},
                  {RowOp::geluTanh, {5}, shape}};
  kernel.outputs = {{6, 3, RowStore::rows}};
  RowOutput activations = {6, 4, RowStore::activations};
  activations.layout = ActivationLayout::of(ActivationKind::q15, 576, negated32 | scaled16);
  kernel.outputs.push_back(activations);
  const KernelRunner runner(kernel);
  const std::string &assembly = runner.assembly;
  EXPECT_EQ(assembly.find("exp"), std::string::npos) << "a call of the scalar exponential";
  EXPECT_EQ(assembly.find("gather"), std::string::npos);
  EXPECT_NE(assembly.find("vfmadd"), std::string::npos);
  EXPECT_NE(assembly.find(runner.unit.bits == 512 ? "vdivps\t%zmm" : "vdivps\t%ymm"), std::string::npos);
  EXPECT_NE(assembly.find(runner.unit.bits == 512 ? "vpmov" : "vpack"), std::string::npos);
}

} // namespace
} // namespace ingot::cpu::test
