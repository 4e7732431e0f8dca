// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Arithmetic that attention needs beside the emitter's own. Portable LLVM operations, each rounded on its own.
#ifndef INGOT_CODEGEN_CPU_ATTENTION_VECTORMATH_H
#define INGOT_CODEGEN_CPU_ATTENTION_VECTORMATH_H

#include "codegen/cpu/layout/CacheLayout.h"
#include "codegen/cpu/vector/Emitter.h"

namespace ingot::cpu {

/// 2^x for x <= 0 to about one unit in the last place; exactly 0 below -125.
Value powerOfTwo(Emitter &e, Value x);

/// Of 16 lanes, halves onto each other. The sum's order is fixed.
Value sumOfLanes(Emitter &e, Value vector);
Value greatestLane(Emitter &e, Value vector);

/// Of a cache whose elements are numbers (not q8).
Type elementType(Emitter &e, CacheElement element);

/// Loads `count` (1 … 16) float-like elements of `element` and widens them to float32; lanes beyond them are 0.
Value loadAsFloats(Emitter &e, Type element, const Address &address, int count = 16);
/// Stores the first `count` lanes.
void storeLanes(Emitter &e, Value vector, const Address &address, int count = 16);

} // namespace ingot::cpu
#endif
