// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Joining two groups into one at the place of the second, which is how work moves between kernels.
#ifndef INGOT_PASSES_KERNEL_MERGEGROUPS_H
#define INGOT_PASSES_KERNEL_MERGEGROUPS_H

#include "dialects/kernel/Kernel.h"
#include "mlir/IR/PatternMatch.h"

namespace ingot {

/// Whether an op strictly between the two, which stand in this order in one block, uses a result of `first`.
bool hasUseBetween(kernel::GroupOp first, kernel::GroupOp second);

/// One group with the bodies of both, in place of `second`. Results that only `second` used disappear. The caller has made sure
/// that nothing between the two uses `first`.
kernel::GroupOp mergeGroups(kernel::GroupOp first, kernel::GroupOp second);

} // namespace ingot
#endif
