// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Functions of a kernel: the exported one with the runtime's signature (ingot_kernel of abi/Model.h) and private ones behind it.
#ifndef INGOT_CODEGEN_CPU_VECTOR_KERNELFUNCTION_H
#define INGOT_CODEGEN_CPU_VECTOR_KERNELFUNCTION_H

#include "codegen/cpu/vector/Emitter.h"

namespace ingot::cpu {

/// The arguments of ingot_kernel.
struct KernelArguments {
  Value frame, operands, begin, end, scratch;
};

/// Adds `llvm.func @name` to the module; `body` emits its code up to the return. Vectors of 512 bits are asked for.
mlir::LLVM::LLVMFuncOp addFunction(mlir::ModuleOp module, llvm::StringRef name, bool isPrivate, llvm::ArrayRef<Type> types,
                                   llvm::function_ref<void(Emitter &, ValueRange)> body);

/// The exported kernel.
void addKernel(mlir::ModuleOp module, llvm::StringRef name, llvm::function_ref<void(Emitter &, const KernelArguments &)> body);

/// The address of operand `number`.
Value loadOperand(Emitter &e, const KernelArguments &arguments, int number);

} // namespace ingot::cpu
#endif
