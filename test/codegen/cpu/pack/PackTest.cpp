// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What is packed unpacks to what the file says, for every format, rows that do not fill a panel and columns that do not fill a
// tile.
#include "codegen/cpu/pack/Pack.h"
#include "codegen/cpu/pack/Unpack.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <random>
#include <vector>

using namespace ingot;
using namespace ingot::cpu;
using packed::BlockFormat;

namespace {

struct Matrix {
  PanelLayout layout;
  int64_t rows;
  std::vector<uint8_t> source;

  /// Random bytes: every code, and scales of all kinds, NaNs included.
  Matrix(BlockFormat format, int64_t rows, int64_t columns) : layout(PanelLayout::of(format, columns)), rows(rows) {
    std::mt19937 random(static_cast<unsigned>(rows * 1000 + columns));
    source.resize(rows * packed::rowBytes(format, columns));
    for (uint8_t &byte : source) byte = static_cast<uint8_t>(random());
  }
  std::vector<uint8_t> packAll(uint8_t before = 0xa5) const {
    std::vector<uint8_t> panels(packedBytes(layout.format, rows, layout.columns), before);
    pack(layout, rows, 0, panelCount(rows), source.data(), panels.data());
    return panels;
  }
  std::vector<float> row(int64_t row) const {
    std::vector<float> values(layout.columns);
    packed::dequantise(layout.format, source.data() + row * packed::rowBytes(layout.format, layout.columns), values.data(),
                       values.size());
    return values;
  }
};

const std::vector<int64_t> rowCounts = {1, 3, 15, 16, 17, 33};

/// Columns to try: multiples of the format's block, odd ones where a block is an element.
std::vector<int64_t> columnCounts(BlockFormat format) {
  std::vector<int64_t> counts;
  for (int64_t columns : {1, 3, 32, 33, 64, 96, 127, 256, 512, 768})
    if (columns % packed::info(format).blockElements == 0) counts.push_back(columns);
  return counts;
}

bool same(float a, float b) { return (std::isnan(a) && std::isnan(b)) || std::bit_cast<uint32_t>(a) == std::bit_cast<uint32_t>(b); }

class PackTest : public testing::TestWithParam<int> {
protected:
  BlockFormat format() const { return static_cast<BlockFormat>(GetParam()); }
};

TEST_P(PackTest, unpacksToTheFilesValues) {
  for (int64_t rows : rowCounts) {
    for (int64_t columns : columnCounts(format())) {
      const Matrix matrix(format(), rows, columns);
      const std::vector<uint8_t> panels = matrix.packAll();
      std::vector<float> values(columns);
      for (int64_t row = 0; row < rows; ++row) {
        const std::vector<float> expected = matrix.row(row);
        unpackRow(matrix.layout, panels.data(), row, values.data());
        for (int64_t column = 0; column < columns; ++column)
          ASSERT_TRUE(same(values[column], expected[column])) << rows << "x" << columns << " at " << row << ", " << column << ": "
                                                              << values[column] << " instead of " << expected[column];
      }
    }
  }
}

TEST_P(PackTest, missingRowsAreZero) {
  const Matrix matrix(format(), 17, 512);
  const std::vector<uint8_t> panels = matrix.packAll();
  std::vector<float> values(512);
  for (int64_t row = 17; row < 32; ++row) {
    unpackRow(matrix.layout, panels.data(), row, values.data());
    for (float value : values) ASSERT_EQ(value, 0.0f);
    if (packed::info(format()).isQuantised())
      for (int64_t column = 0; column < 512; ++column)
        ASSERT_EQ(unpackCode(matrix.layout, panels.data(), row, column), packed::info(format()).zeroPoint);
  }
}

TEST_P(PackTest, writesEveryByte) {
  for (int64_t columns : columnCounts(format())) {
    const Matrix matrix(format(), 19, columns);
    ASSERT_EQ(matrix.packAll(0x00), matrix.packAll(0xff)) << columns << " columns";
  }
}

TEST_P(PackTest, panelsCanBePackedApart) {
  const Matrix matrix(format(), 70, 256);
  const std::vector<uint8_t> whole = matrix.packAll();
  std::vector<uint8_t> pieces(whole.size());
  for (auto [first, count] : {std::pair<int64_t, int64_t>{3, 2}, {0, 1}, {1, 2}})
    pack(matrix.layout, matrix.rows, first, count, matrix.source.data(), pieces.data() + first * matrix.layout.panelBytes);
  ASSERT_EQ(pieces, whole);
}

INSTANTIATE_TEST_SUITE_P(Formats, PackTest, testing::Range(0, packed::blockFormatCount), [](const auto &parameter) {
  return std::string(packed::info(static_cast<BlockFormat>(parameter.param)).name);
});

} // namespace
