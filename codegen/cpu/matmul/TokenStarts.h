// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a token's integer dots start from where dots and their scaling take turns in the same units (VectorUnit's sharesUnits), and
// with AVX2, where a zero point's share costs an instruction anyway: the share, plus the bits of a large float32 (`integerShift` of
// vector/Functions.h). A sum of integers is then a float32 as it stands, `shift` + dot, and
//
//   fma(shift + dot, scale, -shift * scale) = dot * scale, rounded once
//
// as a conversion and a product would have it, with one instruction for the two, and the share costs none. It is exact for dots
// below 2^22 and scales of at most 22 bits (those of all formats have at most 19), so nobody can tell the difference.
#ifndef INGOT_CODEGEN_CPU_MATMUL_TOKENSTARTS_H
#define INGOT_CODEGEN_CPU_MATMUL_TOKENSTARTS_H

#include "codegen/cpu/layout/PanelLayout.h"
#include "codegen/cpu/matmul/TokenLines.h"

namespace ingot::cpu {

/// The zero points' shares of tokens, int32 [columns / 32][32 / subBlock], the first one of a block shifted, with a codeShift both.
class TokenStarts {
public:
  TokenStarts(const PanelLayout &unpacked, const ActivationLayout &activations);

  /// From a token to the next; 0 where codes have no zero point: all starts are the same constant.
  int64_t tokenBytes() const { return lines.tokenBytes(); }
  /// Writes those of `tokens` records to `starts`.
  void write(Emitter &e, Value records, Value tokens, Value starts) const;

private:
  const packed::BlockFormatInfo &format;
  const ActivationLayout &activations;
  int codeShift;
  TokenLines lines;
};

} // namespace ingot::cpu
#endif
