// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From queries and whatever a cache holds to the steps that are multiplied: pairs of bf16 (vdpbf16ps), or float32.
#ifndef INGOT_CODEGEN_CPU_ATTENTION_FLASHCHUNK_H
#define INGOT_CODEGEN_CPU_ATTENTION_FLASHCHUNK_H

#include "codegen/cpu/attention/FlashLayout.h"
#include "codegen/cpu/vector/Emitter.h"

namespace ingot::cpu {

/// 32 bf16: `low`'s 16 float32, then `high`'s.
Value roundTwo(Emitter &e, Value low, Value high);

/// `row` is the address of a query [width] in float32; it goes to `to`.
void packQuery(Emitter &e, const FlashLayout &layout, Value row, Value to);

/// `blocks` times 16 keys or values, from their first block in the cache to a chunk.
void packKeys(Emitter &e, const FlashLayout &layout, Value cache, Value blocks, Value chunk);
void packValues(Emitter &e, const FlashLayout &layout, Value cache, Value blocks, Value chunk);

} // namespace ingot::cpu
#endif
