// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/attention/VectorMath.h"

#include "codegen/cpu/vector/Functions.h"

namespace ingot::cpu {

namespace LLVM = mlir::LLVM;

Value powerOfTwo(Emitter &e, Value x) {
  // x = n + f; adding integerShift leaves n in the low bits. 2^f by a polynomial on |f| <= 1/2, 2^n by adding n to its exponent.
  static constexpr double coefficients[] = {1.535336188319500e-4,
                                            1.339887440266574e-3,
                                            9.618437357674640e-3,
                                            5.550332471162809e-2,
                                            2.402264791363012e-1,
                                            6.931472028550421e-1,
                                            1.0};
  const Value least = e.splatFloat(x.getType(), -125), magic = e.splatFloat(x.getType(), integerShift);
  const Value bounded = e.maximumFloats(x, least);
  const Value shifted = e.addFloats(bounded, magic);
  const Value fraction = e.subtractFloats(bounded, e.subtractFloats(shifted, magic));
  Value power = e.splatFloat(x.getType(), coefficients[0]);
  for (double coefficient : llvm::ArrayRef(coefficients).drop_front())
    power = e.fma(power, fraction, e.splatFloat(x.getType(), coefficient));
  auto shape = mlir::dyn_cast<mlir::VectorType>(x.getType());
  const Type integers = shape ? Emitter::vector(e.i32, shape.getNumElements()) : e.i32;
  const Value bits = e.add(e.bitcast(integers, power), e.shiftLeft(e.bitcast(integers, shifted), 23));
  return e.select(e.lessFloats(x, least), e.splatFloat(x.getType(), 0), e.bitcast(x.getType(), bits));
}

static Value reduceLanes(Emitter &e, Value vector, llvm::function_ref<Value(Value, Value)> combine) {
  for (int64_t half = mlir::cast<mlir::VectorType>(vector.getType()).getNumElements() / 2; half > 0; half /= 2) {
    llvm::SmallVector<int32_t> low, high;
    for (int64_t lane = 0; lane < half; lane++) low.push_back(lane), high.push_back(half + lane);
    vector = combine(e.shuffle(vector, vector, low), e.shuffle(vector, vector, high));
  }
  return LLVM::ExtractElementOp::create(e.b, vector, e.splat(e.i32, 0));
}

Value sumOfLanes(Emitter &e, Value vector) {
  return reduceLanes(e, vector, [&](Value low, Value high) { return e.addFloats(low, high); });
}

Value greatestLane(Emitter &e, Value vector) {
  return reduceLanes(e, vector, [&](Value low, Value high) { return e.maximumFloats(low, high); });
}

Type elementType(Emitter &e, CacheElement element) {
  assert(element != CacheElement::q8 && "codes and scales are loaded by themselves");
  return element == CacheElement::f16 ? e.f16 : element == CacheElement::bf16 ? e.bf16 : e.f32;
}

Value loadAsFloats(Emitter &e, Type element, const Address &address, int count) {
  Value loaded = e.load(Emitter::vector(element, count), address, element.getIntOrFloatBitWidth() / 8);
  if (element.isBF16() || element.isF16()) loaded = LLVM::FPExtOp::create(e.b, Emitter::vector(e.f32, count), loaded);
  if (count == 16) return loaded;
  llvm::SmallVector<int32_t> lanes;
  for (int lane = 0; lane < 16; lane++) lanes.push_back(std::min(lane, count));
  return e.shuffle(loaded, e.splatFloat(loaded.getType(), 0), lanes);
}

void storeLanes(Emitter &e, Value vector, const Address &address, int count) {
  if (count < 16) {
    llvm::SmallVector<int32_t> lanes;
    for (int lane = 0; lane < count; lane++) lanes.push_back(lane);
    vector = e.shuffle(vector, vector, lanes);
  }
  e.store(vector, address, 4);
}

} // namespace ingot::cpu
