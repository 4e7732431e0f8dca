// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Minimums that are integers (k-quants'), times sums of 8-bit activations: two sub-blocks in one vpdpwssd, not one in an FMA. For
// that a token's scaled sums of a super-block of 256 columns become integers of 14 bits with one scale. Beside 8 dots a block of
// Q4_K then takes 2.75 instructions, not 3 (1.05 times as fast, 196 and 512 tokens, Emerald Rapids, 2026-12).
//
//   scale  = largest magnitude of the sums / 8191
//   word   = round(sum / scale), to nearest even
//   sum   += scale * (super minimum * sum over sub-blocks of minimum * word)
//
// A word is off by 1/16382 of the largest sum at most; rounding activations to 8 bits moves each sum by about 1/200. 8 * 63 * 8191
// and 16 * 15 * 8191 are below 2^22, so that the integer sum is a float32 as it stands (TokenStarts.h).
#ifndef INGOT_CODEGEN_CPU_MATMUL_TOKENSUMS_H
#define INGOT_CODEGEN_CPU_MATMUL_TOKENSUMS_H

#include "codegen/cpu/matmul/Dots.h"
#include "codegen/cpu/matmul/Scales.h"
#include "codegen/cpu/matmul/TokenLines.h"

namespace ingot::cpu {

/// The words of tokens in a thread's scratch, super-block by super-block: int16 [256 / subBlock], then the scale, float32.
class TokenSums {
public:
  TokenSums(const PanelLayout &weights, const ActivationLayout &activations, const VectorUnit &unit);

  /// From a token to the next; 0 where minimums are not multiplied so.
  int64_t tokenBytes() const { return lines.tokenBytes(); }
  /// Writes those of `tokens` records to `sums`.
  void write(Emitter &e, Value records, Value tokens, Value sums) const;

private:
  const packed::BlockFormatInfo &format;
  const ActivationLayout &activations;
  TokenLines lines;
};

/// Adds the share of a super-block's minimums to the sums of a tile's tokens, panel by panel. `words` are those of the first token.
void addMinimums(Emitter &e, const DotsProblem &problem, llvm::MutableArrayRef<Scales> scales, const PerToken &words,
                 Value superBlock, TileSums &sums);

} // namespace ingot::cpu
#endif
