// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which buffers a kernel gets, and in which order: agreed between plans (who pass them) and code generators (who use them).
//
// First the arguments, then the results. Left out are arguments that need no buffer: positions (the frame has them), the cache that
// `model.append` extends and the rows that a matmul's result is added to (both are the memory of the result).
#ifndef INGOT_DIALECTS_KERNEL_KERNELOPERANDS_H
#define INGOT_DIALECTS_KERNEL_KERNELOPERANDS_H

#include "dialects/kernel/Kernel.h"

namespace ingot::kernel {

/// The argument whose memory result `index` is, if it is one's.
std::optional<unsigned> aliasedArgument(FuncOp kernel, unsigned index);

/// The arguments that get an operand, in order.
llvm::SmallVector<unsigned> operandArguments(FuncOp kernel);

/// The operand's number of an argument, and of a result.
std::optional<unsigned> operandOfArgument(FuncOp kernel, unsigned argument);
unsigned operandOfResult(FuncOp kernel, unsigned result);

} // namespace ingot::kernel
#endif
