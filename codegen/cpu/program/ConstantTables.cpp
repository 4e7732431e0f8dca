// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/program/ConstantTables.h"

using namespace mlir;

namespace ingot::cpu {

ConstantTables::ConstantTables(ModuleOp module) : module(module), builder(module.getContext()) {
  builder.setInsertionPointToEnd(module.getBody());
}

LLVM::GlobalOp ConstantTables::global(StringRef symbol, Type type, bool isPrivate) {
  auto op =
      LLVM::GlobalOp::create(builder, module.getLoc(), type, /*isConstant=*/true,
                             isPrivate ? LLVM::Linkage::Internal : LLVM::Linkage::External, symbol, Attribute(), /*alignment=*/8);
  if (!isPrivate) op.setVisibility_(LLVM::Visibility::Hidden);
  return op;
}

Address ConstantTables::text(StringRef value) {
  auto [known, isNew] = texts.try_emplace(value);
  if (isNew) {
    std::string bytes = value.str(), symbol = "text." + std::to_string(texts.size());
    bytes.push_back('\0');
    auto type = LLVM::LLVMArrayType::get(builder.getI8Type(), bytes.size());
    LLVM::GlobalOp::create(builder, module.getLoc(), type, true, LLVM::Linkage::Internal, symbol, builder.getStringAttr(bytes));
    known->second = {symbol};
  }
  return known->second;
}

Address ConstantTables::integers(StringRef symbol, ArrayRef<int64_t> values) {
  auto type = LLVM::LLVMArrayType::get(builder.getI64Type(), values.size());
  auto tensor = DenseElementsAttr::get(RankedTensorType::get({int64_t(values.size())}, builder.getI64Type()), values);
  LLVM::GlobalOp::create(builder, module.getLoc(), type, true, LLVM::Linkage::Internal, symbol, tensor, 8);
  return {symbol.str()};
}

Address ConstantTables::function(StringRef symbol) {
  if (!module.lookupSymbol(symbol)) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(module.getBody());
    auto declaration = LLVM::LLVMFuncOp::create(builder, module.getLoc(), symbol,
                                                LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(builder.getContext()), {}));
    declaration.setVisibility_(LLVM::Visibility::Hidden);
  }
  return {symbol.str()};
}

Type ConstantTables::typeOf(const FieldValue &field) {
  if (std::holds_alternative<uint32_t>(field)) return builder.getI32Type();
  if (std::holds_alternative<uint64_t>(field)) return builder.getI64Type();
  if (std::holds_alternative<Address>(field)) return LLVM::LLVMPointerType::get(builder.getContext());
  return typeOf(std::get<StructValue>(field));
}

Type ConstantTables::typeOf(const StructValue &value) {
  SmallVector<Type> types;
  for (const FieldValue &field : value.fields) types.push_back(typeOf(field));
  return LLVM::LLVMStructType::getLiteral(builder.getContext(), types);
}

Value ConstantTables::emit(OpBuilder &inside, const FieldValue &field) {
  Location location = module.getLoc();
  Type type = typeOf(field);
  if (auto *value = std::get_if<uint32_t>(&field))
    return LLVM::ConstantOp::create(inside, location, type, inside.getI32IntegerAttr(*value));
  if (auto *value = std::get_if<uint64_t>(&field))
    return LLVM::ConstantOp::create(inside, location, type, inside.getI64IntegerAttr(*value));
  if (auto *value = std::get_if<StructValue>(&field)) return emit(inside, *value);
  const Address &address = std::get<Address>(field);
  if (address.symbol.empty()) return LLVM::ZeroOp::create(inside, location, type);
  Value base = LLVM::AddressOfOp::create(inside, location, type, address.symbol);
  return address.offset ? Value(LLVM::GEPOp::create(inside, location, type, inside.getI8Type(), base,
                                                    ArrayRef<LLVM::GEPArg>{int32_t(address.offset)}))
                        : base;
}

Value ConstantTables::emit(OpBuilder &inside, const StructValue &value) {
  Value result = LLVM::UndefOp::create(inside, module.getLoc(), typeOf(value));
  for (auto [index, field] : llvm::enumerate(value.fields))
    result = LLVM::InsertValueOp::create(inside, module.getLoc(), result, emit(inside, field), int64_t(index));
  return result;
}

Address ConstantTables::structs(StringRef symbol, ArrayRef<StructValue> elements) {
  auto type = LLVM::LLVMArrayType::get(typeOf(elements.front()), elements.size());
  LLVM::GlobalOp op = global(symbol, type, /*isPrivate=*/true);
  OpBuilder inside(builder.getContext());
  inside.createBlock(&op.getInitializerRegion());
  Value result = LLVM::UndefOp::create(inside, module.getLoc(), type);
  for (auto [index, element] : llvm::enumerate(elements))
    result = LLVM::InsertValueOp::create(inside, module.getLoc(), result, emit(inside, element), int64_t(index));
  LLVM::ReturnOp::create(inside, module.getLoc(), result);
  return {symbol.str()};
}

void ConstantTables::define(StringRef symbol, const StructValue &value) {
  LLVM::GlobalOp op = global(symbol, typeOf(value), /*isPrivate=*/false);
  OpBuilder inside(builder.getContext());
  inside.createBlock(&op.getInitializerRegion());
  LLVM::ReturnOp::create(inside, module.getLoc(), emit(inside, value));
}

} // namespace ingot::cpu
