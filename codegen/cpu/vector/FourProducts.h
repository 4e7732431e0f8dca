// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sums of four products of bytes, by whatever the processor has for it. Always exact.
#ifndef INGOT_CODEGEN_CPU_VECTOR_FOURPRODUCTS_H
#define INGOT_CODEGEN_CPU_VECTOR_FOURPRODUCTS_H

#include "codegen/cpu/target/VectorUnit.h"
#include "codegen/cpu/vector/Emitter.h"

namespace ingot::cpu {

/// sums + four products of unsigned codes (up to `largest`) and signed bytes in each of the 16 lanes. Where `largest` is at most
/// 127 and the unit's instruction is sdot, the codes may be negative too.
Value addFourProducts(Emitter &e, const VectorUnit &unit, Value sums, Value codes, Value signedBytes, int largest = 255);

/// Bytes 2 i (`odd` = 0) or 2 i + 1 of a vector as int16.
Value wordsOf(Emitter &e, Value bytes, int odd, bool isSigned);
/// sums + two products of int16 in each of the 16 lanes, which `pairs` and `factors` hold two of. AVX2.
Value addTwoProducts(Emitter &e, Value sums, Value pairs, Value factors);

/// Part `number` of `count` equal parts of a vector, and parts joined again: what one register of a narrower unit holds.
Value partOf(Emitter &e, Value whole, int number, int count);
Value joined(Emitter &e, llvm::ArrayRef<Value> parts);

} // namespace ingot::cpu
#endif
