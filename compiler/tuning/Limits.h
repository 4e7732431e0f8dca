// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the machine can do at most, measured beside the kernels as programs measure it for --bench.
#ifndef INGOT_COMPILER_TUNING_LIMITS_H
#define INGOT_COMPILER_TUNING_LIMITS_H

#include "compiler/tuning/Record.h"
#include "llvm/Support/Error.h"

namespace ingot::tuning {

/// The median of several runs. A limit that this build can't measure is 0.
llvm::Expected<Limit> measureLimit(unsigned threads);

} // namespace ingot::tuning
#endif
