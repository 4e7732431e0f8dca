// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The machine's limits, measured with the threads at hand, to hold the program's speed against.
#ifndef INGOT_RUNTIME_MEASURE_LIMITS_H
#define INGOT_RUNTIME_MEASURE_LIMITS_H

#include "runtime/memory/Array.h"
#include "runtime/memory/Region.h"
#include "runtime/threads/Team.h"

namespace ingot::runtime {

struct Limits {
  double readBytesPerSecond = 0;         ///< from memory, far beyond the caches
  double int8OperationsPerSecond = 0;    ///< a multiply-add counts as two: AVX-512 VNNI's, else AVX2's in pairs; 0: neither
  double bf16OperationsPerSecond = 0;    ///< the same with AVX-512 BF16's dot products
  double amxInt8OperationsPerSecond = 0; ///< AMX tiles; 0: none, or the system does not let this process use them
  double amxBf16OperationsPerSecond = 0;
};

double median(Array<double> values); ///< of at least one

/// Samples to be taken between the runs that are held against them, so that both meet the same machine: one that others use gives
/// in its best moment what no run of seconds can get.
class LimitMeter {
public:
  bool open(Team &team, Error &error);
  void sample(); ///< takes about a sixth of a second
  Limits median() const;

private:
  Team *team = nullptr;
  Region buffer;
  Array<Limits> samples;
};

/// The median of five samples; takes about a second.
bool measureLimits(Team &team, Limits &out, Error &error);

} // namespace ingot::runtime
#endif
