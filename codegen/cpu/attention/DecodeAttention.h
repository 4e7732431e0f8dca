// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Attention of one token to all positions before it: the query heads that share keys and values are worked on together, so that a
// cache far larger than the processor's is read once; and the keys are cut into ranges, so that threads share a long text even
// where there is one key/value head.
//
//   an item     a token, some query heads of one key/value head, one range of keys
//     scores    16 keys a vector, s[h] += q[h, x] * k[x], kept for the whole range
//     weights   2^(s - greatest of the range) and their sum
//     mix       16 elements a vector, y[h] += w[h, key] * v[key]
//   One range is all there is: y / sum is the result. Else y, sum and greatest are a partial result, and the item that arrives last
//   combines those of all ranges in their order.
//
// Ranges lie at fixed positions, so how keys are split, and every bit, depends on the token's position alone.
//
// With a q8 cache scores and mix are integer dot products. Queries are rounded to 15 bits (one scale a head), weights times the
// scale of their value to 16 bits of the range's largest scale; both are two terms of 8 bits.
#ifndef INGOT_CODEGEN_CPU_ATTENTION_DECODEATTENTION_H
#define INGOT_CODEGEN_CPU_ATTENTION_DECODEATTENTION_H

#include "codegen/cpu/halide/AttentionKernel.h"
#include "mlir/IR/BuiltinOps.h"

namespace ingot::cpu {

struct DecodeShape {
  int64_t heads;         ///< query heads of an item
  int64_t itemsPerRange; ///< of a token
  int64_t rangeKeys;
  int64_t ranges; ///< most that a token may need

  static DecodeShape of(const AttentionKernel &kernel);

  /// Ranges are counted from the first one that a token sees; without a window, that is the first of all.
  bool splits() const { return ranges > 1; }
  /// A head's partial result of one range: its vector, then greatest and sum.
  static int64_t partialBytes(const AttentionKernel &kernel);
};

int64_t decodeScratchBytes(const AttentionKernel &kernel);

/// Operands: queries, keys, values, result; where keys are split also partial results [range][row][head] and arrivals [row][item],
/// int32 that are 0 before and after.
void emitDecodeAttention(const AttentionKernel &kernel, mlir::ModuleOp module);

} // namespace ingot::cpu
#endif
