// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Attention of read tokens in flash form. Products are bf16 dots (vdpbf16ps) that are summed in float32, or float32.
//
//   for each chunk of 64 keys, aligned to absolute positions, that a row of the item sees:
//     keys and values of the chunk -> pairs of bf16, or float32, in scratch, once for all rows
//     for each tile of rows:  s = q k        (rows x 4 vectors of 16 keys)
//                             m, l, p        running maximum and sum; p = 2^(s - m), rounded as products are
//                             o = o 2^(m_before - m) + p v
//   result = o / l
//
// An item is a block of tokens and one key/value head; its rows are the tokens' query heads that share it. Scores are logarithms to
// base 2: the factor is in the queries before they are rounded.
//
// Numeric rule: a row's bits depend on its position and its keys alone. Chunks begin at multiples of 64 whatever the cut; a key
// that the row does not see weighs exactly 0, and a chunk without a visible key multiplies by exactly 1 and adds exactly 0. The sum
// is that of the rounded weights, so that they are exactly weights of a mean.
#ifndef INGOT_CODEGEN_CPU_ATTENTION_FLASHATTENTION_H
#define INGOT_CODEGEN_CPU_ATTENTION_FLASHATTENTION_H

#include "codegen/cpu/halide/AttentionKernel.h"
#include "mlir/IR/BuiltinOps.h"

namespace ingot::cpu {

/// Whether `kernel` is one of these: fused, for several tokens. Its items for one block of tokens are the key/value heads.
bool isFlashAttention(const AttentionKernel &kernel);

/// Tokens that an item is best about: keys and values are converted once for all of its rows.
int64_t flashBlockTokens(const AttentionKernel &kernel);

/// Bytes of the thread's scratch that a call needs.
int64_t flashScratchBytes(const AttentionKernel &kernel);

/// Adds an `llvm.func @name` with the runtime's kernel signature (abi/Model.h, ingot_kernel) to the module.
void emitFlashAttention(const AttentionKernel &kernel, mlir::ModuleOp module);

} // namespace ingot::cpu
#endif
