// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The bodies of attention: scores, softmax, mix, each a Halide function on one block of tokens and the query heads of one item.
//
//   scores   for 16 keys a vector: acc[row] += q[row, d] * k[d]: a tile of rows shares each vector of keys and its conversion
//   softmax  one token: maximum of the visible scores, exponentials, their sum
//   mix      for 16 elements a vector: acc[row] += p[row, s] * v[s]
//
// A fused kernel keeps its scores in scratch as [block of 16 keys][token][head][16 keys], dense whatever the number of keys.
#ifndef INGOT_CODEGEN_CPU_HALIDE_ATTENTIONBODY_H
#define INGOT_CODEGEN_CPU_HALIDE_ATTENTIONBODY_H

#include "codegen/cpu/halide/AttentionKernel.h"

namespace ingot::cpu {

/// How the work of an item is cut. Nothing here changes a bit of the result.
struct AttentionTiles {
  int64_t heads;  ///< query heads of an item: those that share its key/value head
  int64_t tokens; ///< of a tile; divides 16 and tokensPerItem. Parts have tiles of one, so that they write no row of another block
  int64_t keyBlocks; ///< blocks of 16 keys that `scores` works on at once; their number is rounded up to it

  static AttentionTiles of(const AttentionKernel &kernel);
};

/// Strides in elements of scores [key in block, block of keys, head, token].
struct ScoreStrides {
  int64_t block, head, token;

  static ScoreStrides of(const AttentionKernel &kernel);
};

struct AttentionBody {
  // Parameters: inputs, then int32 scalars, then outputs. Those of parts that the kernel hasn't are empty.
  std::string scores;  ///< (queries, keys [, scales], blocks, chunks of keyBlocks, tokens, scores)
  std::string softmax; ///< (scores, blocks, first key, query's position, exponentials, inverse of their sum [head])
  std::string mix;     ///< (exponentials, values [, scales] [, inverse [head, token]], blocks, tokens, result)
  std::string bitcode;
};

/// False with a message when the kernel can't be built.
bool buildAttentionBody(const AttentionKernel &kernel, AttentionBody &body, std::string &error);

} // namespace ingot::cpu
#endif
