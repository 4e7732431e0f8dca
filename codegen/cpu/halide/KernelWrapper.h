// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes the outer function of a kernel in the LLVM dialect: the runtime's signature, loops over items, addresses of rows, and
// calls of Halide's functions with buffers that live on the stack until inlining removes them.
#ifndef INGOT_CODEGEN_CPU_HALIDE_KERNELWRAPPER_H
#define INGOT_CODEGEN_CPU_HALIDE_KERNELWRAPPER_H

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"

namespace ingot::cpu {

class KernelWrapper {
public:
  using Value = mlir::Value;
  using Body = llvm::function_ref<void(Value index)>;

  KernelWrapper(mlir::ModuleOp module, llvm::StringRef name);

  // What the runtime passes.
  Value begin, end;
  Value field(int64_t offset, bool isAddress = false); ///< of the frame, an integer or a table; in the entry only
  Value operand(int64_t number);                       ///< its address; in the entry only

  // Integers of 64 bits and addresses.
  Value constant(int64_t value);
  Value add(Value a, Value b);
  Value multiply(Value a, int64_t factor);
  Value multiply(Value a, Value b);
  Value divide(Value a, int64_t divisor); ///< a >= 0
  Value remainder(Value a, int64_t divisor);
  Value minimum(Value a, Value b);
  Value narrow(Value a);                       ///< to 32 bits
  Value integer(Value address, int64_t bytes); ///< the signed 32 bits there
  Value element(Value table, Value index) { return integer(at(table, multiply(index, 4)), 0); }
  Value at(Value address, Value bytes);
  Value at(Value address, int64_t bytes);

  void prefetchForStore(Value address);
  void copy(Value to, Value from, int64_t bytes);
  void loop(Value from, Value to, Body body);

  Value stackBytes(int64_t bytes); ///< aligned to 64 bytes; in the entry, whatever the place of the call
  /// A halide_buffer_t; only its `host` is ever read, because every bound and stride is a constant or a parameter.
  Value bufferOf(Value slot, Value host);
  Value bufferSlot() { return stackBytes(56); }
  void call(llvm::StringRef function, llvm::ArrayRef<Value> arguments);
  void finish();

private:
  mlir::ModuleOp module;
  mlir::OpBuilder builder;
  mlir::Location location;
  mlir::LLVM::LLVMFuncOp function;
  mlir::Type pointer, word, half;
  Value frame, operands;
};

} // namespace ingot::cpu
#endif
