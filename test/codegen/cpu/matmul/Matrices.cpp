// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/codegen/cpu/matmul/Matrices.h"

#include "codegen/cpu/matmul/Dots.h"
#include "codegen/cpu/matmul/MatmulKernel.h"
#include "codegen/cpu/pack/Unpack.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstring>
#include <sys/mman.h>

namespace ingot::test {

using cpu::ActivationKind;
using cpu::ActivationLayout;
using cpu::PanelLayout;
using packed::BlockFormat;
using packed::ScaleKind;

GuardedMemory::GuardedMemory(size_t bytes) {
  const size_t page = 4096, used = (bytes + page - 1) / page * page;
  mappedBytes = used + page;
  mapping = static_cast<uint8_t *>(mmap(nullptr, mappedBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  mprotect(mapping + used, page, PROT_NONE);
  start = mapping + used - bytes;
}

GuardedMemory::~GuardedMemory() { munmap(mapping, mappedBytes); }

static uint16_t halfBits(float value) { return std::bit_cast<uint16_t>(static_cast<_Float16>(value)); }
static uint16_t bf16Bits(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  return (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}

/// Where a block keeps its fp16 fields; -1: it has none.
struct HalfFields {
  int scale, minimum;
};
static HalfFields halfFields(BlockFormat format) {
  switch (format) {
  case BlockFormat::Q4_1:
  case BlockFormat::Q5_1:
  case BlockFormat::Q4_K:
  case BlockFormat::Q5_K:
    return {0, 2};
  case BlockFormat::Q2_K:
    return {80, 82};
  case BlockFormat::Q3_K:
    return {108, -1};
  case BlockFormat::Q6_K:
    return {208, -1};
  default:
    return {0, -1};
  }
}

/// A row in the file's format: any bits, with scales of a sensible size.
static std::vector<uint8_t> randomRow(BlockFormat format, int64_t columns, std::mt19937 &random) {
  std::vector<uint8_t> row(packed::rowBytes(format, columns));
  std::uniform_real_distribution<float> uniform(-1, 1);
  const packed::BlockFormatInfo &info = packed::info(format);
  if (!info.isQuantised()) {
    for (int64_t column = 0; column < columns; column++) {
      const float value = uniform(random);
      const uint16_t narrow = format == BlockFormat::F16 ? halfBits(value) : bf16Bits(value);
      if (format == BlockFormat::F32)
        memcpy(&row[4 * column], &value, 4);
      else
        memcpy(&row[2 * column], &narrow, 2);
    }
    return row;
  }
  for (uint8_t &byte : row) byte = random();
  const HalfFields fields = halfFields(format);
  for (size_t block = 0; block < row.size(); block += info.blockBytes)
    for (int field : {fields.scale, fields.minimum}) {
      const uint16_t bits = halfBits(uniform(random) * 0.02f);
      if (field >= 0) memcpy(&row[block + field], &bits, 2);
    }
  return row;
}

/// Bits [bit, bit + count) of `byte` become `value`.
static void setBits(uint8_t &byte, int bit, int count, unsigned value) {
  const unsigned mask = (1u << count) - 1;
  byte = (byte & ~(mask << bit)) | (value & mask) << bit;
}

static void packCode(const PanelLayout &layout, uint8_t *plane, int bits, int row, int64_t column, unsigned code) {
  const int vector = column % 32 / 4, byte = 4 * row + column % 4;
  uint8_t *block = plane + column / 32 * 64 * (layout.lowBits + layout.highBits);
  switch (bits) {
  case 8:
    return setBits(block[64 * vector + byte], 0, 8, code);
  case 4:
    return setBits(block[64 * (vector % 4) + byte], vector / 4 * 4, 4, code);
  case 2:
    return setBits(block[64 * (vector / 4) + byte], vector % 4 * 2, 2, code);
  default:
    return setBits(block[byte], vector, 1, code);
  }
}

/// Number `place` of a strip's 256 integers.
static void packSixBits(uint8_t *plane, int place, unsigned value) {
  if (place < 192) return setBits(plane[place], 0, 6, value);
  for (int line = 0; line < 3; line++) setBits(plane[64 * line + place % 64], 6, 2, value >> 2 * line);
}

static void packQuantisedRow(const PanelLayout &layout, const std::vector<uint8_t> *source, int row, uint8_t *panel) {
  const packed::BlockFormatInfo &info = packed::info(layout.format);
  const int perBlock = info.blockElements;
  for (int64_t first = 0; first < layout.columns; first += perBlock) {
    packed::BlockParts parts = {};
    if (source)
      packed::unpackBlock(layout.format, source->data() + first / perBlock * info.blockBytes, parts);
    else
      std::fill_n(parts.codes, perBlock, info.zeroPoint);
    uint8_t *strip = panel + first / layout.stripColumns * layout.stripBytes;
    const int64_t column = first % layout.stripColumns;
    for (int i = 0; i < perBlock; i++) {
      packCode(layout, strip + layout.low, layout.lowBits, row, column + i, parts.codes[i]);
      if (layout.highBits > 0)
        packCode(layout, strip + layout.high, layout.highBits, row, column + i, parts.codes[i] >> layout.lowBits);
    }
    if (info.scale == ScaleKind::half) {
      memcpy(strip + layout.scales + column / 32 * 32 + 2 * row, &parts.scale, 2);
      if (info.minimum != ScaleKind::none) memcpy(strip + layout.minimums + column / 32 * 32 + 2 * row, &parts.minimum, 2);
      continue;
    }
    for (int sub = 0; sub < perBlock / info.subBlock; sub++) {
      const int place = sub * 16 + row;
      if (info.scaleBits != 6) {
        strip[layout.scales + place] =
            info.scaleBits == 4 ? parts.subScales[sub] | parts.subMinimums[sub] << 4 : parts.subScales[sub];
        continue;
      }
      packSixBits(strip + layout.scales, place, parts.subScales[sub] + (info.signedScales ? 32 : 0));
      if (info.minimum != ScaleKind::none) packSixBits(strip + layout.scales, 128 + place, parts.subMinimums[sub]);
    }
    memcpy(strip + layout.superScales + 2 * row, &parts.scale, 2);
    if (layout.superMinimums >= 0) memcpy(strip + layout.superMinimums + 2 * row, &parts.minimum, 2);
  }
}

static void packDenseRow(const PanelLayout &layout, const std::vector<uint8_t> &source, int row, uint8_t *panel) {
  for (int64_t column = 0; column < layout.columns; column++) switch (layout.format) {
    case BlockFormat::F32:
      memcpy(panel + column * 64 + 4 * row, &source[4 * column], 4);
      break;
    case BlockFormat::F16:
      memcpy(panel + column * 32 + 2 * row, &source[2 * column], 2);
      break;
    default:
      memcpy(panel + column / 2 * 64 + 4 * row + column % 2 * 2, &source[2 * column], 2);
      break;
    }
}

static void addMinimums(BlockFormat format, const std::vector<uint8_t> &source, std::vector<float> &minimums) {
  const packed::BlockFormatInfo &info = packed::info(format);
  if (info.minimum != ScaleKind::byteHalf) return;
  for (size_t block = 0; block < source.size(); block += info.blockBytes) {
    packed::BlockParts parts = {};
    packed::unpackBlock(format, &source[block], parts);
    for (int sub = 0; sub < info.blockElements / info.subBlock; sub++)
      minimums.push_back(packed::halfToFloat(parts.minimum) * static_cast<float>(parts.subMinimums[sub]));
  }
}

Weights::Weights(BlockFormat format, int64_t rows, int64_t columns, std::mt19937 &random)
    : format(format), rows(rows), columns(columns), values(rows * columns), panels(cpu::packedBytes(format, rows, columns)) {
  const PanelLayout layout = PanelLayout::of(format, columns);
  const bool quantised = packed::info(format).isQuantised();
  for (int64_t row = 0; row < cpu::panelCount(rows) * cpu::panelRows; row++) {
    uint8_t *panel = panels.data() + row / 16 * layout.panelBytes;
    if (row >= rows) {
      if (quantised) packQuantisedRow(layout, nullptr, row % 16, panel);
      continue;
    }
    const std::vector<uint8_t> source = randomRow(format, columns, random);
    packed::dequantise(format, source.data(), &values[row * columns], columns);
    addMinimums(format, source, minimums);
    quantised ? packQuantisedRow(layout, &source, row % 16, panel) : packDenseRow(layout, source, row % 16, panel);
  }
}

/// A block of 32 columns as q8 or q15, with its sums.
static void quantiseBlock(const ActivationLayout &layout, uint8_t *record, int64_t block, const float *x, double *rounded) {
  float largest = 0;
  for (int i = 0; i < 32; i++) largest = std::max(largest, std::fabs(x[i]));
  const float scale = largest / (layout.kind == ActivationKind::q8 ? 127 : 16256);
  memcpy(record + layout.scales + 4 * block, &scale, 4);
  int sums[2] = {0, 0};
  for (int i = 0; i < 32; i++) {
    const int value = std::lrint(x[i] / scale), high = (value + 64) >> 7;
    if (layout.hasWords()) {
      const auto word = static_cast<int16_t>(value);
      memcpy(record + layout.codes + 64 * block + i % 2 * 32 + i / 4 * 4 + i % 4 / 2 * 2, &word, 2);
    } else {
      int8_t *code = reinterpret_cast<int8_t *>(record + layout.codes + 32 * block + i);
      *code = layout.terms == 1 ? value : high;
      if (layout.terms == 2) code[layout.codePlaneBytes] = value - 128 * high;
    }
    sums[i / 16] += value;
    rounded[i] = static_cast<double>(scale) * value;
  }
  auto put = [&](int64_t plane, int64_t index, auto value) {
    if (plane >= 0) memcpy(record + plane + 4 * index, &value, 4);
  };
  put(layout.negated32, block, -(sums[0] + sums[1]));
  put(layout.scaled32, block, scale * static_cast<float>(sums[0] + sums[1]));
  for (int half = 0; half < 2; half++) {
    put(layout.negated16, 2 * block + half, -sums[half]);
    put(layout.scaled16, 2 * block + half, scale * static_cast<float>(sums[half]));
  }
}

void Weights::setCodes(uint8_t byte) {
  const PanelLayout layout = PanelLayout::of(format, columns);
  for (int64_t panel = 0; panel < cpu::panelCount(rows); panel++)
    for (int64_t strip = 0; strip < layout.panelBytes; strip += layout.stripBytes) {
      uint8_t *codes = panels.data() + panel * layout.panelBytes + strip + layout.low;
      std::fill_n(codes, layout.stripBytes - layout.low, byte);
    }
  for (int64_t row = 0; row < rows; row++) cpu::unpackRow(layout, panels.data(), row, &values[row * columns]);
}

Activations::Activations(ActivationLayout layout, int64_t tokens, std::mt19937 &random)
    : layout(layout), tokens(tokens), values(tokens * layout.columns), records(tokens * layout.recordBytes) {
  std::normal_distribution<float> normal;
  for (int64_t token = 0; token < tokens; token++) {
    std::vector<float> x(layout.columns);
    for (float &value : x) value = normal(random);
    setToken(token, x);
  }
}

Activations::Activations(ActivationLayout layout, int64_t tokens, float value)
    : layout(layout), tokens(tokens), values(tokens * layout.columns), records(tokens * layout.recordBytes) {
  for (int64_t token = 0; token < tokens; token++) setToken(token, std::vector<float>(layout.columns, value));
}

void Activations::setToken(int64_t token, const std::vector<float> &x) {
  uint8_t *record = records.data() + token * layout.recordBytes;
  double *rounded = &values[token * layout.columns];
  for (int64_t column = 0; column < layout.columns; column++) {
    const uint16_t narrow = bf16Bits(x[column]);
    if (layout.kind == ActivationKind::f32) {
      memcpy(record + layout.codes + 4 * column, &x[column], 4);
      rounded[column] = x[column];
    } else if (layout.kind == ActivationKind::bf16) {
      memcpy(record + layout.codes + 2 * column, &narrow, 2);
      rounded[column] = std::bit_cast<float>(static_cast<uint32_t>(narrow) << 16);
    } else if (column % 32 == 0) {
      quantiseBlock(layout, record, column / 32, &x[column], &rounded[column]);
    }
  }
}

/// What half a step of the words of TokenSums.h, in each sum of activations, may move a product by.
static double wordBound(const Weights &weights, const Activations &activations, int64_t token, int64_t row,
                        const cpu::VectorUnit &unit) {
  if (!cpu::multipliesMinimums(weights.format, activations.layout.kind, unit)) return 0;
  const int subBlock = packed::info(weights.format).subBlock, subBlocks = 256 / subBlock;
  double bound = 0;
  for (int64_t first = 0; first < weights.columns / subBlock; first += subBlocks) {
    double largest = 0, minimums = 0;
    for (int64_t number = first; number < first + subBlocks; number++) {
      double sum = 0;
      for (int column = 0; column < subBlock; column++)
        sum += activations.values[token * weights.columns + number * subBlock + column];
      largest = std::max(largest, std::fabs(sum));
      minimums += std::fabs(weights.minimums[row * weights.columns / subBlock + number]);
    }
    bound += largest / (2 * 8191) * minimums;
  }
  return bound;
}

Expected expectedProduct(const Weights &weights, const Activations &activations, int64_t token, int64_t row,
                         const cpu::VectorUnit &unit) {
  const bool widened = cpu::widens(weights.format, activations.layout.kind, unit);
  double sum = 0, magnitude = 0, largest = 0, all = 0, rounding = 0;
  for (int64_t column = 0; column < weights.columns; column++) {
    double w = weights.values[row * weights.columns + column];
    const double x = activations.values[token * weights.columns + column];
    if (widened) {
      const uint32_t bits = uint32_t{bf16Bits(static_cast<float>(w))} << 16;
      w = std::bit_cast<float>(bits);
    }
    sum += w * x;
    rounding = std::max(rounding, std::fabs(w * x) / 128);
    magnitude += std::fabs(w * x);
    largest = std::max(largest, std::fabs(w));
    all += std::fabs(x);
  }
  // The second term is for scale * code + minimum, which may cancel, or for dots that are rounded beside a large float32
  // (codeShift); the third for two weights that such an error rounds the other way.
  const bool shifted = cpu::codeShift(weights.format, activations.layout.kind, unit) > 0;
  return {sum, 1e-6 * magnitude + (shifted ? 4e-6 : 1e-6) * largest * all + (widened ? 2 * rounding : 0) +
                   wordBound(weights, activations, token, row, unit)};
}

double expectedGate(cpu::GateActivation activation, double gate, double up) {
  const double inside =
      activation == cpu::GateActivation::silu ? gate : 1.5957691216057308 * (gate + 0.044715 * gate * gate * gate);
  return gate / (1 + std::exp(-inside)) * up;
}

} // namespace ingot::test
