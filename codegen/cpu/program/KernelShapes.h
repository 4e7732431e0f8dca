// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the emitters need to know of a kernel, read from its IR.
#ifndef INGOT_CODEGEN_CPU_PROGRAM_KERNELSHAPES_H
#define INGOT_CODEGEN_CPU_PROGRAM_KERNELSHAPES_H

#include "codegen/cpu/attention/DecodeAttention.h"
#include "codegen/cpu/halide/AttentionKernel.h"
#include "codegen/cpu/halide/RowKernel.h"
#include "codegen/cpu/matmul/MatmulKernel.h"
#include "dialects/kernel/Kernel.h"
#include "dialects/model/Model.h"
#include "dialects/packed/Packed.h"

namespace ingot::cpu {

ActivationLayout layoutOf(packed::ActivationsType type);
CacheLayout layoutOf(model::CacheType type);

/// `op` is an attention op or one of its parts, handled `tokens` at a time.
AttentionKernel attentionKernel(mlir::Operation *op, int64_t tokens, const VectorUnit &unit);

// The kernel's kind (kernel::kindOf) must be the function's.
AttentionKernel attentionKernel(kernel::FuncOp function, const VectorUnit &unit);

/// Whether attention/DecodeAttention makes it.
bool isDecode(const AttentionKernel &kernel);

/// Without what only the function around it knows: name, schedule, wanted tokens.
MatmulKernel matmulKernel(packed::MatmulOp matmul, const VectorUnit &unit);
MatmulKernel matmulKernel(kernel::FuncOp function, const VectorUnit &unit);
EmbedKernel embedKernel(kernel::FuncOp function);
mlir::FailureOr<RowKernel> rowKernel(kernel::FuncOp function, const VectorUnit &unit);

} // namespace ingot::cpu
#endif
