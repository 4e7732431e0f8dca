// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the limits are measured with that depends on the processor: one source file for each architecture.
#ifndef INGOT_RUNTIME_MEASURE_PEAKS_H
#define INGOT_RUNTIME_MEASURE_PEAKS_H

#include "runtime/measure/Limits.h"

namespace ingot::runtime {

constexpr uint64_t kPieceBytes = 1 << 20;

/// The fastest read of this processor; an item is kPieceBytes of operand 0.
ingot_kernel readingKernel();

/// Fills in the peaks of what this processor has; `data` is scratch memory of a piece, on a multiple of 64.
void measurePeaks(Team &team, char *data, Limits &out);

/// Of a pass, over several.
double meanSeconds(Team &team, ingot_kernel kernel, void *operand, uint32_t items, uint32_t grain, int passes = 5);

} // namespace ingot::runtime
#endif
