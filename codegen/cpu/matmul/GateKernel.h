// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Kernels of gate and up, whose sums meet before they are stored: activation(gate) * up, rounded for the next matmul. What they
// would have stored as float32 goes to memory and comes back; what they store is an eighth of it (q8).
//
// With AMX a pair of panels is one of each matrix, and the products are stored as bf16 from the tiles of sums. With vectors the
// sums of 32 outputs, two panels of each matrix, wait in the thread's scratch until a block of tokens has passed by all four; 32
// products are a block of q8.
#ifndef INGOT_CODEGEN_CPU_MATMUL_GATEKERNEL_H
#define INGOT_CODEGEN_CPU_MATMUL_GATEKERNEL_H

#include "codegen/cpu/matmul/MatmulKernel.h"

namespace ingot::cpu {

/// Outputs of an item.
int64_t gatedRows(const MatmulKernel &kernel);

/// Bytes of scratch beside what the products need; 0 for kernels without a gate.
int64_t gateScratchBytes(const MatmulKernel &kernel);

void emitGated(const MatmulKernel &kernel, mlir::ModuleOp module);

} // namespace ingot::cpu
#endif
