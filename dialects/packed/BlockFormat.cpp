// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The table, and one function a format that takes a block apart. Bits of a block are laid out for SIMD: neighbouring elements lie
// in neighbouring *bytes*, and one byte holds elements 16, 32 or 64 apart, so every loop below is a shift and a mask over a run of
// bytes. Compiled with -ffp-contract=off: a fused multiply-add would round once where the reference rounds twice.
#include "dialects/packed/BlockFormat.h"

#include <array>
#include <cstring>

namespace ingot::packed {
namespace {

using enum ScaleKind;

constexpr std::array<BlockFormatInfo, blockFormatCount> table = {{
    // format, name, ggml type, elements, bytes, bits, subBlock, zeroPoint, scale, minimum, scaleBits, signedScales
    {BlockFormat::F32, "f32", 0, 1, 4, 32, 0, 0, none, none, 0, false},
    {BlockFormat::F16, "f16", 1, 1, 2, 16, 0, 0, none, none, 0, false},
    {BlockFormat::BF16, "bf16", 30, 1, 2, 16, 0, 0, none, none, 0, false},
    {BlockFormat::Q4_0, "q4_0", 2, 32, 18, 4, 32, 8, half, none, 0, false},
    {BlockFormat::Q4_1, "q4_1", 3, 32, 20, 4, 32, 0, half, half, 0, false},
    {BlockFormat::Q5_0, "q5_0", 6, 32, 22, 5, 32, 16, half, none, 0, false},
    {BlockFormat::Q5_1, "q5_1", 7, 32, 24, 5, 32, 0, half, half, 0, false},
    {BlockFormat::Q8_0, "q8_0", 8, 32, 34, 8, 32, 128, half, none, 0, false},
    {BlockFormat::Q2_K, "q2_k", 10, 256, 84, 2, 16, 0, byteHalf, byteHalf, 4, false},
    {BlockFormat::Q3_K, "q3_k", 11, 256, 110, 3, 16, 4, byteHalf, none, 6, true},
    {BlockFormat::Q4_K, "q4_k", 12, 256, 144, 4, 32, 0, byteHalf, byteHalf, 6, false},
    {BlockFormat::Q5_K, "q5_k", 13, 256, 176, 5, 32, 0, byteHalf, byteHalf, 6, false},
    {BlockFormat::Q6_K, "q6_k", 14, 256, 210, 6, 16, 32, byteHalf, none, 8, true},
}};

uint16_t load16(const uint8_t *bytes) {
  uint16_t value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

/// codes[i] = (bytes[i] >> shift) & mask
template <int count> void takeBits(const uint8_t *bytes, int shift, uint8_t mask, uint8_t *codes) {
  for (int i = 0; i < count; ++i) codes[i] = (bytes[i] >> shift) & mask;
}

/// codes[i] |= ((bytes[i] >> from) & mask) << to
template <int count> void addBits(const uint8_t *bytes, int from, uint8_t mask, int to, uint8_t *codes) {
  for (int i = 0; i < count; ++i) codes[i] |= ((bytes[i] >> from) & mask) << to;
}

/// 32 nibbles: byte i holds elements i and i + 16.
void takeNibbles32(const uint8_t *nibbles, uint8_t *codes) {
  takeBits<16>(nibbles, 0, 15, codes);
  takeBits<16>(nibbles, 4, 15, codes + 16);
}

/// The fifth bits of Q5_0 and Q5_1: bit i of 32.
void addFifthBits32(const uint8_t *bits, uint8_t *codes) {
  for (int byte = 0; byte < 4; ++byte)
    for (int i = 0; i < 8; ++i) codes[8 * byte + i] |= ((bits[byte] >> i) & 1) << 4;
}

/// 256 two-bit codes: byte 32 * h + i holds elements 128 * h + 32 * s + i, s = 0 … 3.
void takePairs256(const uint8_t *pairs, uint8_t *codes) {
  for (int run = 0; run < 8; ++run) takeBits<32>(pairs + run / 4 * 32, run % 4 * 2, 3, codes + 32 * run);
}

/// 256 nibbles: byte `span` * g + i holds elements 2 * span * g + i and + span.
template <int span> void takeNibbles256(const uint8_t *nibbles, uint8_t *codes) {
  for (int run = 0; run < 256 / span; ++run) takeBits<span>(nibbles + run / 2 * span, run % 2 * 4, 15, codes + span * run);
}

/// 256 single bits: bit s of byte i belongs to element 32 * s + i.
void addBits256(const uint8_t *bits, int to, uint8_t *codes) {
  for (int run = 0; run < 8; ++run) addBits<32>(bits, run, 1, to, codes + 32 * run);
}

/// Q4_K's and Q5_K's eight six-bit scales and minimums in 12 bytes: the first four whole in bytes 0-3 and 4-7, the other four
/// as nibbles of bytes 8-11 with their top two bits in the spare bits of the first eight bytes.
void takeSixBitScales(const uint8_t *packed, BlockParts &parts) {
  for (int i = 0; i < 4; ++i) {
    parts.subScales[i] = packed[i] & 63;
    parts.subMinimums[i] = packed[4 + i] & 63;
    parts.subScales[4 + i] = (packed[8 + i] & 15) | ((packed[i] >> 6) << 4);
    parts.subMinimums[4 + i] = (packed[8 + i] >> 4) | ((packed[4 + i] >> 6) << 4);
  }
}

void unpackQ4_0(const uint8_t *block, BlockParts &parts) {
  parts.scale = load16(block);
  takeNibbles32(block + 2, parts.codes);
}

void unpackQ4_1(const uint8_t *block, BlockParts &parts) {
  parts.scale = load16(block);
  parts.minimum = load16(block + 2);
  takeNibbles32(block + 4, parts.codes);
}

void unpackQ5_0(const uint8_t *block, BlockParts &parts) {
  parts.scale = load16(block);
  takeNibbles32(block + 6, parts.codes);
  addFifthBits32(block + 2, parts.codes);
}

void unpackQ5_1(const uint8_t *block, BlockParts &parts) {
  parts.scale = load16(block);
  parts.minimum = load16(block + 2);
  takeNibbles32(block + 8, parts.codes);
  addFifthBits32(block + 4, parts.codes);
}

void unpackQ8_0(const uint8_t *block, BlockParts &parts) {
  parts.scale = load16(block);
  for (int i = 0; i < 32; ++i) parts.codes[i] = block[2 + i] ^ 0x80;
}

void unpackQ2_K(const uint8_t *block, BlockParts &parts) {
  for (int i = 0; i < 16; ++i) {
    parts.subScales[i] = block[i] & 15;
    parts.subMinimums[i] = block[i] >> 4;
  }
  takePairs256(block + 16, parts.codes);
  parts.scale = load16(block + 80);
  parts.minimum = load16(block + 82);
}

void unpackQ3_K(const uint8_t *block, BlockParts &parts) {
  const uint8_t *scales = block + 96;
  for (int i = 0; i < 16; ++i) {
    int low = (scales[i % 8] >> (i / 8 * 4)) & 15;
    int high = (scales[8 + i % 4] >> (i / 4 * 2)) & 3;
    parts.subScales[i] = (low | high << 4) - 32;
  }
  takePairs256(block + 32, parts.codes);
  addBits256(block, 2, parts.codes);
  parts.scale = load16(block + 108);
}

void unpackQ4_K(const uint8_t *block, BlockParts &parts) {
  parts.scale = load16(block);
  parts.minimum = load16(block + 2);
  takeSixBitScales(block + 4, parts);
  takeNibbles256<32>(block + 16, parts.codes);
}

void unpackQ5_K(const uint8_t *block, BlockParts &parts) {
  parts.scale = load16(block);
  parts.minimum = load16(block + 2);
  takeSixBitScales(block + 4, parts);
  takeNibbles256<32>(block + 48, parts.codes);
  addBits256(block + 16, 4, parts.codes);
}

void unpackQ6_K(const uint8_t *block, BlockParts &parts) {
  takeNibbles256<64>(block, parts.codes);
  for (int run = 0; run < 8; ++run) addBits<32>(block + 128 + run / 4 * 32, run % 4 * 2, 3, 4, parts.codes + 32 * run);
  for (int i = 0; i < 16; ++i) parts.subScales[i] = static_cast<int8_t>(block[192 + i]);
  parts.scale = load16(block + 208);
}

/// The formula of the header, in the reference's order of operations: every product and sum rounded on its own.
void dequantiseParts(const BlockFormatInfo &format, const BlockParts &parts, float *values) {
  const float blockScale = halfToFloat(parts.scale);
  const float blockMinimum = format.minimum == none ? 0.0f : halfToFloat(parts.minimum);
  for (int begin = 0, sub = 0; begin < format.blockElements; begin += format.subBlock, ++sub) {
    const float scale = format.scale == byteHalf ? blockScale * static_cast<float>(parts.subScales[sub]) : blockScale;
    for (int i = begin; i < begin + format.subBlock; ++i) values[i] = scale * static_cast<float>(parts.codes[i] - format.zeroPoint);
    if (format.minimum == none) continue;
    const float minimum = format.minimum == byteHalf ? -(blockMinimum * static_cast<float>(parts.subMinimums[sub])) : blockMinimum;
    for (int i = begin; i < begin + format.subBlock; ++i) values[i] += minimum;
  }
}

} // namespace

const BlockFormatInfo &info(BlockFormat format) { return table[static_cast<size_t>(format)]; }

std::optional<BlockFormat> blockFormatByName(std::string_view name) {
  for (const BlockFormatInfo &row : table)
    if (row.name == name) return row.format;
  return std::nullopt;
}

std::optional<BlockFormat> blockFormatByGgmlType(uint32_t type) {
  for (const BlockFormatInfo &row : table)
    if (row.ggmlType == type) return row.format;
  return std::nullopt;
}

void unpackBlock(BlockFormat format, const uint8_t *block, BlockParts &parts) {
  switch (format) {
  case BlockFormat::F32:
  case BlockFormat::F16:
  case BlockFormat::BF16:
    return; // dense: nothing to take apart
  case BlockFormat::Q4_0:
    return unpackQ4_0(block, parts);
  case BlockFormat::Q4_1:
    return unpackQ4_1(block, parts);
  case BlockFormat::Q5_0:
    return unpackQ5_0(block, parts);
  case BlockFormat::Q5_1:
    return unpackQ5_1(block, parts);
  case BlockFormat::Q8_0:
    return unpackQ8_0(block, parts);
  case BlockFormat::Q2_K:
    return unpackQ2_K(block, parts);
  case BlockFormat::Q3_K:
    return unpackQ3_K(block, parts);
  case BlockFormat::Q4_K:
    return unpackQ4_K(block, parts);
  case BlockFormat::Q5_K:
    return unpackQ5_K(block, parts);
  case BlockFormat::Q6_K:
    return unpackQ6_K(block, parts);
  }
}

void dequantise(BlockFormat format, const uint8_t *source, float *values, size_t count) {
  switch (format) {
  case BlockFormat::F32:
    std::memcpy(values, source, count * sizeof(float));
    return;
  case BlockFormat::F16:
    for (size_t i = 0; i < count; ++i) values[i] = halfToFloat(load16(source + 2 * i));
    return;
  case BlockFormat::BF16:
    for (size_t i = 0; i < count; ++i) {
      const uint32_t bits = static_cast<uint32_t>(load16(source + 2 * i)) << 16;
      std::memcpy(values + i, &bits, sizeof bits);
    }
    return;
  default:
    break;
  }
  const BlockFormatInfo &row = info(format);
  BlockParts parts;
  for (size_t i = 0; i < count; i += row.blockElements, source += row.blockBytes) {
    unpackBlock(format, source, parts);
    dequantiseParts(row, parts, values + i);
  }
}

float halfToFloat(uint16_t half) {
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000) << 16, exponent = (half >> 10) & 31, fraction = half & 0x3ff;
  uint32_t bits;
  if (exponent == 31) {
    bits = 0x7f800000 | fraction << 13; // infinity, or a NaN with its payload
  } else if (exponent != 0) {
    bits = ((exponent + 112) << 23) | fraction << 13;
  } else {
    const float magnitude = static_cast<float>(fraction) * 0x1p-24f; // denormal or zero; exact
    std::memcpy(&bits, &magnitude, sizeof bits);
  }
  bits |= sign;
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

} // namespace ingot::packed
