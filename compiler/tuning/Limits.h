// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the machine can do at most, measured beside the kernels: reading memory, and chains of int8 dot products.
#ifndef INGOT_COMPILER_TUNING_LIMITS_H
#define INGOT_COMPILER_TUNING_LIMITS_H

#include "compiler/tuning/Bench.h"
#include "compiler/tuning/Record.h"

namespace ingot::tuning {

/// In a child process; the best of several runs. A limit that this build can't measure is 0.
llvm::Expected<Limit> measureLimit(unsigned threads, const WeightFile &weights);

} // namespace ingot::tuning
#endif
