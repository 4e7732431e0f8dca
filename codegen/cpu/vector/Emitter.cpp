// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/vector/Emitter.h"

namespace ingot::cpu {

namespace LLVM = mlir::LLVM;

Emitter::Emitter(mlir::OpBuilder builder, mlir::Location location) : b(location, builder) {
  i8 = b.getI8Type(), i16 = b.getI16Type(), i32 = b.getI32Type(), i64 = b.getI64Type();
  f16 = b.getF16Type(), bf16 = b.getBF16Type(), f32 = b.getF32Type();
  pointer = LLVM::LLVMPointerType::get(b.getContext());
  floats = vector(f32, 16), ints = vector(i32, 16), bytes = vector(i8, 64);
}

Value Emitter::constant(int64_t value) { return splat(i64, value); }

Value Emitter::splat(Type type, int64_t value) {
  auto element = b.getIntegerAttr(mlir::getElementTypeOrSelf(type), value);
  if (auto shaped = mlir::dyn_cast<mlir::VectorType>(type))
    return LLVM::ConstantOp::create(b, type, mlir::DenseElementsAttr::get(shaped, mlir::Attribute(element)));
  return LLVM::ConstantOp::create(b, type, element);
}

Value Emitter::splatFloat(Type type, double value) {
  auto element = b.getFloatAttr(mlir::getElementTypeOrSelf(type), value);
  if (auto shaped = mlir::dyn_cast<mlir::VectorType>(type))
    return LLVM::ConstantOp::create(b, type, mlir::DenseElementsAttr::get(shaped, mlir::Attribute(element)));
  return LLVM::ConstantOp::create(b, type, element);
}

Value Emitter::lanes(Type type, llvm::ArrayRef<int32_t> values) {
  return LLVM::ConstantOp::create(b, type, mlir::DenseElementsAttr::get(mlir::cast<mlir::VectorType>(type), values));
}

Value Emitter::pointerTo(const Address &address) {
  const auto flags = LLVM::GEPNoWrapFlags::inbounds;
  Value base = address.base;
  if (address.index && address.stride != 0) {
    Value scaled = address.stride == 1 ? address.index : multiply(address.index, constant(address.stride));
    base = LLVM::GEPOp::create(b, pointer, i8, base, ValueRange(scaled), flags);
  }
  if (address.offset == 0) return base;
  return LLVM::GEPOp::create(b, pointer, i8, base, ValueRange(constant(address.offset)), flags);
}

Value Emitter::laneNumbers() {
  llvm::SmallVector<int32_t> numbers;
  for (int32_t lane = 0; lane < 16; lane++) numbers.push_back(lane);
  return lanes(ints, numbers);
}

Value Emitter::load(Type type, const Address &address, unsigned alignment) {
  return LLVM::LoadOp::create(b, type, pointerTo(address), alignment);
}

Value Emitter::loadInOrder(Type type, const Address &address, unsigned alignment) {
  return LLVM::LoadOp::create(b, type, pointerTo(address), alignment, /*isVolatile=*/true);
}

void Emitter::store(Value value, const Address &address, unsigned alignment) {
  LLVM::StoreOp::create(b, value, pointerTo(address), alignment);
}

Value Emitter::stackBytes(int64_t bytes) {
  mlir::OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&b.getInsertionBlock()->getParent()->front()); // elsewhere a loop would take more in each round
  return LLVM::AllocaOp::create(b, pointer, i8, constant(bytes), /*alignment=*/64);
}

Value Emitter::firstLanes(int64_t count, int64_t lanes) {
  llvm::SmallVector<bool> bits(lanes, false);
  std::fill_n(bits.begin(), count, true);
  const auto type = mlir::VectorType::get({lanes}, b.getI1Type());
  return LLVM::ConstantOp::create(b, type, mlir::DenseElementsAttr::get(type, llvm::ArrayRef<bool>(bits)));
}

Value Emitter::loadMasked(Type type, const Address &address, Value mask, unsigned alignment) {
  Value zeros = LLVM::ZeroOp::create(b, type);
  return LLVM::MaskedLoadOp::create(b, type, pointerTo(address), mask, zeros, alignment);
}

void Emitter::storeMasked(Value value, const Address &address, Value mask, unsigned alignment) {
  LLVM::MaskedStoreOp::create(b, value, pointerTo(address), mask, alignment);
}

Value Emitter::loadBroadcast(Type element, const Address &address) {
  return broadcast(load(element, address, element.getIntOrFloatBitWidth() / 8), 16);
}

Value Emitter::broadcast(Value scalar, int64_t count) {
  Type type = vector(scalar.getType(), count);
  Value undefined = LLVM::PoisonOp::create(b, type);
  Value first = LLVM::InsertElementOp::create(b, undefined, scalar, splat(i32, 0));
  return LLVM::ShuffleVectorOp::create(b, first, undefined, llvm::SmallVector<int32_t>(count, 0));
}

void Emitter::prefetch(const Address &address, uint32_t locality) {
  // A hint may point anywhere: no `inbounds`.
  Value base = address.index ? pointerTo({address.base, address.index, address.stride, 0}) : address.base;
  Value line = LLVM::GEPOp::create(b, pointer, i8, base, ValueRange(constant(address.offset)));
  LLVM::Prefetch::create(b, line, /*rw=*/0u, /*hint=*/locality, /*cache=*/1u);
}

void Emitter::prefetchForStore(const Address &address) { LLVM::Prefetch::create(b, pointerTo(address), 1u, 3u, 1u); }

Value Emitter::add(Value left, Value right) { return LLVM::AddOp::create(b, left, right); }
Value Emitter::subtract(Value left, Value right) { return LLVM::SubOp::create(b, left, right); }
Value Emitter::multiply(Value left, Value right) { return LLVM::MulOp::create(b, left, right); }
Value Emitter::divide(Value left, Value right) { return LLVM::UDivOp::create(b, left, right); }
Value Emitter::bitAnd(Value left, Value right) { return LLVM::AndOp::create(b, left, right); }
Value Emitter::bitOr(Value left, Value right) { return LLVM::OrOp::create(b, left, right); }
Value Emitter::minimum(Value left, Value right) { return LLVM::SMinOp::create(b, left, right); }
Value Emitter::maximum(Value left, Value right) { return LLVM::SMaxOp::create(b, left, right); }

Value Emitter::shiftLeft(Value value, int64_t bits) {
  return bits == 0 ? value : LLVM::ShlOp::create(b, value, splat(value.getType(), bits)).getResult();
}
Value Emitter::shiftRight(Value value, int64_t bits) {
  return bits == 0 ? value : LLVM::LShrOp::create(b, value, splat(value.getType(), bits)).getResult();
}
Value Emitter::shiftRightArithmetic(Value value, int64_t bits) {
  return bits == 0 ? value : LLVM::AShrOp::create(b, value, splat(value.getType(), bits)).getResult();
}
Value Emitter::moveField(Value value, int64_t from, int64_t to) {
  return from >= to ? shiftRight(value, from - to) : shiftLeft(value, to - from);
}

Value Emitter::fieldOfBytes(Value value, int64_t from, int64_t bits, int64_t to) {
  const int64_t mask = ((int64_t{1} << bits) - 1) << to;
  return bitAnd(moveField(value, from, to), splat(value.getType(), mask * 0x01010101));
}

Value Emitter::less(Value left, Value right) { return LLVM::ICmpOp::create(b, LLVM::ICmpPredicate::slt, left, right); }

Value Emitter::lessFloats(Value left, Value right) { return LLVM::FCmpOp::create(b, LLVM::FCmpPredicate::olt, left, right); }

Value Emitter::select(Value condition, Value yes, Value no) { return LLVM::SelectOp::create(b, condition, yes, no); }
Value Emitter::shuffle(Value left, Value right, llvm::ArrayRef<int32_t> lanes) {
  return LLVM::ShuffleVectorOp::create(b, left, right, lanes);
}

Value Emitter::fma(Value a, Value factor, Value c) { return LLVM::FMAOp::create(b, a, factor, c); }
Value Emitter::multiplyFloats(Value left, Value right) { return LLVM::FMulOp::create(b, left, right); }
Value Emitter::addFloats(Value left, Value right) { return LLVM::FAddOp::create(b, left, right); }
Value Emitter::subtractFloats(Value left, Value right) { return LLVM::FSubOp::create(b, left, right); }
Value Emitter::divideFloats(Value left, Value right) { return LLVM::FDivOp::create(b, left, right); }
Value Emitter::maximumFloats(Value left, Value right) {
  return select(LLVM::FCmpOp::create(b, LLVM::FCmpPredicate::ogt, left, right), left, right);
}
Value Emitter::roundToInteger(Value value) { return LLVM::RoundEvenOp::create(b, value.getType(), value); }
Value Emitter::negateFloats(Value value) { return LLVM::FNegOp::create(b, value); }

static Type likeWith(Type shape, Type element) {
  auto shaped = mlir::dyn_cast<mlir::VectorType>(shape);
  return shaped ? Type(mlir::VectorType::get(shaped.getShape(), element)) : element;
}
Value Emitter::toFloats(Value signedInts) { return LLVM::SIToFPOp::create(b, likeWith(signedInts.getType(), f32), signedInts); }
Value Emitter::halfToFloats(Value halfs) { return LLVM::FPExtOp::create(b, likeWith(halfs.getType(), f32), halfs); }

Value Emitter::bitcast(Type type, Value value) {
  return value.getType() == type ? value : LLVM::BitcastOp::create(b, type, value).getResult();
}
Value Emitter::lessHalfOfBytes(Value vector) {
  const int64_t bits = mlir::cast<mlir::VectorType>(vector.getType()).getElementTypeBitWidth();
  return LLVM::XOrOp::create(b, vector, splat(vector.getType(), llvm::APInt::getSplat(bits, llvm::APInt(8, 128)).getSExtValue()));
}
Value Emitter::extendSigned(Type type, Value value) { return LLVM::SExtOp::create(b, type, value); }
Value Emitter::extendUnsigned(Type type, Value value) { return LLVM::ZExtOp::create(b, type, value); }
Value Emitter::intrinsic(llvm::StringRef name, Type result, ValueRange arguments) {
  return LLVM::CallIntrinsicOp::create(b, result, b.getStringAttr(name), arguments).getResult(0);
}

Value Emitter::emptyAssembly(Value value, llvm::StringRef constraints, bool hasSideEffects) {
  return LLVM::InlineAsmOp::create(b, value.getType(), ValueRange(value), "", constraints, hasSideEffects,
                                   /*is_align_stack=*/false, LLVM::TailCallKind::None, /*asm_dialect=*/nullptr,
                                   /*operand_attrs=*/nullptr)
      .getRes();
}

Value Emitter::inOrder(Value value) { return emptyAssembly(value, "=v,0", /*hasSideEffects=*/true); }

Value Emitter::inRegister(Value pointer) { return emptyAssembly(pointer, "=r,0", /*hasSideEffects=*/false); }

mlir::Block *Emitter::blockAfter(llvm::ArrayRef<Type> types) {
  mlir::Region *region = b.getInsertionBlock()->getParent();
  auto *block = new mlir::Block();
  region->push_back(block);
  for (Type type : types) block->addArgument(type, b.getLoc());
  return block;
}

Values Emitter::emitLoop(Value lower, Value upper, int64_t step, ValueRange initial, LoopBody body, bool mayBeEmpty) {
  llvm::SmallVector<Type> types(initial.getTypes());
  Values first(initial);
  first.insert(first.begin(), lower);
  llvm::SmallVector<Type> bodyTypes = types;
  bodyTypes.insert(bodyTypes.begin(), i64);
  mlir::Block *round = blockAfter(bodyTypes), *after = blockAfter(types);
  if (mayBeEmpty)
    LLVM::CondBrOp::create(b, less(lower, upper), round, ValueRange(first), after, initial);
  else
    LLVM::BrOp::create(b, ValueRange(first), round);

  b.setInsertionPointToStart(round);
  Values carried = body(round->getArgument(0), round->getArguments().drop_front());
  Value next = add(round->getArgument(0), constant(step));
  Values again = carried;
  again.insert(again.begin(), next);
  LLVM::CondBrOp::create(b, less(next, upper), round, ValueRange(again), after, ValueRange(carried));

  after->moveBefore(after->getParent(), after->getParent()->end()); // behind the blocks that the body made
  b.setInsertionPointToStart(after);
  return Values(after->getArguments().begin(), after->getArguments().end());
}

Values Emitter::loop(Value lower, Value upper, int64_t step, ValueRange initial, LoopBody body) {
  return emitLoop(lower, upper, step, initial, body, /*mayBeEmpty=*/true);
}

Values Emitter::loop(int64_t count, ValueRange initial, LoopBody body) {
  if (count <= 0) return Values(initial);
  if (count == 1) return body(constant(0), initial);
  return emitLoop(constant(0), constant(count), 1, initial, body, /*mayBeEmpty=*/false);
}

void Emitter::ifThen(Value condition, llvm::function_ref<void()> then) {
  mlir::Block *yes = blockAfter(), *after = blockAfter();
  LLVM::CondBrOp::create(b, condition, yes, after);
  b.setInsertionPointToStart(yes);
  then();
  LLVM::BrOp::create(b, after);
  b.setInsertionPointToStart(after);
}

void Emitter::ifThenElse(Value condition, llvm::function_ref<void()> then, llvm::function_ref<void()> otherwise) {
  mlir::Block *yes = blockAfter(), *no = blockAfter(), *after = blockAfter();
  LLVM::CondBrOp::create(b, condition, yes, no);
  b.setInsertionPointToStart(yes);
  then();
  LLVM::BrOp::create(b, after);
  b.setInsertionPointToStart(no);
  otherwise();
  LLVM::BrOp::create(b, after);
  b.setInsertionPointToStart(after);
}

} // namespace ingot::cpu
