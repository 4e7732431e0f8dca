// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/vector/FourProducts.h"

namespace ingot::cpu {

namespace LLVM = mlir::LLVM;

static int64_t lanesOf(Value vector) { return mlir::cast<mlir::VectorType>(vector.getType()).getNumElements(); }

Value partOf(Emitter &e, Value whole, int number, int count) {
  const int lanes = lanesOf(whole) / count;
  llvm::SmallVector<int32_t> some;
  for (int lane = 0; lane < lanes; lane++) some.push_back(number * lanes + lane);
  return LLVM::ShuffleVectorOp::create(e.b, whole, whole, some);
}

Value joined(Emitter &e, llvm::ArrayRef<Value> parts) {
  if (parts.size() == 1) return parts.front();
  Value left = joined(e, parts.take_front(parts.size() / 2)), right = joined(e, parts.drop_front(parts.size() / 2));
  llvm::SmallVector<int32_t> all;
  for (int lane = 0; lane < 2 * lanesOf(left); lane++) all.push_back(lane);
  return LLVM::ShuffleVectorOp::create(e.b, left, right, all);
}

Value addTwoProducts(Emitter &e, Value sums, Value pairs, Value factors) {
  const Type words = Emitter::vector(e.i16, 32);
  Value left = e.bitcast(words, pairs), right = e.bitcast(words, factors);
  Values halves;
  for (int number = 0; number < 2; number++) {
    Value product =
        e.intrinsic("llvm.x86.avx2.pmadd.wd", Emitter::vector(e.i32, 8), {partOf(e, left, number, 2), partOf(e, right, number, 2)});
    // In LLVM's own order the sums of several heads need more than 16 registers.
    halves.push_back(e.inOrder(e.add(partOf(e, sums, number, 2), product)));
  }
  return joined(e, halves);
}

Value wordsOf(Emitter &e, Value bytes, int odd, bool isSigned) {
  const auto vector = mlir::cast<mlir::VectorType>(bytes.getType());
  const Type words = Emitter::vector(e.i16, vector.getNumElements() * vector.getElementTypeBitWidth() / 16);
  Value whole = e.bitcast(words, bytes);
  if (isSigned) return e.shiftRightArithmetic(odd ? whole : e.shiftLeft(whole, 8), 8);
  return odd ? e.shiftRight(whole, 8) : e.bitAnd(whole, e.splat(words, 255));
}

/// An AArch64 instruction on the four registers of a vector.
static Value onQuarters(Emitter &e, llvm::StringRef name, Value sums, Value codes, Value signedBytes) {
  Values quarters;
  for (int number = 0; number < 4; number++)
    quarters.push_back(e.intrinsic(name, Emitter::vector(e.i32, 4),
                                   {partOf(e, sums, number, 4), partOf(e, codes, number, 4), partOf(e, signedBytes, number, 4)}));
  return joined(e, quarters);
}

Value addFourProducts(Emitter &e, const VectorUnit &unit, Value sums, Value codes, Value signedBytes, int largest) {
  codes = e.bitcast(e.bytes, codes), signedBytes = e.bitcast(e.bytes, signedBytes);
  switch (unit.integerDot) {
  case IntegerDot::vpdpbusd:
    return e.intrinsic("llvm.x86.avx512.vpdpbusd.512", e.ints, {sums, codes, signedBytes});
  case IntegerDot::vpmaddubsw: // whose sums could saturate
    for (int odd = 0; odd < 2; odd++)
      sums = addTwoProducts(e, sums, wordsOf(e, codes, odd, false), wordsOf(e, signedBytes, odd, true));
    return sums;
  case IntegerDot::usdot:
    return onQuarters(e, "llvm.aarch64.neon.usdot", sums, codes, signedBytes);
  case IntegerDot::sdot: {
    if (largest <= 127) return onQuarters(e, "llvm.aarch64.neon.sdot", sums, codes, signedBytes);
    // code = (code - 128) + 128
    Value less = e.lessHalfOfBytes(codes);
    Value total = onQuarters(e, "llvm.aarch64.neon.sdot", e.splat(e.ints, 0), e.splat(e.bytes, 1), signedBytes);
    return onQuarters(e, "llvm.aarch64.neon.sdot", e.add(sums, e.shiftLeft(total, 7)), less, signedBytes);
  }
  }
  llvm_unreachable("an instruction without a case");
}

} // namespace ingot::cpu
