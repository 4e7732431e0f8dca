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

double median(Array<double> values);         ///< of at least one
Limits median(const Array<Limits> &samples); ///< field by field

/// Samples to be taken in the midst of the run that is held against them, so that both meet the same machine: one that others use
/// reads 30 GB/s in one second and 48 in the next.
class LimitMeter {
public:
  bool open(Team &team, Error &error);
  void sample();        ///< all limits: takes about a sixth of a second
  void sampleReading(); ///< the read bandwidth alone: about a tenth of a second
  /// The limits of the samples since the last call, at least one of them whole: the bandwidth of them all together, and median
  /// peaks.
  Limits take();

private:
  Team *team = nullptr;
  Region buffer;
  Array<Limits> peaks;
  double readingSeconds = 0;
  uint32_t readings = 0;
};

/// The median of five samples; takes about a second.
bool measureLimits(Team &team, Limits &out, Error &error);

} // namespace ingot::runtime
#endif
