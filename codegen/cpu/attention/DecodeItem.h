// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// An item of DecodeAttention.h while its code is being emitted: what the two kinds of arithmetic share.
#ifndef INGOT_CODEGEN_CPU_ATTENTION_DECODEITEM_H
#define INGOT_CODEGEN_CPU_ATTENTION_DECODEITEM_H

#include "codegen/cpu/attention/DecodeAttention.h"
#include "codegen/cpu/vector/Emitter.h"

namespace ingot::cpu {

/// A thread's scratch: scores or weights [head][range] float32; then what q8 needs. Offsets in bytes.
struct DecodeScratch {
  const AttentionKernel &kernel;
  const DecodeShape shape = DecodeShape::of(kernel);
  const int heads = int(shape.heads), parts = int(kernel.width / CacheLayout::scaledElements);

  int64_t scoreAt(int64_t head) const { return head * shape.rangeKeys * 4; }
  /// Scales of the values as factors of a weight: float32 [part][range].
  int64_t factorAt(int64_t part) const { return scoreAt(heads) + part * shape.rangeKeys * 4; }
  /// Without an instruction that sums four products of bytes, two of int16 are the faster: queries and weights are int16 then, not
  /// two terms of 8 bits, four neighbours in the order 0, 2, 1, 3.
  const bool inWords = kernel.unit.integerDot == IntegerDot::vpmaddubsw;
  /// uint8 [part][head][2 terms][range], or int16 [part][head][range]
  int64_t weightAt(int64_t part, int64_t head, int64_t term) const {
    return factorAt(parts) + ((part * heads + head) * 2 + term) * shape.rangeKeys;
  }
  /// int8 [head][2 terms][width], or int16 [head][width]
  int64_t queryAt(int64_t head, int64_t term) const { return weightAt(parts, 0, 0) + (head * 2 + term) * kernel.width; }
  /// Minus the sums of a query's values: int32 [head][part]
  int64_t negatedAt(int64_t head, int64_t part) const { return queryAt(heads, 0) + (head * parts + part) * 4; }
  int64_t bytes() const { return kernel.cache == CacheElement::q8 ? (negatedAt(heads, 0) + 63) / 64 * 64 : factorAt(0); }
};

struct DecodeItem : DecodeScratch {
  DecodeItem(Emitter &e, const AttentionKernel &kernel) : DecodeScratch{kernel}, e(e) {}

  Emitter &e;
  const CacheLayout keyLayout{kernel.cache, true, kernel.kvHeads, kernel.width, kernel.positions};
  const CacheLayout valueLayout{kernel.cache, false, kernel.kvHeads, kernel.width, kernel.positions};
  const int vectors = int(kernel.width + 15) / 16;

  Value query;        ///< of the first head, float32
  Value keys, values; ///< the range's first block
  Value first, end;   ///< visible keys, counted from the range's start
  Value scratch;
  Values sums;     ///< of the weights, a scalar a head
  Values greatest; ///< of the scores

  Value nextKeys; ///< q8: asked for while values are read

  /// A line for the second cache: there is a stretch of work between this and its use.
  void ask(const Address &line);
  Value in(Value base, Value index, int64_t stride) const { return e.pointerTo({base, index, stride, 0}); }
  /// Blocks of 16 keys that have visible ones.
  Value firstBlock() const { return e.shiftRight(first, 4); }
  Value endBlock() const { return e.shiftRight(e.add(end, e.constant(15)), 4); }
  /// The block's lanes that are visible, of 16.
  Value visibleLanes(Value block) const;

  /// Fills scratch with the scores times `scale`, and sets `greatest`.
  void scores();
  /// A cache of numbers: asks for the first keys and values, in front of which nothing is read that would ask for them.
  void askForFirst();
  /// Of some blocks of 16 keys: block, head.
  Values floatScores(mlir::ValueRange blocks);
  Values integerScores(mlir::ValueRange blocks);
  /// Vectors of sums of a mix that stay in registers, beside values and weights.
  int heldSums() const { return kernel.unit.bits == 512 ? 16 : 6; }
  /// Chains of multiply-adds that each score of some blocks is the sum of.
  int chainsOfScore(int blocks) const;
  /// Blocks that are worked on together.
  int blocksTogether() const;

  /// Scores become weights; sets `sums`.
  void weights();
  void quantiseQuery();
  void scaleValues();
  void quantiseWeights(Value block, const Values &weights);

  /// Calls `give` with each head's result vectors, not yet divided by the sum: vector number, 16 lanes.
  using Give = llvm::function_ref<void(int head, int vector, Value lanes)>;
  void mix(Give give);
  void floatMix(Give give);
  void integerMix(Give give);

  Values queryScales; ///< q8: of the rounded query, times the kernel's scale
  Values units;       ///< q8: what a rounded weight counts, a float a part
};

} // namespace ingot::cpu
#endif
