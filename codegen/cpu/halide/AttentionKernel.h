// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Attention over a cache for a block of at most `tokensPerItem` consecutive tokens of one sequence and one key/value head, with all
// query heads that share it (codegen/cpu/attention); and its three parts by themselves, for when fusing is turned off (here).
//
// The sums over keys are taken in the same order for every token, whatever the cut of the prompt: keys in blocks of 16 aligned to
// absolute positions, masked keys contributing an exact zero.
#ifndef INGOT_CODEGEN_CPU_HALIDE_ATTENTIONKERNEL_H
#define INGOT_CODEGEN_CPU_HALIDE_ATTENTIONKERNEL_H

#include "codegen/cpu/layout/CacheLayout.h"
#include "codegen/cpu/target/VectorUnit.h"

#include <string>

namespace ingot::cpu {

enum class AttentionPart : uint8_t {
  // The domain of each is BLOCKS or WANTED_BLOCKS, factor itemsPerTokenBlock(kernel).
  fused,   ///< operands: queries, keys, values, result
  scores,  ///< operands: queries, keys, scores. scores[t, head, s] = scale * q·k, for every s <= last position of the block
  softmax, ///< operands: scores (in), probabilities (out): mask (causal, window) and softmax over s
  mix,     ///< operands: probabilities, values, result
};

/// For one token (attention/DecodeAttention.h).
struct DecodeSchedule {
  int64_t rangeKeys = 0;        ///< keys of a range, a multiple of 16; decides how sums are cut. 0: by the width
  int64_t prefetchBytes = 4096; ///< a cache of numbers: how far ahead of what is read it is asked for; 0: not at all
  bool asksForNext = true;      ///< a q8 cache: values are asked for while keys are read, then the next item's keys
};

struct AttentionKernel {
  std::string name;
  VectorUnit unit{};
  AttentionPart part = AttentionPart::fused;
  int64_t heads = 0, kvHeads = 0;
  int64_t width = 0;     ///< of a head; queries and result are float32 [tokens, heads, width]
  int64_t positions = 0; ///< room of the cache, a multiple of 16; also the row stride of scores [tokens, heads, positions]
  int64_t window = 0;    ///< key k is visible to query q iff q - window < k <= q; 0: k <= q
  float scale = 1;
  CacheElement cache = CacheElement::f16;
  int64_t tokensPerItem = 1;
  DecodeSchedule decode{};
  bool wanted = false;       ///< rows are the wanted tokens'
  bool bf16Products = false; ///< of queries, keys, weights and values rounded to bf16: codegen/cpu/attention/FlashAttention.h
  int64_t tileRows = 0;      ///< of flash attention, 4 to 6, or in float32 a multiple of 6; 0: what suits it. Changes no bit
};

/// Items of the domain for one block of tokens (the step's factor), of a part or of flash attention.
int64_t itemsPerTokenBlock(const AttentionKernel &kernel);

} // namespace ingot::cpu
#endif
