// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The tokens of a frame that a matmul's items are about.
#ifndef INGOT_CODEGEN_CPU_MATMUL_FRAMETOKENS_H
#define INGOT_CODEGEN_CPU_MATMUL_FRAMETOKENS_H

#include "codegen/cpu/matmul/MatmulKernel.h"
#include "codegen/cpu/vector/KernelFunction.h"

namespace ingot::cpu {

/// How many tokens the frame asks for.
Value loadTokens(Emitter &e, const MatmulKernel &kernel, const KernelArguments &arguments);

/// For a domain of TOKENS: emits `body` for the items of [begin, end) that are about one block of tokens, numbered from the block's
/// first one, its first token and their number.
void forEachTokenBlock(Emitter &e, const MatmulKernel &kernel, const KernelArguments &arguments, Value tokens,
                       llvm::function_ref<void(Value begin, Value end, Value firstToken, Value count)> body);

} // namespace ingot::cpu
#endif
