// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The bodies of attention's parts, each a Halide function on one block of tokens and the query heads of one item.
//
//   scores   for 16 keys a vector: acc[row] += q[row, d] * k[d]: heads share each vector of keys and its conversion
//   softmax  one token: maximum of the visible scores, exponentials, their sum, quotients
//   mix      for 16 elements a vector: acc[row] += p[row, s] * v[s]
#ifndef INGOT_CODEGEN_CPU_HALIDE_ATTENTIONBODY_H
#define INGOT_CODEGEN_CPU_HALIDE_ATTENTIONBODY_H

#include "codegen/cpu/halide/AttentionKernel.h"

namespace ingot::cpu {

/// Strides in elements of scores [key in block, block of keys, head, token].
struct ScoreStrides {
  int64_t block, head, token;

  static ScoreStrides of(const AttentionKernel &kernel);
};

struct AttentionBody {
  /// Parameters: inputs, then int32 scalars, then the output.
  ///   scores   queries, keys [, scales], blocks, tokens, scores
  ///   softmax  scores, blocks, query's position, probabilities
  ///   mix      probabilities, values [, scales], blocks, tokens, result
  std::string name;
  std::string bitcode;
};

/// False with a message when the kernel can't be built.
bool buildAttentionBody(const AttentionKernel &kernel, AttentionBody &body, std::string &error);

} // namespace ingot::cpu
#endif
