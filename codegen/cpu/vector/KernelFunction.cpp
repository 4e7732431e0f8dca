// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/vector/KernelFunction.h"

namespace ingot::cpu {

namespace LLVM = mlir::LLVM;

LLVM::LLVMFuncOp addFunction(mlir::ModuleOp module, llvm::StringRef name, bool isPrivate, llvm::ArrayRef<Type> types,
                             llvm::function_ref<void(Emitter &, ValueRange)> body) {
  mlir::OpBuilder builder = mlir::OpBuilder::atBlockEnd(module.getBody());
  const mlir::Location location = mlir::NameLoc::get(builder.getStringAttr(name));
  auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(module.getContext()), types);
  auto function =
      LLVM::LLVMFuncOp::create(builder, location, name, type, isPrivate ? LLVM::Linkage::Internal : LLVM::Linkage::External);
  function.setPreferVectorWidth("512");
  function.setNoUnwind(true);
  if (isPrivate) function.setNoInline(true);
  mlir::Block *entry = function.addEntryBlock(builder);
  builder.setInsertionPointToStart(entry);
  Emitter e(builder, location);
  body(e, entry->getArguments());
  LLVM::ReturnOp::create(e.b, ValueRange());
  return function;
}

void addKernel(mlir::ModuleOp module, llvm::StringRef name, llvm::function_ref<void(Emitter &, const KernelArguments &)> body) {
  const Type pointer = LLVM::LLVMPointerType::get(module.getContext()), i64 = mlir::IntegerType::get(module.getContext(), 64);
  addFunction(module, name, /*isPrivate=*/false, {pointer, pointer, i64, i64, pointer}, [&](Emitter &e, ValueRange arguments) {
    body(e, {arguments[0], arguments[1], arguments[2], arguments[3], arguments[4]});
  });
}

Value loadOperand(Emitter &e, const KernelArguments &arguments, int number) {
  return e.load(e.pointer, {arguments.operands, Value(), 0, 8 * number}, 8);
}

} // namespace ingot::cpu
