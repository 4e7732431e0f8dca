// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gate and up, whose sums meet, by vectors: activation(gate) * up, rounded to q8, against float64; and the same bits for every
// number of tokens and every split of the items. With tiles: TileProductsTest.cpp.
#include "codegen/cpu/matmul/MatmulKernel.h"
#include "test/codegen/cpu/TestFrame.h"
#include "test/codegen/cpu/matmul/CompiledModule.h"
#include "test/codegen/cpu/matmul/Matrices.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace {

using namespace ingot;
using namespace ingot::cpu;
using namespace ingot::test;
using packed::BlockFormat;

constexpr const char *target = "sapphirerapids";

class GateKernel : public testing::Test {
protected:
  void SetUp() override {
    if (const std::string missing = missingFeatures(target); !missing.empty()) GTEST_SKIP() << missing;
  }
  std::mt19937 random{23};
};

MatmulKernel gateKernel(const CompiledModule &compiled, BlockFormat format, int64_t rows, int64_t columns,
                        GateActivation activation, uint8_t parts) {
  MatmulKernel kernel;
  kernel.name = "gate", kernel.unit = compiled.unit();
  kernel.activations = ActivationLayout::of(ActivationKind::q8, columns, packed::sumsNeeded(format));
  kernel.segments = {{format, rows, false}, {format, rows, false}};
  kernel.gate = activation, kernel.gated = ActivationLayout::of(ActivationKind::q8, rows, parts);
  return kernel;
}

/// Two matrices, tokens, and what the kernel makes of them.
struct Gate {
  Gate(BlockFormat format, int64_t rows, int64_t columns, int64_t tokens, GateActivation activation, uint8_t parts,
       std::mt19937 &random)
      : compiled(target), kernel(gateKernel(compiled, format, rows, columns, activation, parts)),
        gate(format, rows, columns, random), up(format, rows, columns, random), x(kernel.activations, tokens, random),
        scratch(scratchBytes(kernel)) {
    emitMatmul(kernel, compiled.module());
    compiled.compile();
  }
  std::vector<uint8_t> operator()(int64_t tokens, int64_t grain) {
    const GuardedMemory result(x.tokens * kernel.gated.recordBytes);
    memset(result.data(), 0xEE, x.tokens * kernel.gated.recordBytes);
    void *operands[] = {x.records.data(), gate.panels.data(), up.panels.data(), result.data()};
    const TestFrame frame(tokens);
    for (int64_t begin = 0; begin < kernel.items(); begin += grain)
      compiled.kernel("gate")(&frame, operands, begin, std::min(begin + grain, kernel.items()), scratch.data());
    return {result.data(), result.data() + x.tokens * kernel.gated.recordBytes};
  }
  CompiledModule compiled;
  MatmulKernel kernel;
  Weights gate, up;
  Activations x;
  GuardedMemory scratch;
};

template <class T> T read(const std::vector<uint8_t> &bytes, int64_t at) {
  T value;
  memcpy(&value, &bytes[at], sizeof value);
  return value;
}

/// What a record says of block `block` beside its codes, which are given.
void expectSums(const ActivationLayout &layout, const std::vector<uint8_t> &bytes, int64_t record, int64_t block, float scale,
                const int (&sums)[2]) {
  if (layout.negated32 >= 0) {
    EXPECT_EQ(read<int32_t>(bytes, record + layout.negated32 + 4 * block), -(sums[0] + sums[1]));
  }
  if (layout.scaled32 >= 0) {
    EXPECT_EQ(read<float>(bytes, record + layout.scaled32 + 4 * block), scale * static_cast<float>(sums[0] + sums[1]));
  }
  for (int half = 0; half < 2; half++) {
    if (layout.negated16 >= 0) {
      EXPECT_EQ(read<int32_t>(bytes, record + layout.negated16 + 8 * block + 4 * half), -sums[half]);
    }
    if (layout.scaled16 >= 0) {
      EXPECT_EQ(read<float>(bytes, record + layout.scaled16 + 8 * block + 4 * half), scale * static_cast<float>(sums[half]));
    }
  }
}

TEST_F(GateKernel, RoundsTheGatedProduct) {
  struct Case {
    BlockFormat format;
    int64_t columns;
    GateActivation activation;
    uint8_t parts;
  };
  const int64_t rows = 96, tokens = 26;
  for (const Case &c : {Case{BlockFormat::Q4_0, 96, GateActivation::silu, packed::negated32},
                        {BlockFormat::Q4_K, 512, GateActivation::silu, packed::scaled32 | packed::negated16},
                        {BlockFormat::Q6_K, 256, GateActivation::gelu, packed::scaled16 | packed::negated32},
                        {BlockFormat::Q8_0, 4640, GateActivation::gelu, 0}}) { // more than a block of columns
    Gate run(c.format, rows, c.columns, tokens, c.activation, c.parts, random);
    ASSERT_TRUE(canGate(run.kernel, ActivationKind::q8));
    EXPECT_EQ(run.kernel.items(), 3) << "32 outputs are an item";
    const ActivationLayout &layout = run.kernel.gated;
    const std::vector<uint8_t> result = run(tokens, 2);
    for (int64_t token = 0; token < tokens; token++)
      for (int64_t block = 0; block < rows / 32; block++) {
        const int64_t record = token * layout.recordBytes;
        double expected[32], largest = 0;
        for (int i = 0; i < 32; i++) {
          const int64_t row = block * 32 + i;
          const double g = expectedProduct(run.gate, run.x, token, row).value, u = expectedProduct(run.up, run.x, token, row).value;
          expected[i] = expectedGate(c.activation, g, u);
          largest = std::max(largest, std::abs(expected[i]));
        }
        const auto scale = read<float>(result, record + layout.scales + 4 * block);
        ASSERT_NEAR(scale, largest / 127, largest / 127 * 1e-3) << packed::info(c.format).name << " token " << token;
        int sums[2] = {0, 0};
        for (int i = 0; i < 32; i++) {
          const auto code = read<int8_t>(result, record + layout.codes + 32 * block + i);
          ASSERT_NEAR(code * scale, expected[i], 0.51 * scale + 1e-3 * largest) << packed::info(c.format).name << " column " << i;
          sums[i / 16] += code;
        }
        expectSums(layout, result, record, block, scale, sums);
      }
  }
}

TEST_F(GateKernel, BitsDependOnNeitherTokensNorSplit) {
  for (const BlockFormat format : {BlockFormat::Q4_0, BlockFormat::Q6_K}) {
    Gate run(format, 160, 512, 40, GateActivation::silu, packed::negated32, random);
    const std::vector<uint8_t> all = run(40, 100);
    for (int64_t tokens : {1, 5, 23, 24, 39}) // some in chunks, fewer than 24 in tiles
      for (int64_t grain : {1, 3, 5}) {
        const std::vector<uint8_t> some = run(tokens, grain);
        const int64_t bytes = tokens * run.kernel.gated.recordBytes;
        ASSERT_EQ(memcmp(some.data(), all.data(), bytes), 0) << tokens << " tokens, " << grain << " items a call";
        EXPECT_TRUE(std::all_of(some.begin() + bytes, some.end(), [](uint8_t byte) { return byte == 0xEE; }))
            << "behind the tokens";
      }
  }
}

TEST_F(GateKernel, ZerosHaveNoScale) {
  Gate run(BlockFormat::Q8_0, 32, 32, 1, GateActivation::silu, packed::scaled32, random);
  memset(run.x.records.data(), 0, run.kernel.activations.recordBytes);
  const std::vector<uint8_t> result = run(1, 1);
  EXPECT_EQ(read<float>(result, run.kernel.gated.scales), 0);
  for (int i = 0; i < 32; i++) EXPECT_EQ(result[run.kernel.gated.codes + i], 0);
}

TEST(GateKernels, WhatCanEndInAGate) {
  const CompiledModule compiled(target), other("znver4");
  const auto kernel = [&](const CompiledModule &of, BlockFormat format, int64_t rows) {
    return gateKernel(of, format, rows, 256, GateActivation::silu, 0);
  };
  EXPECT_TRUE(canGate(kernel(compiled, BlockFormat::Q4_0, 64), ActivationKind::q8));
  EXPECT_FALSE(canGate(kernel(compiled, BlockFormat::Q4_0, 48), ActivationKind::q8)) << "half a block of q8";
  EXPECT_FALSE(canGate(kernel(compiled, BlockFormat::Q4_0, 64), ActivationKind::q15));
  EXPECT_FALSE(canGate(kernel(compiled, BlockFormat::BF16, 64), ActivationKind::q8)) << "not unpacked";
  EXPECT_FALSE(canGate(kernel(other, BlockFormat::Q4_0, 64), ActivationKind::q8)) << "no shared units";
  MatmulKernel mixed = kernel(compiled, BlockFormat::Q4_0, 64);
  mixed.segments[1].format = BlockFormat::Q4_1;
  EXPECT_FALSE(canGate(mixed, ActivationKind::q8));
}

} // namespace
