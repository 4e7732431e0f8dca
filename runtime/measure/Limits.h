// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The machine's limits, measured with the threads at hand, to hold the program's speed against.
#ifndef INGOT_RUNTIME_MEASURE_LIMITS_H
#define INGOT_RUNTIME_MEASURE_LIMITS_H

#include "runtime/threads/Team.h"

namespace ingot::runtime {

struct Limits {
  double readBytesPerSecond = 0;         ///< from memory, far beyond the caches
  double int8OperationsPerSecond = 0;    ///< a multiply-add counts as two: AVX-512 VNNI's, else AVX2's in pairs; 0: neither
  double bf16OperationsPerSecond = 0;    ///< the same with AVX-512 BF16's dot products
  double amxInt8OperationsPerSecond = 0; ///< AMX tiles; 0: none, or the system does not let this process use them
  double amxBf16OperationsPerSecond = 0;
};

/// Takes about a second. The best of several tries counts: a limit is what the machine can do.
bool measureLimits(Team &team, Limits &out, Error &error);

} // namespace ingot::runtime
#endif
