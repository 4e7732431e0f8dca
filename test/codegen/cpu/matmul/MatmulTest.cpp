// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Matmul and embedding kernels, compiled and run: numbers against float64 for every format and activation kind, and the same bits
// for every token count, tile and split of the panels.
#include "codegen/cpu/matmul/Dots.h"
#include "codegen/cpu/matmul/MatmulKernel.h"
#include "codegen/cpu/target/CpuTarget.h"
#include "test/codegen/cpu/TestFrame.h"
#include "test/codegen/cpu/matmul/CompiledModule.h"
#include "test/codegen/cpu/matmul/Matrices.h"

#include "gtest/gtest.h"

#include <array>
#include <cstring>
#include <map>

namespace {

using namespace ingot;
using namespace ingot::cpu;
using namespace ingot::test;
using packed::BlockFormat;

constexpr float untouched = 12345.5f;

/// Room for what any kernel here needs (scratchBytes).
alignas(64) std::array<uint8_t, 1 << 20> scratch;

/// Runs a kernel over its panels in pieces of `grain`.
void run(ingot_kernel kernel, const TestFrame &frame, std::vector<void *> operands, int64_t panels, int64_t grain = 1 << 20) {
  for (int64_t begin = 0; begin < panels; begin += grain)
    kernel(&frame, operands.data(), begin, std::min(begin + grain, panels), scratch.data());
}

std::vector<float> filled(int64_t count) { return std::vector<float>(count, untouched); }

/// Format, kind of activations, target, parts beside the sums (`words` or none).
using Case = std::tuple<int, ActivationKind, const char *, uint8_t>;

class FormatAndKind : public testing::TestWithParam<Case> {
protected:
  void SetUp() override {
    target = std::get<2>(GetParam());
    if (const std::string missing = missingFeatures(target); !missing.empty()) GTEST_SKIP() << missing;
    format = static_cast<BlockFormat>(std::get<0>(GetParam()));
    kind = std::get<1>(GetParam());
  }
  std::vector<int64_t> columnCounts() const {
    switch (packed::info(format).blockElements) {
    case 1:
      return {1, 3, 48, 96};
    case 32:
      return {32, 64, 96, 256, 544}; // two chunks, with a part of a strip
    default:
      return {256, 768};
    }
  }
  VectorUnit unit() const {
    std::string error;
    return CpuTarget::named(target, error)->unit;
  }
  ActivationLayout layoutFor(int64_t columns) const {
    return ActivationLayout::of(kind, columns, packed::isInteger(kind) ? sumsNeeded(format) | std::get<3>(GetParam()) : 0);
  }
  MatmulKernel kernelFor(const std::string &name, int64_t rows, int64_t columns) const {
    MatmulKernel kernel;
    kernel.name = name;
    kernel.activations = layoutFor(columns);
    kernel.segments = {{format, rows, false}};
    kernel.unit = unit();
    return kernel;
  }
  BlockFormat format;
  ActivationKind kind;
  const char *target;
  std::mt19937 random{7};
};

TEST_P(FormatAndKind, MatchesFloat64) {
  // Whole panels need a function of their own: once is enough.
  const bool inChunks = unit().sharesUnits; // of which few tokens know nothing
  const int64_t tokens = inChunks ? 30 : 7;
  auto rowCounts = [&](int64_t columns) {
    if (inChunks) return std::vector<int64_t>{40};
    return columns == columnCounts().back() ? std::vector<int64_t>{1, 15, 16, 17, 40} : std::vector<int64_t>{1, 15, 17, 40};
  };
  CompiledModule compiled(target);
  for (int64_t columns : columnCounts())
    for (int64_t rows : rowCounts(columns))
      emitMatmul(kernelFor("m" + std::to_string(rows) + "x" + std::to_string(columns), rows, columns), compiled.module());
  compiled.compile();
  for (int64_t columns : columnCounts())
    for (int64_t rows : rowCounts(columns)) {
      Weights weights(format, rows, columns, random);
      Activations x(layoutFor(columns), tokens, random);
      GuardedMemory result(tokens * rows * 4);
      std::fill_n(result.as<float>(), tokens * rows, untouched);
      run(compiled.kernel("m" + std::to_string(rows) + "x" + std::to_string(columns)), {tokens, 0, 0},
          {x.records.data(), weights.panels.data(), result.data()}, panelCount(rows));
      for (int64_t token = 0; token < tokens; token++)
        for (int64_t row = 0; row < rows; row++) {
          const Expected expected = expectedProduct(weights, x, token, row, unit());
          ASSERT_NEAR(result.as<float>()[token * rows + row], expected.value, expected.bound)
              << "rows " << rows << " columns " << columns << " token " << token << " row " << row;
        }
    }
}

TEST_P(FormatAndKind, SameBitsForEveryTokenCountAndSplit) {
  const int64_t rows = 56, columns = columnCounts().back(), mostTokens = 30; // two tiles of 12, one of 4, 2 alone
  CompiledModule compiled(target);
  MatmulKernel kernel = kernelFor("one", rows, columns);
  kernel.oneToken = true;
  emitMatmul(kernel, compiled.module());
  kernel.name = "ahead", kernel.schedule.prefetchBytes = kernel.schedule.prefetchOneBytes = 2304;
  emitMatmul(kernel, compiled.module());
  kernel.oneToken = false;
  for (int tile : {6, 12}) {
    kernel.name = "tile" + std::to_string(tile), kernel.schedule.tileTokens = tile;
    emitMatmul(kernel, compiled.module());
  }
  compiled.compile();

  Weights weights(format, rows, columns, random);
  Activations x(layoutFor(columns), mostTokens, random);
  std::vector<float> alone = filled(mostTokens * rows), ahead = alone;
  for (int64_t token = 0; token < mostTokens; token++) {
    void *record = x.records.data() + token * x.layout.recordBytes;
    run(compiled.kernel("one"), {1, token, 0}, {record, weights.panels.data(), &alone[token * rows]}, panelCount(rows));
    run(compiled.kernel("ahead"), {1, token, 0}, {record, weights.panels.data(), &ahead[token * rows]}, panelCount(rows), 3);
  }
  EXPECT_EQ(memcmp(alone.data(), ahead.data(), alone.size() * 4), 0);
  for (const char *name : {"tile6", "tile12"})
    for (int64_t tokens : {1, 2, 5, 6, 13, 30})
      for (int64_t grain : {1, 2, 3, 100}) {
        std::vector<float> result = filled(mostTokens * rows);
        run(compiled.kernel(name), {tokens, 0, 0}, {x.records.data(), weights.panels.data(), result.data()}, panelCount(rows),
            grain);
        ASSERT_EQ(memcmp(result.data(), alone.data(), tokens * rows * 4), 0) << name << " tokens " << tokens << " grain " << grain;
        for (int64_t i = tokens * rows; i < mostTokens * rows; i++) ASSERT_EQ(result[i], untouched) << "past the last token";
      }
}

TEST_P(FormatAndKind, LargestCodesDoNotSaturate) {
  const int64_t rows = 16, columns = columnCounts().back(), tokens = 26; // some of them one by one
  const ActivationLayout layout = layoutFor(columns);
  if (!layout.isQuantised()) GTEST_SKIP() << "only integers saturate";
  CompiledModule compiled(target);
  emitMatmul(kernelFor("largest", rows, columns), compiled.module());
  compiled.compile();
  for (float value : {1.0f, -1.0f})
    for (uint8_t codes : {0xff, 0x00}) {
      Weights weights(format, rows, columns, random);
      weights.setCodes(codes);
      Activations x(layout, tokens, value);
      std::vector<float> result = filled(tokens * rows);
      run(compiled.kernel("largest"), {tokens, 0, 0}, {x.records.data(), weights.panels.data(), result.data()}, 1);
      for (int64_t i = 0; i < tokens * rows; i++) {
        const Expected expected = expectedProduct(weights, x, i / rows, i % rows, unit());
        ASSERT_NEAR(result[i], expected.value, expected.bound) << "activations " << value << " codes " << int(codes);
      }
    }
}

std::string nameOf(const testing::TestParamInfo<Case> &info) {
  static constexpr const char *kinds[] = {"f32", "bf16", "q8", "q15"};
  return std::string(packed::info(static_cast<BlockFormat>(std::get<0>(info.param))).name) + "_" +
         kinds[static_cast<int>(std::get<1>(info.param))] + (std::get<3>(info.param) ? "_words" : "") +
         std::map<std::string, std::string>{{"znver4", ""}, {"sapphirerapids", "_chunks"}, {"x86-64-v3", "_avx2"}}.at(
             std::get<2>(info.param));
}

/// Dense weights take float activations only.
std::vector<Case> everyCase() {
  std::vector<Case> cases;
  for (const char *target : {"znver4", "x86-64-v3"})
    for (int format = 0; format < packed::blockFormatCount; format++) {
      cases.push_back({format, ActivationKind::f32, target, 0});
      cases.push_back({format, ActivationKind::bf16, target, 0});
      if (!packed::info(static_cast<BlockFormat>(format)).isQuantised()) continue;
      cases.push_back({format, ActivationKind::q8, target, 0});
      cases.push_back({format, ActivationKind::q15, target, 0});
      if (target == std::string("x86-64-v3") && PanelLayout::of(static_cast<BlockFormat>(format), 256).highBits == 0)
        cases.push_back({format, ActivationKind::q15, target, packed::words});
      if (target == std::string("znver4")) cases.push_back({format, ActivationKind::q8, "sapphirerapids", 0});
    }
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Matmul, FormatAndKind, testing::ValuesIn(everyCase()), nameOf);

class MatmulRun : public testing::Test {
protected:
  void SetUp() override {
    if (const std::string missing = missingFeatures(); !missing.empty()) GTEST_SKIP() << missing;
  }
  std::mt19937 random{11};
};

TEST_F(MatmulRun, SegmentsOfSeveralFormatsShareTheActivations) {
  const int64_t columns = 256, tokens = 8;
  const std::vector<MatmulSegment> segments = {{BlockFormat::Q4_K, 40, false},
                                               {BlockFormat::Q6_K, 17, true},
                                               {BlockFormat::Q8_0, 16, false},
                                               {BlockFormat::Q4_K, 24, false}};
  uint8_t sums = 0;
  for (const MatmulSegment &segment : segments) sums |= sumsNeeded(segment.format);
  const ActivationLayout layout = ActivationLayout::of(ActivationKind::q8, columns, sums);
  CompiledModule compiled;
  emitMatmul({"fused", layout, segments, false, false, {}}, compiled.module());
  int functions = 0;
  compiled.module().walk([&](mlir::LLVM::LLVMFuncOp) { functions++; });
  EXPECT_EQ(functions, 4) << "the kernel and three segments: the two of Q4_K share one";
  compiled.compile();

  Activations x(layout, tokens, random);
  std::vector<std::unique_ptr<Weights>> weights;
  std::vector<std::vector<float>> results;
  int64_t panels = 0;
  for (const MatmulSegment &segment : segments) {
    weights.push_back(std::make_unique<Weights>(segment.format, segment.rows, columns, random));
    results.emplace_back(tokens * segment.rows, segment.accumulate ? 3.0f : untouched);
    panels += panelCount(segment.rows);
  }
  std::vector<void *> operands = {x.records.data()};
  for (auto &matrix : weights) operands.push_back(matrix->panels.data());
  for (auto &result : results) operands.push_back(result.data());
  run(compiled.kernel("fused"), {tokens, 0, 0}, operands, panels, 2);
  for (size_t number = 0; number < segments.size(); number++)
    for (int64_t token = 0; token < tokens; token++)
      for (int64_t row = 0; row < segments[number].rows; row++) {
        const Expected expected = expectedProduct(*weights[number], x, token, row);
        const double before = segments[number].accumulate ? 3 : 0;
        ASSERT_NEAR(results[number][token * segments[number].rows + row], before + expected.value, expected.bound + 1e-6)
            << "segment " << number << " token " << token << " row " << row;
      }
}

TEST_F(MatmulRun, LongRowsAreMultipliedBlockOfTokensByBlock) {
  const int64_t rows = 40, columns = 16384, tokens = 30; // 12 records are all that half a second-level cache holds
  CompiledModule compiled;
  const ActivationLayout layout = ActivationLayout::of(ActivationKind::q8, columns, sumsNeeded(BlockFormat::Q4_0));
  emitMatmul({"one", layout, {{BlockFormat::Q4_0, rows, false}}, false, true, {}}, compiled.module());
  emitMatmul({"many", layout, {{BlockFormat::Q4_0, rows, false}}, false, false, {}}, compiled.module());
  compiled.compile();
  Weights weights(BlockFormat::Q4_0, rows, columns, random);
  Activations x(layout, tokens, random);
  std::vector<float> alone = filled(tokens * rows), together = alone;
  for (int64_t token = 0; token < tokens; token++)
    run(compiled.kernel("one"), {1, token, 0},
        {x.records.data() + token * layout.recordBytes, weights.panels.data(), &alone[token * rows]}, panelCount(rows));
  run(compiled.kernel("many"), {tokens, 0, 0}, {x.records.data(), weights.panels.data(), together.data()}, panelCount(rows), 2);
  EXPECT_EQ(memcmp(alone.data(), together.data(), alone.size() * 4), 0);
}

TEST_F(MatmulRun, AccumulatesExactlyTheSumThatItWouldStore) {
  const int64_t columns = 64, rows = 23, tokens = 7;
  const ActivationLayout layout = ActivationLayout::of(ActivationKind::q15, columns, sumsNeeded(BlockFormat::Q4_1));
  CompiledModule compiled;
  emitMatmul({"store", layout, {{BlockFormat::Q4_1, rows, false}}, false, false, {}}, compiled.module());
  emitMatmul({"add", layout, {{BlockFormat::Q4_1, rows, true}}, false, false, {}}, compiled.module());
  compiled.compile();
  Weights weights(BlockFormat::Q4_1, rows, columns, random);
  Activations x(layout, tokens, random);
  std::vector<float> stored(tokens * rows), added(tokens * rows, 1.25f);
  run(compiled.kernel("store"), {tokens, 0, 0}, {x.records.data(), weights.panels.data(), stored.data()}, panelCount(rows));
  run(compiled.kernel("add"), {tokens, 0, 0}, {x.records.data(), weights.panels.data(), added.data()}, panelCount(rows));
  for (size_t i = 0; i < stored.size(); i++) ASSERT_EQ(added[i], 1.25f + stored[i]) << i;
}

TEST_F(MatmulRun, WantedTokensOnly) {
  const int64_t columns = 64, rows = 20, tokens = 9;
  const ActivationLayout layout = ActivationLayout::of(ActivationKind::q8, columns, sumsNeeded(BlockFormat::Q8_0));
  CompiledModule compiled;
  emitMatmul({"wanted", layout, {{BlockFormat::Q8_0, rows, false}}, true, false, {}}, compiled.module());
  emitMatmul({"one", layout, {{BlockFormat::Q8_0, rows, false}}, true, true, {}}, compiled.module());
  compiled.compile();
  Weights weights(BlockFormat::Q8_0, rows, columns, random);
  Activations x(layout, tokens, random);
  for (int64_t wanted : {0, 1, 7, 9}) {
    std::vector<float> result = filled(tokens * rows);
    run(compiled.kernel("wanted"), {tokens, 0, wanted}, {x.records.data(), weights.panels.data(), result.data()}, 2);
    for (int64_t i = 0; i < tokens * rows; i++) {
      if (i >= wanted * rows) {
        ASSERT_EQ(result[i], untouched);
        continue;
      }
      const Expected expected = expectedProduct(weights, x, i / rows, i % rows);
      ASSERT_NEAR(result[i], expected.value, expected.bound);
    }
  }
  std::vector<float> none = filled(rows);
  run(compiled.kernel("one"), {1, 5, 0}, {x.records.data(), weights.panels.data(), none.data()}, 2);
  EXPECT_EQ(none, filled(rows)) << "nothing wanted, nothing written";
}

/// `tokens` tokens by a kernel made for many of them.
std::vector<float> manyTokens(MatmulKernel kernel, const char *target, const Weights &weights, const Activations &x,
                              int64_t tokens) {
  CompiledModule compiled(target);
  kernel.unit = compiled.unit();
  emitMatmul(kernel, compiled.module());
  compiled.compile();
  const int64_t rows = kernel.segments[0].rows;
  std::vector<float> result = filled(tokens * rows);
  run(compiled.kernel(kernel.name.c_str()), {tokens, 0, 0}, {x.records.data(), weights.panels.data(), result.data()},
      panelCount(rows));
  return result;
}

TEST(Matmul, PairsOfPanelsGiveTheSameBits) {
  if (const std::string missing = missingFeatures("znver5"); !missing.empty()) GTEST_SKIP() << missing;
  const int64_t rows = 72; // two pairs and a part
  std::mt19937 random(5);
  for (BlockFormat format : {BlockFormat::Q4_0, BlockFormat::Q5_0, BlockFormat::Q8_0, BlockFormat::Q3_K, BlockFormat::Q6_K})
    for (int64_t tokens : {30, 15, 8}) { // pairs in tiles of 4, 2, 1 (znver5); 30 in chunks (sapphirerapids)
      MatmulKernel kernel;
      const int64_t columns = packed::info(format).blockElements == 256 ? 512 : 288;
      kernel.name = "pairs", kernel.segments = {{format, rows, false}};
      kernel.activations = ActivationLayout::of(ActivationKind::q8, columns, sumsNeeded(format));
      const Weights weights(format, rows, columns, random);
      const Activations x(kernel.activations, tokens, random);
      const std::vector<float> alone = manyTokens(kernel, "znver4", weights, x, tokens);
      for (const char *target : {"znver5", "sapphirerapids"})
        if (codeShift(format, ActivationKind::q8, CompiledModule(target).unit()) == 0) // else a rule of its own
          EXPECT_EQ(manyTokens(kernel, target, weights, x, tokens), alone) << packed::info(format).name << " " << target;
    }
}

TEST(Matmul, ColumnsThatNoCacheHoldsGoInBlocks) {
  const int64_t rows = 168, tokens = 30; // eight panels whose sums wait, and three, the last of them half
  std::mt19937 random(4);
  for (const char *target : {"sapphirerapids", "x86-64-v3"}) {
    if (!missingFeatures(target).empty()) continue;
    for (const auto &[format, columns] :
         {std::pair{BlockFormat::Q4_0, 4640}, {BlockFormat::Q6_K, 4608}, {BlockFormat::Q4_K, 2304}}) {
      CompiledModule compiled(target);
      const ActivationLayout layout = ActivationLayout::of(ActivationKind::q8, columns, sumsNeeded(format));
      const MatmulKernel one{"one", layout, {{format, rows, false}}, false, true, {}, compiled.unit()};
      const MatmulKernel many{"many", layout, {{format, rows, false}}, false, false, {}, compiled.unit()};
      for (const MatmulKernel &kernel : {one, many}) emitMatmul(kernel, compiled.module());
      compiled.compile();
      const Weights weights(format, rows, columns, random);
      const Activations x(layout, tokens, random);
      const GuardedMemory room(scratchBytes(many));
      std::vector<float> alone = filled(tokens * rows), together = alone;
      for (int64_t token = 0; token < tokens; token++)
        run(compiled.kernel("one"), {1, token, 0},
            {x.records.data() + token * layout.recordBytes, weights.panels.data(), &alone[token * rows]}, panelCount(rows));
      const TestFrame frame(tokens);
      void *operands[] = {x.records.data(), weights.panels.data(), together.data()};
      compiled.kernel("many")(&frame, operands, 0, panelCount(rows), room.data());
      EXPECT_EQ(alone, together) << target << " " << packed::info(format).name;
    }
  }
}

TEST(Matmul, PanelsThatNoCacheHoldsGoInGroups) {
  const char *target = missingFeatures("znver4").empty() ? "znver4" : "x86-64-v3";
  if (const std::string missing = missingFeatures(target); !missing.empty()) GTEST_SKIP() << missing;
  const int64_t rows = 88, columns = 6144, tokens = 30; // panels of 384 KB, two a group; more tokens than one block
  std::mt19937 random(6);
  MatmulKernel kernel;
  kernel.name = "groups", kernel.segments = {{BlockFormat::F32, rows, false}};
  kernel.activations = ActivationLayout::of(ActivationKind::f32, columns, 0);
  const Weights weights(BlockFormat::F32, rows, columns, random);
  const Activations x(kernel.activations, tokens, random);
  const std::vector<float> result = manyTokens(kernel, target, weights, x, tokens);
  for (int64_t i = 0; i < tokens * rows; i += 7) {
    const Expected expected = expectedProduct(weights, x, i / rows, i % rows);
    ASSERT_NEAR(result[i], expected.value, expected.bound) << "token " << i / rows << " row " << i % rows;
  }
}

class Embed : public testing::TestWithParam<int> {};

TEST_P(Embed, DequantisesExactly) {
  if (const std::string missing = missingFeatures(); !missing.empty()) GTEST_SKIP() << missing;
  const auto format = static_cast<BlockFormat>(GetParam());
  const int elements = packed::info(format).blockElements;
  const int64_t rows = 37, columns = elements == 1 ? 45 : elements == 32 ? 96 : 512;
  std::mt19937 random(3);
  Weights weights(format, rows, columns, random);
  CompiledModule compiled;
  emitEmbed({"embed", format, rows, columns}, compiled.module());
  compiled.compile();
  std::vector<int32_t> tokens = {36, 0, 15, 16, 16, 5, 31};
  std::vector<float> result = filled(tokens.size() * columns);
  const TestFrame frame(static_cast<int64_t>(tokens.size()));
  void *operands[] = {tokens.data(), weights.panels.data(), result.data()};
  compiled.kernel("embed")(&frame, operands, 0, 3, nullptr);
  compiled.kernel("embed")(&frame, operands, 3, 6, nullptr);
  for (size_t token = 0; token < 6; token++)
    EXPECT_EQ(memcmp(&result[token * columns], &weights.values[tokens[token] * columns], columns * 4), 0) << "token " << token;
  EXPECT_EQ(std::vector<float>(result.begin() + 6 * columns, result.end()), filled(columns)) << "past the chunk";
}

INSTANTIATE_TEST_SUITE_P(Matmul, Embed, testing::Range(0, packed::blockFormatCount), [](const testing::TestParamInfo<int> &info) {
  return std::string(packed::info(static_cast<BlockFormat>(info.param)).name);
});

} // namespace
