// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/halide/KernelWrapper.h"

namespace ingot::cpu {

using namespace mlir;

KernelWrapper::KernelWrapper(ModuleOp module, StringRef name)
    : module(module), builder(module.getBodyRegion()), location(module.getLoc()) {
  pointer = LLVM::LLVMPointerType::get(module.getContext());
  word = builder.getI64Type();
  half = builder.getI32Type();
  builder.setInsertionPointToEnd(module.getBody());
  const auto type =
      LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(module.getContext()), {pointer, pointer, word, word, pointer});
  function = LLVM::LLVMFuncOp::create(builder, location, name, type);
  builder.setInsertionPointToStart(function.addEntryBlock(builder));
  frame = function.getArgument(0);
  operands = function.getArgument(1);
  begin = function.getArgument(2);
  end = function.getArgument(3);
}

Value KernelWrapper::field(int64_t offset, bool isAddress) {
  return LLVM::LoadOp::create(builder, location, isAddress ? pointer : word, at(frame, offset));
}

Value KernelWrapper::operand(int64_t number) { return LLVM::LoadOp::create(builder, location, pointer, at(operands, number * 8)); }

Value KernelWrapper::constant(int64_t value) {
  return LLVM::ConstantOp::create(builder, location, word, builder.getI64IntegerAttr(value));
}
Value KernelWrapper::add(Value a, Value b) { return LLVM::AddOp::create(builder, location, a, b); }
Value KernelWrapper::multiply(Value a, int64_t factor) { return LLVM::MulOp::create(builder, location, a, constant(factor)); }
Value KernelWrapper::multiply(Value a, Value b) { return LLVM::MulOp::create(builder, location, a, b); }
Value KernelWrapper::divide(Value a, int64_t divisor) { return LLVM::UDivOp::create(builder, location, a, constant(divisor)); }
Value KernelWrapper::remainder(Value a, int64_t divisor) { return LLVM::URemOp::create(builder, location, a, constant(divisor)); }
Value KernelWrapper::minimum(Value a, Value b) { return LLVM::SMinOp::create(builder, location, a, b); }
Value KernelWrapper::narrow(Value a) { return LLVM::TruncOp::create(builder, location, half, a); }
Value KernelWrapper::integer(Value address, int64_t bytes) {
  const Value value = LLVM::LoadOp::create(builder, location, half, at(address, bytes));
  return LLVM::SExtOp::create(builder, location, word, value);
}

Value KernelWrapper::at(Value address, Value bytes) {
  return LLVM::GEPOp::create(builder, location, pointer, builder.getI8Type(), address, ArrayRef<LLVM::GEPArg>{bytes});
}
Value KernelWrapper::at(Value address, int64_t bytes) { return bytes == 0 ? address : at(address, constant(bytes)); }

void KernelWrapper::prefetchForStore(Value address) { LLVM::Prefetch::create(builder, location, address, 1u, 3u, 1u); }

void KernelWrapper::copy(Value to, Value from, int64_t bytes) {
  if (bytes <= 4096)
    LLVM::MemcpyInlineOp::create(builder, location, to, from, builder.getI64IntegerAttr(bytes), /*isVolatile=*/false);
  else
    LLVM::MemcpyOp::create(builder, location, to, from, constant(bytes), /*isVolatile=*/false);
}

void KernelWrapper::loop(Value from, Value to, Body body) {
  Region &region = function.getBody();
  Block *before = builder.getInsertionBlock();
  Block *head = builder.createBlock(&region, region.end(), {word}, {location});
  Block *inside = builder.createBlock(&region, region.end());
  Block *after = builder.createBlock(&region, region.end());
  builder.setInsertionPointToEnd(before);
  LLVM::BrOp::create(builder, location, ValueRange{from}, head);
  builder.setInsertionPointToEnd(head);
  const Value index = head->getArgument(0);
  const Value more = LLVM::ICmpOp::create(builder, location, LLVM::ICmpPredicate::slt, index, to);
  LLVM::CondBrOp::create(builder, location, more, inside, after);
  builder.setInsertionPointToEnd(inside);
  body(index);
  LLVM::BrOp::create(builder, location, ValueRange{add(index, constant(1))}, head);
  builder.setInsertionPointToEnd(after);
}

Value KernelWrapper::stackBytes(int64_t bytes) {
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(&function.getBody().front());
  return LLVM::AllocaOp::create(builder, location, pointer, builder.getI8Type(), constant(bytes), /*alignment=*/64);
}

Value KernelWrapper::bufferOf(Value slot, Value host) {
  LLVM::StoreOp::create(builder, location, host, at(slot, 16));
  return slot;
}

void KernelWrapper::call(StringRef name, ArrayRef<Value> arguments) {
  auto callee = module.lookupSymbol<LLVM::LLVMFuncOp>(name);
  if (!callee) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(module.getBody());
    SmallVector<Type> types;
    for (Value argument : arguments) types.push_back(argument.getType());
    callee = LLVM::LLVMFuncOp::create(builder, location, name, LLVM::LLVMFunctionType::get(half, types));
  }
  LLVM::CallOp::create(builder, location, callee, arguments);
}

void KernelWrapper::finish() { LLVM::ReturnOp::create(builder, location, ValueRange{}); }

} // namespace ingot::cpu
