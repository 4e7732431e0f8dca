// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Weight codes out of their bit planes (layout/PanelLayout.h): 32 columns of a panel are 8 vectors of 64 unsigned byte codes, byte
// 4 * row + i of vector j being column 4 * j + i.
#ifndef INGOT_CODEGEN_CPU_MATMUL_CODEUNPACK_H
#define INGOT_CODEGEN_CPU_MATMUL_CODEUNPACK_H

#include "codegen/cpu/layout/PanelLayout.h"
#include "codegen/cpu/vector/Emitter.h"

#include "llvm/ADT/DenseMap.h"

#include <array>

namespace ingot::cpu {

constexpr int vectorsInBlock = 8; ///< of four columns each

/// Addresses of one block in registers of their own (Emitter::inRegister), one a plane's base and stride.
class BlockPointers {
public:
  explicit BlockPointers(Emitter &e) : e(e) {}
  Value at(Value base, Value block, int64_t stride);

private:
  Emitter &e;
  llvm::DenseMap<std::pair<Value, int64_t>, Value> pointers;
};

/// Which 32 columns of a strip or a row: block `first + ahead` (a null `first` is 0). The loop's index and what is known at compile
/// time are kept apart.
struct BlockPosition {
  Value first;
  int64_t ahead = 0;
  BlockPointers *pointers = nullptr; ///< not null: addresses come from there
  /// Element `element` of a plane that has `stride` bytes a block.
  Address in(Value base, int64_t plane, int64_t stride, int64_t element = 0) const {
    const int64_t offset = plane + ahead * stride + element;
    return pointers ? Address{pointers->at(base, first, stride), Value(), 0, offset} : Address{base, first, stride, offset};
  }
};

/// Where vector j of a block lies in a plane of so many bits a code: a line of 64 bytes and the lowest bit in each byte.
struct CodePlace {
  int line, bit;
};
CodePlace codePlace(int bits, int vector);

/// The 8 vectors of a block as 16 x int32 (four codes each), codes shifted left by `shift`.
std::array<Value, vectorsInBlock> unpackCodes(Emitter &e, const PanelLayout &layout, Value strip, BlockPosition block,
                                              int shift = 0);

/// The same, a vector at a time, so that few registers hold codes: a line is read when a vector of it is first asked for, and kept
/// until `forget`. For panels that come from a cache; the order of reading is that of asking.
class CodeReader {
public:
  CodeReader(Emitter &e, const PanelLayout &layout, Value strip, BlockPosition block, int shift = 0)
      : e(e), layout(layout), strip(strip), block(block), shift(shift) {}
  Value vector(int j);
  void forget() { lines = {}; }

  /// The order of asking in which vectors that share a line follow each other, sub-block by sub-block.
  static std::array<int, vectorsInBlock> order(const PanelLayout &layout);

private:
  Value line(int number);

  Emitter &e;
  const PanelLayout &layout;
  Value strip;
  BlockPosition block;
  int shift;
  std::array<Value, vectorsInBlock> lines; ///< those of the low plane, then those of the high one
};

/// The 32 codes of one row as 32 x int8, in order of columns. `row` points at the row's first four codes: strip + 4 * (row % 16).
Value unpackRowCodes(Emitter &e, const PanelLayout &layout, Value row, BlockPosition block);

} // namespace ingot::cpu
#endif
