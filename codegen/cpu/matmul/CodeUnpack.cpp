// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/matmul/CodeUnpack.h"

namespace ingot::cpu {

namespace LLVM = mlir::LLVM;

Value BlockPointers::at(Value base, Value block, int64_t stride) {
  Value &pointer = pointers[{base, stride}];
  if (!pointer) pointer = e.inRegister(e.pointerTo({base, block, stride, 0}));
  return pointer;
}

CodePlace codePlace(int bits, int vector) {
  switch (bits) {
  case 8:
    return {vector, 0};
  case 4:
    return {vector % 4, 4 * (vector / 4)};
  case 2:
    return {vector / 4, 2 * (vector % 4)};
  default:
    return {0, vector};
  }
}

/// The codes of vector j, cut out of the line that holds them, each moved up to bit `to` of its byte.
static Value cut(Emitter &e, Value line, int bits, int j, int to) {
  return bits == 8 ? line : e.fieldOfBytes(line, codePlace(bits, j).bit, bits, to);
}

namespace {

/// One plane of a block: its lines are loaded once, its vectors cut out of them. The loads stay in the order of addresses: LLVM's
/// scheduler would put the high plane first, and a prefetcher that sees that reads 5 bits at 60 instead of 100 % of the bandwidth.
class Plane {
public:
  Plane(Emitter &e, int bits, Type type, Value base, int64_t offset, int64_t stride, BlockPosition block, unsigned alignment)
      : e(e), bits(bits) {
    for (int line = 0; line < bits; line++)
      lines.push_back(e.loadInOrder(type, block.in(base, offset, stride, 64 * line), alignment));
  }
  Value vector(int j, int to) { return cut(e, lines[codePlace(bits, j).line], bits, j, to); }

private:
  Emitter &e;
  int bits;
  Values lines;
};

std::array<Value, vectorsInBlock> unpack(Emitter &e, const PanelLayout &layout, Type type, Value base, BlockPosition block,
                                         unsigned alignment, int shift = 0) {
  Plane low(e, layout.lowBits, type, base, layout.low, layout.codeBlockBytes(), block, alignment);
  std::array<Value, vectorsInBlock> codes;
  for (int j = 0; j < vectorsInBlock; j++) codes[j] = low.vector(j, shift);
  if (layout.highBits == 0) return codes;
  Plane high(e, layout.highBits, type, base, layout.high, layout.codeBlockBytes(), block, alignment);
  for (int j = 0; j < vectorsInBlock; j++) codes[j] = e.bitOr(codes[j], high.vector(j, layout.lowBits + shift));
  return codes;
}

} // namespace

std::array<Value, vectorsInBlock> unpackCodes(Emitter &e, const PanelLayout &layout, Value strip, BlockPosition block, int shift) {
  return unpack(e, layout, e.ints, strip, block, 64, shift);
}

Value CodeReader::line(int number) {
  // In order, that is to say volatile: what was forgotten is really read again.
  if (!lines[number]) lines[number] = e.loadInOrder(e.ints, block.in(strip, layout.low, layout.codeBlockBytes(), 64 * number), 64);
  return lines[number];
}

Value CodeReader::vector(int j) {
  Value codes = cut(e, line(codePlace(layout.lowBits, j).line), layout.lowBits, j, shift);
  if (layout.highBits == 0) return codes;
  Value high = line(layout.lowBits + codePlace(layout.highBits, j).line);
  return e.bitOr(codes, cut(e, high, layout.highBits, j, layout.lowBits + shift));
}

std::array<int, vectorsInBlock> CodeReader::order(const PanelLayout &layout) {
  if (layout.lowBits == 4 && packed::info(layout.format).subBlock == 32) return {0, 4, 1, 5, 2, 6, 3, 7};
  return {0, 1, 2, 3, 4, 5, 6, 7};
}

Value unpackRowCodes(Emitter &e, const PanelLayout &layout, Value row, BlockPosition block) {
  // The same cuts on one lane: four codes an int32.
  const auto quads = unpack(e, layout, e.i32, row, block, 4);
  Value all = LLVM::PoisonOp::create(e.b, Emitter::vector(e.i32, vectorsInBlock));
  for (int j = 0; j < vectorsInBlock; j++) all = LLVM::InsertElementOp::create(e.b, all, quads[j], e.splat(e.i32, j));
  return e.bitcast(Emitter::vector(e.i8, 32), all);
}

} // namespace ingot::cpu
