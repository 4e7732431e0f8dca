// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Names of kernels say what they do; the grammar stands in codegen/README.md.
#ifndef INGOT_PASSES_KERNEL_KERNELNAMES_H
#define INGOT_PASSES_KERNEL_KERNELNAMES_H

#include "dialects/kernel/Kernel.h"

namespace ingot {

/// A symbol for the group, without a number that tells it from others of the same name.
std::string kernelName(kernel::GroupOp group);

} // namespace ingot
#endif
