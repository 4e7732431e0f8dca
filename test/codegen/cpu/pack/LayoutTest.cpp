// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where planes lie: kernels and packers must agree, so a change here is a change of the file format between them.
#include "codegen/cpu/layout/ActivationLayout.h"
#include "codegen/cpu/layout/PanelLayout.h"
#include "codegen/cpu/pack/Pack.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

using namespace ingot;
using namespace ingot::cpu;
using packed::BlockFormat;

namespace {

TEST(PanelLayout, q4_0) {
  const PanelLayout layout = PanelLayout::of(BlockFormat::Q4_0, 96);
  EXPECT_EQ(layout.lowBits, 4);
  EXPECT_EQ(layout.highBits, 0);
  EXPECT_EQ(layout.stripColumns, 64);
  EXPECT_EQ(layout.scales, 0);
  EXPECT_EQ(layout.low, 64);
  EXPECT_EQ(layout.high, -1);
  EXPECT_EQ(layout.codeBlockBytes(), 256);
  EXPECT_EQ(layout.minimums, -1);
  EXPECT_EQ(layout.superScales, -1);
  EXPECT_EQ(layout.stripBytes, 9 * 64);
  EXPECT_EQ(layout.panelBytes, 2 * 9 * 64) << "96 columns are one and a half strips, stored as two";
}

TEST(PanelLayout, q5_1) {
  const PanelLayout layout = PanelLayout::of(BlockFormat::Q5_1, 64);
  EXPECT_EQ(layout.lowBits, 4);
  EXPECT_EQ(layout.highBits, 1);
  EXPECT_EQ(layout.scales, 0);
  EXPECT_EQ(layout.minimums, 64);
  EXPECT_EQ(layout.low, 128);
  EXPECT_EQ(layout.high, layout.low + 256);
  EXPECT_EQ(layout.codeBlockBytes(), 256 + 64);
  EXPECT_EQ(layout.stripBytes, layout.low + 2 * (256 + 64));
  EXPECT_EQ(layout.panelBytes, layout.stripBytes);
}

TEST(PanelLayout, q2_kSharesABytePerSubBlock) {
  const PanelLayout layout = PanelLayout::of(BlockFormat::Q2_K, 256);
  EXPECT_EQ(layout.stripColumns, 256);
  EXPECT_EQ(layout.superScales, 0);
  EXPECT_EQ(layout.superMinimums, 32);
  EXPECT_EQ(layout.scales, 64);
  EXPECT_EQ(layout.minimums, -1);
  EXPECT_EQ(layout.low, layout.scales + 16 * 16);
  EXPECT_EQ(layout.panelBytes, layout.low + 8 * 128);
}

TEST(PanelLayout, q4_kIsNoLargerThanItsSource) {
  const PanelLayout layout = PanelLayout::of(BlockFormat::Q4_K, 256);
  EXPECT_EQ(layout.superMinimums, 32);
  EXPECT_EQ(layout.scales, 64);
  EXPECT_EQ(layout.minimums, -1);
  EXPECT_EQ(layout.low, layout.scales + 3 * 64);
  EXPECT_EQ(layout.stripBytes, 16 * 144);
  EXPECT_EQ(PanelLayout::of(BlockFormat::Q5_K, 256).stripBytes, 16 * 176);
}

TEST(PanelLayout, q3_kHasScalesOfSixBits) {
  const PanelLayout layout = PanelLayout::of(BlockFormat::Q3_K, 256);
  EXPECT_EQ(layout.scales, 64);
  EXPECT_EQ(layout.low, layout.scales + 3 * 64);
}

TEST(PanelLayout, q6_k) {
  const PanelLayout layout = PanelLayout::of(BlockFormat::Q6_K, 512);
  EXPECT_EQ(layout.lowBits, 4);
  EXPECT_EQ(layout.highBits, 2);
  EXPECT_EQ(layout.superScales, 0);
  EXPECT_EQ(layout.superMinimums, -1);
  EXPECT_EQ(layout.scales, 64);
  EXPECT_EQ(layout.low, layout.scales + 16 * 16);
  EXPECT_EQ(layout.high, layout.low + 256);
  EXPECT_EQ(layout.stripBytes, layout.low + 8 * (256 + 128));
  EXPECT_EQ(layout.panelBytes, 2 * layout.stripBytes);
}

TEST(PanelLayout, dense) {
  EXPECT_EQ(PanelLayout::of(BlockFormat::BF16, 3).panelBytes, 2 * 16 * 2 * 2);
  EXPECT_EQ(PanelLayout::of(BlockFormat::F16, 3).panelBytes, 128);
  EXPECT_EQ(PanelLayout::of(BlockFormat::F32, 3).panelBytes, 3 * 16 * 4);
  EXPECT_EQ(PanelLayout::of(BlockFormat::F32, 3).low, 0);
}

TEST(PanelLayout, planesBeginOnCacheLines) {
  for (int i = 0; i < packed::blockFormatCount; ++i) {
    const PanelLayout layout = PanelLayout::of(static_cast<BlockFormat>(i), 768);
    for (int64_t offset : {layout.low, layout.high, layout.scales, layout.minimums, layout.superScales, layout.stripBytes})
      if (offset >= 0) EXPECT_EQ(offset % 64, 0);
    EXPECT_EQ(layout.panelBytes % 64, 0);
  }
}

/// ggml's nibbles and a line's are the same: a Q4_0 block's 16 bytes become one word in each of the four lines.
TEST(PanelLayout, q4_0LinesHoldTheBlocksWords) {
  std::vector<uint8_t> source(16 * 18);
  for (int row = 0; row < 16; ++row)
    for (int i = 0; i < 16; ++i) source[row * 18 + 2 + i] = static_cast<uint8_t>(row * 16 + i);
  const PanelLayout layout = PanelLayout::of(BlockFormat::Q4_0, 32);
  std::vector<uint8_t> panel(layout.panelBytes);
  pack(layout, 16, 0, 1, source.data(), panel.data());
  for (int line = 0; line < 4; ++line)
    for (int row = 0; row < 16; ++row)
      for (int i = 0; i < 4; ++i) EXPECT_EQ(panel[layout.low + line * 64 + row * 4 + i], row * 16 + line * 4 + i);
}

TEST(ActivationLayout, q8WithSums) {
  const auto layout = ActivationLayout::of(ActivationKind::q8, 96, ActivationParts::negated32 | ActivationParts::scaled16);
  EXPECT_EQ(layout.terms, 1);
  EXPECT_EQ(layout.codes, 0);
  EXPECT_EQ(layout.codePlaneBytes, 128);
  EXPECT_EQ(layout.scales, 128);
  EXPECT_EQ(layout.negated32, 192);
  EXPECT_EQ(layout.negated16, -1);
  EXPECT_EQ(layout.scaled32, -1);
  EXPECT_EQ(layout.scaled16, 256);
  EXPECT_EQ(layout.recordBytes, 320);
}

TEST(ActivationLayout, q15HasTwoPlanes) {
  const auto layout = ActivationLayout::of(ActivationKind::q15, 64, 0);
  EXPECT_EQ(layout.terms, 2);
  EXPECT_EQ(layout.codePlaneBytes, 64 + 1088) << "far from the same set of a cache";
  EXPECT_EQ(layout.scales, 1216);
  EXPECT_EQ(layout.recordBytes, 1344);
}

TEST(ActivationLayout, q15AsWordsHasOne) {
  const auto layout = ActivationLayout::of(ActivationKind::q15, 96, ActivationParts::negated32 | ActivationParts::words);
  EXPECT_EQ(layout.terms, 0);
  EXPECT_TRUE(layout.hasWords());
  EXPECT_EQ(layout.codes, 0);
  EXPECT_EQ(layout.scales, 192);
  EXPECT_EQ(layout.negated32, 256);
  EXPECT_FALSE(ActivationLayout::of(ActivationKind::q15, 96, 0).hasWords());
}

TEST(ActivationLayout, recordsAreAnOddNumberOfLines) {
  for (ActivationKind kind : {ActivationKind::f32, ActivationKind::bf16, ActivationKind::q8, ActivationKind::q15})
    for (int64_t columns : {32, 576, 2048, 8192}) EXPECT_EQ(ActivationLayout::of(kind, columns, 0).recordBytes % 128, 64);
}

TEST(ActivationLayout, floats) {
  EXPECT_EQ(ActivationLayout::of(ActivationKind::f32, 33, 0).recordBytes, 192);
  const auto layout = ActivationLayout::of(ActivationKind::bf16, 33, 0);
  EXPECT_EQ(layout.recordBytes, 192); // 34 columns of two bytes, and a line that keeps records out of step
  EXPECT_EQ(layout.scales, -1);
  EXPECT_EQ(layout.terms, 0);
}

} // namespace
