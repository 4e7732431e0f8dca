// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The one table of weight formats as files store them, and what each block means:
//
//     value[i] = scale[i / subBlock] * (code[i] - zeroPoint) + minimum[i / subBlock]
//
// with scale and minimum either an fp16 of the block itself or an integer times an fp16 of the block (k-quants). Everything that
// reads weights (dequantisation, packing, code generation, inspection) is driven by this table; adding a format is adding a row
// and its `unpack` function. Source: ggml-common.h's block structs and gguf-py/gguf/quants.py (the reference for exactness).
#ifndef INGOT_DIALECTS_PACKED_BLOCKFORMAT_H
#define INGOT_DIALECTS_PACKED_BLOCKFORMAT_H

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace ingot::packed {

enum class BlockFormat : uint8_t { F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q2_K, Q3_K, Q4_K, Q5_K, Q6_K };
constexpr int blockFormatCount = 13;

/// How scales (or minimums) are stored.
enum class ScaleKind : uint8_t {
  none,     ///< scale 1 / minimum 0
  half,     ///< an fp16 per block
  byteHalf, ///< an integer of up to 8 bits per sub-block times an fp16 per block (k-quants)
};

struct BlockFormatInfo {
  BlockFormat format;
  std::string_view name; ///< "q4_k", lower case, as IR and messages write it
  uint32_t ggmlType;     ///< the number in a GGUF file
  int blockElements;     ///< 1 for dense formats
  int blockBytes;
  int bits;      ///< of a code: 2, 3, 4, 5, 6, 8; 16 and 32 for dense formats
  int subBlock;  ///< elements that share a scale: 16 or 32; 0 for dense formats
  int zeroPoint; ///< a power of two, or 0. Q8_0's signed bytes are codes with 128 added
  ScaleKind scale, minimum;
  int scaleBits;     ///< of a byteHalf integer, scale or minimum: 4, 6, 8; else 0
  bool signedScales; ///< byteHalf scales: signed (Q3_K, Q6_K) or not
  bool isQuantised() const { return blockElements > 1; }
};

const BlockFormatInfo &info(BlockFormat format);
std::optional<BlockFormat> blockFormatByName(std::string_view name);
std::optional<BlockFormat> blockFormatByGgmlType(uint32_t type);

/// A block of up to 256 elements taken apart; the fields a format lacks are left alone.
struct BlockParts {
  uint8_t codes[256];      ///< unsigned, before the zero point is subtracted
  int16_t subScales[16];   ///< byteHalf: the integer scale of each sub-block
  int16_t subMinimums[16]; ///< byteHalf: the integer minimum, to be *subtracted* times `minimum`
  uint16_t scale, minimum; ///< fp16 bits. `half` minimums (Q4_1, Q5_1) are added, byteHalf ones subtracted
};

/// Takes one block of a quantised format apart.
void unpackBlock(BlockFormat format, const uint8_t *block, BlockParts &parts);

/// Exact dequantisation of `count` elements (a multiple of blockElements): the same float32 bits as gguf-py's dequantize.
void dequantise(BlockFormat format, const uint8_t *source, float *values, size_t count);

/// The exact float32 of an fp16, denormals, infinities and NaN payloads included.
float halfToFloat(uint16_t half);

/// Bytes of a row of `columns` elements; columns must be a multiple of blockElements.
inline size_t rowBytes(BlockFormat format, size_t columns) {
  return columns / info(format).blockElements * info(format).blockBytes;
}

} // namespace ingot::packed
#endif
