// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// C structs as globals of the LLVM dialect.
#ifndef INGOT_CODEGEN_CPU_PROGRAM_CONSTANTTABLES_H
#define INGOT_CODEGEN_CPU_PROGRAM_CONSTANTTABLES_H

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"

#include <string>
#include <variant>
#include <vector>

namespace ingot::cpu {

/// An address: of a symbol plus bytes, or null (an empty symbol).
struct Address {
  std::string symbol;
  int64_t offset = 0;
};
struct StructValue;
/// A field in C's order; the struct's padding must be written out.
using FieldValue = std::variant<uint32_t, uint64_t, Address, StructValue>;
struct StructValue {
  std::vector<FieldValue> fields;
};

class ConstantTables {
public:
  explicit ConstantTables(mlir::ModuleOp module);
  /// A private zero-terminated text; equal texts share one global.
  Address text(llvm::StringRef value);
  Address integers(llvm::StringRef symbol, llvm::ArrayRef<int64_t> values);
  /// All elements have fields of the same types.
  Address structs(llvm::StringRef symbol, llvm::ArrayRef<StructValue> elements);
  /// An exported struct.
  void define(llvm::StringRef symbol, const StructValue &value);
  /// A function that another unit defines.
  Address function(llvm::StringRef symbol);

private:
  mlir::Type typeOf(const FieldValue &field);
  mlir::Type typeOf(const StructValue &value);
  mlir::Value emit(mlir::OpBuilder &inside, const FieldValue &field);
  mlir::Value emit(mlir::OpBuilder &inside, const StructValue &value);
  mlir::LLVM::GlobalOp global(llvm::StringRef symbol, mlir::Type type, bool isPrivate);

  mlir::ModuleOp module;
  mlir::OpBuilder builder;
  llvm::StringMap<Address> texts;
};

} // namespace ingot::cpu
#endif
