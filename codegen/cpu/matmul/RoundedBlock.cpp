// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/matmul/RoundedBlock.h"

#include "codegen/cpu/vector/Functions.h"

namespace ingot::cpu {

namespace LLVM = mlir::LLVM;

void storeRounded(Emitter &e, const ActivationLayout &layout, Value record, Value block, ValueRange columns) {
  assert(layout.kind == ActivationKind::q8 && columns.size() == 2);
  constexpr double largest = 127, tiny = 1e-30;
  // As bits, so that no number wins.
  Value bits;
  for (Value half : columns) {
    Value magnitude = e.bitAnd(e.bitcast(e.ints, half), e.splat(e.ints, 0x7fffffff));
    bits = bits ? e.maximum(bits, magnitude) : magnitude;
  }
  Value most = e.bitcast(e.f32, LLVM::vector_reduce_smax::create(e.b, e.i32, bits));
  Value isZero = e.lessFloats(most, e.splatFloat(e.f32, tiny)), zero = e.splatFloat(e.f32, 0);
  Value scale = e.select(isZero, zero, e.divideFloats(most, e.splatFloat(e.f32, largest)));
  Value inverse = e.broadcast(e.select(isZero, zero, e.divideFloats(e.splatFloat(e.f32, largest), most)), 16);
  e.store(scale, {record, block, 4, layout.scales}, 4);

  // Integers behind the bits of integerShift, which have no part in the lowest byte.
  Value shifted[2], sums[2] = {};
  for (int half = 0; half < 2; half++) {
    shifted[half] = e.bitcast(e.ints, e.fma(columns[half], inverse, e.splatFloat(e.floats, integerShift)));
    Value codes = LLVM::TruncOp::create(e.b, Emitter::vector(e.i8, 16), shifted[half]);
    e.store(codes, {record, block, 32, layout.codes + 16 * half}, 16);
  }
  const auto put = [&](int64_t plane, bool scaled, int64_t stride, int64_t element, Value sum) {
    Value value = scaled ? e.multiplyFloats(scale, LLVM::SIToFPOp::create(e.b, e.f32, sum)) : e.subtract(e.splat(e.i32, 0), sum);
    e.store(value, {record, block, stride, plane + element}, 4);
  };
  const auto sumOf = [&](Value lanes, int64_t shifts) {
    Value sum = LLVM::vector_reduce_add::create(e.b, e.i32, lanes);
    return e.subtract(sum, e.splat(e.i32, static_cast<int32_t>(static_cast<uint32_t>(shifts * integerShiftBits))));
  };
  if (layout.negated16 >= 0 || layout.scaled16 >= 0)
    for (int half = 0; half < 2; half++) {
      sums[half] = sumOf(shifted[half], 16);
      if (layout.negated16 >= 0) put(layout.negated16, false, 8, 4 * half, sums[half]);
      if (layout.scaled16 >= 0) put(layout.scaled16, true, 8, 4 * half, sums[half]);
    }
  if (layout.negated32 < 0 && layout.scaled32 < 0) return;
  Value sum = sums[0] ? e.add(sums[0], sums[1]) : sumOf(e.add(shifted[0], shifted[1]), 32);
  if (layout.negated32 >= 0) put(layout.negated32, false, 4, 0, sum);
  if (layout.scaled32 >= 0) put(layout.scaled32, true, 4, 0, sum);
}

} // namespace ingot::cpu
