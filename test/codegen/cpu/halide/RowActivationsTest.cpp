// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A matmul's input as row kernels store it, plane by plane, against what ActivationLayout.h says.
#include "KernelRunner.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>

namespace ingot::cpu::test {
namespace {

class RowActivationsTest : public testing::Test {
  void SetUp() override {
    std::string reason;
    if (!canRun(reason)) GTEST_SKIP() << reason;
  }
};

RowKernel storing(const std::string &name, RowShape shape, const ActivationLayout &layout) {
  RowKernel kernel;
  kernel.name = name;
  kernel.operandCount = 2;
  kernel.nodes = {{RowOp::input, {}, shape, 0}};
  RowOutput output = {0, 1, RowStore::activations};
  output.layout = layout;
  kernel.outputs = {output};
  return kernel;
}

AlignedBytes runOn(const RowKernel &kernel, std::vector<float> &x, int64_t tokens) {
  AlignedBytes records(tokens * kernel.outputs[0].layout.recordBytes, 0x55);
  KernelRunner(kernel).run(kernel.name, {tokens, 0, 0}, {x.data(), records.data}, 0, tokens);
  return records;
}

template <typename Element> Element at(const AlignedBytes &bytes, int64_t offset, int64_t index) {
  Element element;
  memcpy(&element, bytes.data + offset + index * int64_t(sizeof(Element)), sizeof(Element));
  return element;
}

/// The 15 bits of a column of a record.
int wideValue(const AlignedBytes &records, const ActivationLayout &layout, int64_t record, int64_t column) {
  if (layout.hasWords()) {
    // Pairs of columns 0 and 2, 4 and 6 … of 32, then those of 1 and 3, 5 and 7 …
    const int64_t within = column % 32, word = within % 2 * 16 + within / 4 * 2 + within % 4 / 2;
    return at<int16_t>(records, record + layout.codes, column - within + word);
  }
  const int high = at<int8_t>(records, record + layout.codes, column);
  const int low = at<int8_t>(records, record + layout.codes + layout.codePlaneBytes, column);
  EXPECT_LE(low, 63);
  EXPECT_GE(low, -64);
  return 128 * high + low;
}

void checkQuantised(ActivationKind kind, RowShape shape, uint8_t parts) {
  const int64_t columns = shape.heads * shape.width, tokens = 3;
  const ActivationLayout layout = ActivationLayout::of(kind, columns, parts);
  std::vector<float> x = randomFloats(tokens * columns, 3);
  for (int64_t i = 0; i < 32; ++i) x[i] = 0;                         // a block of zeros
  for (int64_t i = 32; i < 64 && columns >= 64; ++i) x[i] *= 1e-38f; // one whose reciprocal isn't a number that matters
  const std::string name = "quantised_" + std::to_string(int(kind)) + "_" + std::to_string(columns) + "_" + std::to_string(parts);
  const AlignedBytes records = runOn(storing(name, shape, layout), x, tokens);
  const double largest = kind == ActivationKind::q15 ? 16256 : 127;
  for (int64_t token = 0; token < tokens; ++token) {
    const int64_t record = token * layout.recordBytes;
    std::vector<int> codes(columns);
    for (int64_t block = 0; block < columns / 32; ++block) {
      double absmax = 0;
      for (int64_t i = block * 32; i < block * 32 + 32; ++i) absmax = std::max<double>(absmax, std::abs(x[token * columns + i]));
      const float scale = at<float>(records, record + layout.scales, block);
      if (absmax < 1e-30) absmax = 0;
      ASSERT_NEAR(scale, absmax / largest, absmax / largest * 1e-6);
      for (int64_t i = block * 32; i < block * 32 + 32; ++i) {
        codes[i] =
            kind == ActivationKind::q15 ? wideValue(records, layout, record, i) : at<int8_t>(records, record + layout.codes, i);
        if (absmax == 0)
          ASSERT_EQ(codes[i], 0);
        else
          ASSERT_NEAR(codes[i], x[token * columns + i] / (absmax / largest), 0.5 + 3e-3) << name << " " << i;
      }
    }
    const auto checkSums = [&](int64_t offset, int size, bool scaled) {
      for (int64_t block = 0; offset >= 0 && block < columns / size; ++block) {
        int sum = 0;
        for (int64_t i = block * size; i < (block + 1) * size; ++i) sum += codes[i];
        if (scaled)
          ASSERT_EQ(at<float>(records, record + offset, block),
                    at<float>(records, record + layout.scales, block * size / 32) * float(sum));
        else
          ASSERT_EQ(at<int32_t>(records, record + offset, block), -sum);
      }
    };
    checkSums(layout.negated32, 32, false);
    checkSums(layout.negated16, 16, false);
    checkSums(layout.scaled32, 32, true);
    checkSums(layout.scaled16, 16, true);
  }
}

TEST_F(RowActivationsTest, q8_and_q15_with_all_sums) {
  for (ActivationKind kind : {ActivationKind::q8, ActivationKind::q15})
    for (RowShape shape : {RowShape{1, 32}, RowShape{1, 96}, RowShape{9, 64}, RowShape{1, 640}, RowShape{3, 48 * 2}})
      for (int sums : {0, int(negated32), int(negated32 | scaled32), 15})
        for (int form : {0, kind == ActivationKind::q15 ? int(packed::words) : 0})
          checkQuantised(kind, shape, uint8_t(sums | form));
}

TEST_F(RowActivationsTest, wide_rows_need_no_heap) {
  const int64_t columns = 14336;
  const ActivationLayout layout = ActivationLayout::of(ActivationKind::q15, columns, 0);
  RowKernel kernel = storing("wide", {1, columns}, layout);
  kernel.nodes.push_back({RowOp::scale, {0}, {1, columns}, -1, 2.0f}); // used twice, so kept
  kernel.outputs[0].node = 1;
  std::vector<float> x = randomFloats(2 * columns, 9);
  const AlignedBytes records = runOn(kernel, x, 2); // an unresolved halide_malloc would fail here
  const float scale = at<float>(records, layout.recordBytes + layout.scales, columns / 32 - 1);
  EXPECT_NEAR(scale * float(wideValue(records, layout, layout.recordBytes, columns - 1)), 2 * x.back(), 1e-4);
}

TEST_F(RowActivationsTest, bf16_rounds_to_nearest_even) {
  for (int64_t columns : {1, 7, 48, 100, 576}) {
    const ActivationLayout layout = ActivationLayout::of(ActivationKind::bf16, columns, 0);
    std::vector<float> x = randomFloats(2 * columns, 5);
    x[0] = 1.0f + 0x1p-8f; // a tie, to even: down
    if (columns > 4) x[1] = 1.0f + 0x3p-8f, x[2] = INFINITY, x[3] = -NAN, x[4] = 3.4e38f;
    const AlignedBytes records = runOn(storing("bf16_" + std::to_string(columns), {1, columns}, layout), x, 2);
    for (int64_t token = 0; token < 2; ++token)
      for (int64_t i = 0; i < (columns + 1) / 2 * 2; ++i) {
        const uint16_t got = at<uint16_t>(records, token * layout.recordBytes + layout.codes, i);
        if (i == columns) {
          ASSERT_EQ(got, 0);
          continue;
        }
        const float value = x[token * columns + i], back = std::bit_cast<float>(uint32_t(got) << 16);
        if (std::isnan(value)) {
          ASSERT_TRUE(std::isnan(back));
          continue;
        }
        const uint32_t bits = std::bit_cast<uint32_t>(value), rest = bits & 0xffff;
        ASSERT_EQ(got, uint16_t((bits >> 16) + (rest > 0x8000 || (rest == 0x8000 && (bits >> 16 & 1)))));
      }
  }
}

TEST_F(RowActivationsTest, f32_copies) {
  const ActivationLayout layout = ActivationLayout::of(ActivationKind::f32, 60, 0);
  std::vector<float> x = randomFloats(120, 6);
  const AlignedBytes records = runOn(storing("f32", {3, 20}, layout), x, 2);
  for (int64_t i = 0; i < 120; ++i) ASSERT_EQ(at<float>(records, i / 60 * layout.recordBytes + layout.codes, i % 60), x[i]);
}

TEST_F(RowActivationsTest, infinities_and_nans_stay_in_their_block) {
  for (ActivationKind kind : {ActivationKind::q8, ActivationKind::q15}) {
    const ActivationLayout layout = ActivationLayout::of(kind, 96, 15);
    std::vector<float> x(96, 1.0f);
    x[3] = NAN;
    x[40] = -INFINITY;
    const AlignedBytes records = runOn(storing("extremes" + std::to_string(int(kind)), {1, 96}, layout), x, 1);
    EXPECT_FALSE(std::isfinite(at<float>(records, layout.scales, 0)));
    EXPECT_FALSE(std::isfinite(at<float>(records, layout.scales, 1)));
    EXPECT_NEAR(at<float>(records, layout.scales, 2), 1.0 / (kind == ActivationKind::q15 ? 16256 : 127), 1e-8);
    EXPECT_EQ(at<int8_t>(records, layout.codes, 64), 127);
  }
}

} // namespace
} // namespace ingot::cpu::test
