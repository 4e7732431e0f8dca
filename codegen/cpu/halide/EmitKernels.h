// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Adds the code of a kernel that Halide writes: an `llvm.func @name` with the runtime's kernel signature (abi/Model.h) in `module`,
// and the body that it calls in `bitcode`. Fails with a diagnostic at the module's location.
#ifndef INGOT_CODEGEN_CPU_HALIDE_EMITKERNELS_H
#define INGOT_CODEGEN_CPU_HALIDE_EMITKERNELS_H

#include "codegen/cpu/halide/AttentionKernel.h"
#include "codegen/cpu/halide/HalideBitcode.h"
#include "codegen/cpu/halide/RowKernel.h"
#include "mlir/IR/BuiltinOps.h"

namespace ingot::cpu {

mlir::LogicalResult emitRows(const RowKernel &kernel, mlir::ModuleOp module, HalideBitcode &bitcode);
mlir::LogicalResult emitAttention(const AttentionKernel &kernel, mlir::ModuleOp module, HalideBitcode &bitcode);

} // namespace ingot::cpu
#endif
