// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Keys and values as float32, whatever the cache holds: four vectors at a time, because a q8 cache keeps four neighbours together.
#ifndef INGOT_CODEGEN_CPU_ATTENTION_CACHELOADS_H
#define INGOT_CODEGEN_CPU_ATTENTION_CACHELOADS_H

#include "codegen/cpu/layout/CacheLayout.h"
#include "codegen/cpu/vector/Emitter.h"

namespace ingot::cpu {

/// Elements x … x + count - 1 (x a multiple of 4, count up to 4) of a block of keys, each of its 16 positions. `block` is an
/// address.
Values loadKeys(Emitter &e, const CacheLayout &layout, Value block, Value x, int count = 4);

/// Positions four * 4 … + 3 of a block of values: for each, its elements x … x + 15 (the last ones of a head: fewer, then zeros).
Values loadValues(Emitter &e, const CacheLayout &layout, Value block, Value four, int64_t x);

} // namespace ingot::cpu
#endif
