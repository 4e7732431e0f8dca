// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Dequantisation against the gguf package's, bit by bit; reference.bin is made by make-reference.py.
#include "dialects/packed/BlockFormat.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <vector>

using namespace ingot::packed;

namespace {

struct ReferenceFormat {
  BlockFormat format;
  std::vector<uint8_t> blocks;
  std::vector<float> values;
};

std::vector<ReferenceFormat> readReference() {
  std::ifstream file("test/dialects/packed-formats/reference.bin", std::ios::binary);
  const std::string bytes(std::istreambuf_iterator<char>(file), {});
  std::vector<ReferenceFormat> formats;
  for (size_t at = 0; at + 8 <= bytes.size();) {
    uint32_t head[2];
    std::memcpy(head, bytes.data() + at, sizeof head);
    at += sizeof head;
    ReferenceFormat entry = {*blockFormatByGgmlType(head[0]), {}, {}};
    const BlockFormatInfo &row = info(entry.format);
    entry.blocks.resize(head[1] * row.blockBytes);
    entry.values.resize(head[1] * row.blockElements);
    std::memcpy(entry.blocks.data(), bytes.data() + at, entry.blocks.size());
    at += entry.blocks.size();
    std::memcpy(entry.values.data(), bytes.data() + at, entry.values.size() * sizeof(float));
    at += entry.values.size() * sizeof(float);
    formats.push_back(std::move(entry));
  }
  return formats;
}

TEST(BlockFormat, dequantisesAsTheGgufPackageDoes) {
  const std::vector<ReferenceFormat> formats = readReference();
  ASSERT_EQ(formats.size(), size_t(blockFormatCount));
  for (const ReferenceFormat &entry : formats) {
    std::vector<float> values(entry.values.size(), -1.0f);
    dequantise(entry.format, entry.blocks.data(), values.data(), values.size());
    for (size_t i = 0; i < values.size(); ++i) {
      const float expected = entry.values[i];
      // A NaN's payload depends on the order of a commutative operation's operands; that it is a NaN does not.
      if (std::isnan(expected) && std::isnan(values[i])) continue;
      ASSERT_EQ(std::bit_cast<uint32_t>(values[i]), std::bit_cast<uint32_t>(expected))
          << info(entry.format).name << " element " << i << ": " << values[i] << " instead of " << expected;
    }
  }
}

TEST(BlockFormat, tableIsConsistent) {
  for (int i = 0; i < blockFormatCount; ++i) {
    const auto format = static_cast<BlockFormat>(i);
    const BlockFormatInfo &row = info(format);
    EXPECT_EQ(row.format, format);
    EXPECT_EQ(blockFormatByName(row.name), format);
    EXPECT_EQ(blockFormatByGgmlType(row.ggmlType), format);
    EXPECT_EQ(row.isQuantised(), row.subBlock != 0);
    if (row.isQuantised()) EXPECT_EQ(row.blockElements % row.subBlock, 0);
    EXPECT_EQ(rowBytes(format, 512), size_t(512 / row.blockElements * row.blockBytes));
  }
  EXPECT_FALSE(blockFormatByName("Q4_K"));
  EXPECT_FALSE(blockFormatByName("iq4_xs"));
  EXPECT_FALSE(blockFormatByGgmlType(23));
}

/// The parts alone give the values back, by the formula at the head of BlockFormat.h.
TEST(BlockFormat, partsFollowTheFormula) {
  for (const ReferenceFormat &entry : readReference()) {
    const BlockFormatInfo &row = info(entry.format);
    if (!row.isQuantised()) continue;
    BlockParts parts = {};
    const uint8_t *last = entry.blocks.data() + entry.blocks.size() - row.blockBytes;
    unpackBlock(entry.format, last, parts);
    for (int i = 0; i < row.blockElements; ++i) {
      ASSERT_LT(parts.codes[i], 1 << row.bits);
      const int sub = i / row.subBlock;
      double scale = halfToFloat(parts.scale), minimum = 0;
      if (row.scale == ScaleKind::byteHalf) scale *= parts.subScales[sub];
      if (row.minimum == ScaleKind::half) minimum = halfToFloat(parts.minimum);
      if (row.minimum == ScaleKind::byteHalf) minimum = -double(halfToFloat(parts.minimum)) * parts.subMinimums[sub];
      const double value = scale * (parts.codes[i] - row.zeroPoint) + minimum;
      const double magnitude = std::abs(scale) * 256 + std::abs(minimum);
      ASSERT_NEAR(value, entry.values[entry.values.size() - row.blockElements + i], magnitude * 1e-6)
          << row.name << " element " << i;
    }
  }
}

TEST(BlockFormat, everyHalfIsExact) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const float value = halfToFloat(static_cast<uint16_t>(bits));
    const int exponent = bits >> 10 & 31, fraction = bits & 0x3ff;
    const double sign = bits & 0x8000 ? -1 : 1;
    if (exponent == 31 && fraction != 0) {
      ASSERT_TRUE(std::isnan(value));
    } else if (exponent == 31) {
      ASSERT_EQ(value, sign * INFINITY);
    } else {
      ASSERT_EQ(value, sign * std::ldexp(exponent ? 1024 + fraction : fraction, (exponent ? exponent : 1) - 25));
      ASSERT_EQ(std::signbit(value), sign < 0);
    }
  }
}

} // namespace
