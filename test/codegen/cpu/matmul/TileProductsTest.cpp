// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Products by AMX tiles on a tile machine in software: numbers against float64, and the same bits for every number of tokens and
// every split of the panels. What the processor itself does with the instructions is not tested here.
#include "codegen/cpu/matmul/MatmulKernel.h"
#include "test/codegen/cpu/TestFrame.h"
#include "test/codegen/cpu/matmul/CompiledModule.h"
#include "test/codegen/cpu/matmul/Matrices.h"
#include "test/codegen/cpu/matmul/TileMachine.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <memory>

namespace {

using namespace ingot;
using namespace ingot::cpu;
using namespace ingot::test;
using packed::BlockFormat;

MatmulKernel tileKernel(const std::string &name, BlockFormat format, int64_t rows, int64_t columns, bool accumulate = false) {
  MatmulKernel kernel;
  kernel.name = name;
  kernel.activations = ActivationLayout::of(ActivationKind::bf16, columns, 0);
  kernel.segments = {{format, rows, accumulate}};
  kernel.unit.tiles = true;
  kernel.schedule.tileTokens = kernel.unit.tileBlock;
  return kernel;
}

/// A kernel on emulated tiles.
struct TileRun {
  explicit TileRun(const MatmulKernel &kernel) : kernel(kernel), scratch(scratchBytes(kernel)) {
    emitMatmul(kernel, compiled.module());
    emulateTiles(compiled.module());
    compiled.compile(tileFunctions());
  }
  std::vector<float> operator()(const Weights &weights, const Activations &x, int64_t tokens, int64_t grain, float before = 0) {
    std::vector<float> result(tokens * weights.rows, before);
    void *operands[] = {x.records.data(), weights.panels.data(), result.data()};
    const TestFrame frame(tokens);
    const int64_t blocks = (tokens + kernel.blockTokens() - 1) / kernel.blockTokens();
    for (int64_t begin = 0, end = kernel.items() * blocks; begin < end; begin += grain)
      compiled.kernel(kernel.name)(&frame, operands, begin, std::min(begin + grain, end), scratch.data());
    return result;
  }
  MatmulKernel kernel;
  CompiledModule compiled;
  GuardedMemory scratch;
};

class TileProducts : public testing::TestWithParam<int> {
protected:
  void SetUp() override {
    if (const std::string missing = missingFeatures(); !missing.empty()) GTEST_SKIP() << missing;
    format = static_cast<BlockFormat>(GetParam());
  }
  BlockFormat format;
  std::mt19937 random{5};
};

TEST_P(TileProducts, MatchFloat64) {
  const int block = packed::info(format).blockElements;
  for (int64_t columns :
       {block == 256 ? int64_t{256} : int64_t{96}, int64_t{512}, int64_t{2560}}) { // one chunk, two, more than a cache holds
    const int64_t rows = 40, tokens = 37;
    TileRun run(tileKernel("tiles", format, rows, columns));
    Weights weights(format, rows, columns, random);
    Activations x(run.kernel.activations, 48, random); // room for whole tiles
    tileProductsDone();
    const std::vector<float> result = run(weights, x, tokens, 100);
    EXPECT_EQ(tileProductsDone(), 3 * 4 * columns / 32) << "three tiles of tokens, two pairs of panels";
    for (int64_t token = 0; token < tokens; token++)
      for (int64_t row = 0; row < rows; row++) {
        const Expected expected = expectedProduct(weights, x, token, row);
        ASSERT_NEAR(result[token * rows + row], expected.value, expected.bound)
            << "columns " << columns << " token " << token << " row " << row;
      }
  }
}

/// What tiles are for: BF16 and quantised weights.
std::vector<int> tileFormats() {
  std::vector<int> formats;
  for (int format = 0; format < packed::blockFormatCount; format++)
    if (packed::info(static_cast<BlockFormat>(format)).isQuantised() || static_cast<BlockFormat>(format) == BlockFormat::BF16)
      formats.push_back(format);
  return formats;
}

INSTANTIATE_TEST_SUITE_P(Matmul, TileProducts, testing::ValuesIn(tileFormats()), [](const testing::TestParamInfo<int> &info) {
  return std::string(packed::info(static_cast<BlockFormat>(info.param)).name);
});

TEST(TileProductsBits, DependOnNeitherTokensNorSplit) {
  if (const std::string missing = missingFeatures(); !missing.empty()) GTEST_SKIP() << missing;
  std::mt19937 random(9);
  const int64_t rows = 56, columns = 544, most = 530; // more than a group of tokens
  TileRun run(tileKernel("tiles", BlockFormat::Q4_1, rows, columns));
  Weights weights(BlockFormat::Q4_1, rows, columns, random);
  Activations x(run.kernel.activations, 544, random);
  const std::vector<float> all = run(weights, x, most, 100);
  for (int64_t tokens : {1, 16, 17, 33})
    for (int64_t grain : {1, 3}) {
      const std::vector<float> some = run(weights, x, tokens, grain);
      EXPECT_EQ(memcmp(some.data(), all.data(), some.size() * 4), 0) << tokens << " tokens, " << grain << " panels a call";
    }
}

TEST(TileProductsBits, AccumulateAddsTheSumThatWouldBeStored) {
  if (const std::string missing = missingFeatures(); !missing.empty()) GTEST_SKIP() << missing;
  std::mt19937 random(13);
  Weights weights(BlockFormat::Q8_0, 24, 64, random);
  TileRun store(tileKernel("store", BlockFormat::Q8_0, 24, 64)), add(tileKernel("add", BlockFormat::Q8_0, 24, 64, true));
  Activations x(store.kernel.activations, 16, random);
  const std::vector<float> stored = store(weights, x, 5, 1), added = add(weights, x, 5, 1, 2.5f);
  for (size_t i = 0; i < stored.size(); i++) EXPECT_EQ(added[i], 2.5f + stored[i]);
}

/// Gate and up, whose sums meet: activation(gate) * up, rounded to bfloat16.
TEST(TileProductsBits, GateEndsInTheRoundedProduct) {
  if (const std::string missing = missingFeatures(); !missing.empty()) GTEST_SKIP() << missing;
  std::mt19937 random(17);
  const int64_t rows = 48, columns = 96, tokens = 37;
  Weights gate(BlockFormat::Q4_0, rows, columns, random), up(BlockFormat::Q4_0, rows, columns, random);
  for (GateActivation activation : {GateActivation::silu, GateActivation::gelu}) {
    MatmulKernel kernel = tileKernel("gate", BlockFormat::Q4_0, rows, columns);
    kernel.segments.push_back(kernel.segments[0]);
    kernel.gate = activation, kernel.gated = ActivationLayout::of(ActivationKind::bf16, rows, 0);
    ASSERT_TRUE(canGate(kernel, ActivationKind::bf16));
    EXPECT_EQ(kernel.items(), 3) << "a panel of each is an item";
    TileRun run(kernel);
    Activations x(kernel.activations, 48, random);
    std::vector<std::max_align_t> room((tokens * kernel.gated.recordBytes + 64) / sizeof(std::max_align_t) + 1);
    void *result = room.data();
    size_t space = room.size() * sizeof(std::max_align_t);
    std::align(64, tokens * kernel.gated.recordBytes, result, space);
    void *operands[] = {x.records.data(), gate.panels.data(), up.panels.data(), result};
    const TestFrame frame(tokens);
    run.compiled.kernel("gate")(&frame, operands, 0, 1, run.scratch.data());
    run.compiled.kernel("gate")(&frame, operands, 1, 3, run.scratch.data());
    for (int64_t token = 0; token < tokens; token++)
      for (int64_t row = 0; row < rows; row++) {
        const double g = expectedProduct(gate, x, token, row).value, u = expectedProduct(up, x, token, row).value;
        const double expected = expectedGate(activation, g, u);
        uint16_t half;
        memcpy(&half, static_cast<char *>(result) + token * kernel.gated.recordBytes + kernel.gated.codes + row * 2, 2);
        const float got = std::bit_cast<float>(uint32_t{half} << 16);
        ASSERT_NEAR(got, expected, std::abs(expected) * 0x1p-8 + 1e-3) << "token " << token << " row " << row << " gate " << g;
      }
  }
}

TEST(TileProductsBits, WhatDoesNotFitTakesVectors) {
  CompiledModule compiled;
  MatmulKernel kernel = tileKernel("odd", BlockFormat::BF16, 16, 48); // not a multiple of 32
  emitMatmul(kernel, compiled.module());
  EXPECT_EQ(compiled.text().find("tdpbf16ps"), std::string::npos);
  EXPECT_NE(compiled.text().find("dpbf16ps.512"), std::string::npos);
  EXPECT_EQ(scratchBytes(kernel), 0);
}

} // namespace
