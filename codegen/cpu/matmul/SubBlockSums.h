// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What all integer engines do with the exact integer dots of a sub-block: the zero point's share, scales, minimums.
//
//   dot  = negated << log2(zeroPoint)  +  sum of codes * activations
//   sum  = fma(float(dot) * scale of weights, scale of activations, sum)
//   sum  = fma(minimum, scaled sum of activations, sum)           where the format has minimums, unless TokenSums does it
//
// Where scales of weights cover 16 columns, both halves are weighted before the scale of the activations, which saves a product:
//   sum  = fma(fma(float(dot1), scale1, float(dot0) * scale0), scale of activations, sum)
// With a codeShift, which is part of dots and taken off the scales, neither is converted (3 instructions beside 8 dots, not 4):
//   sum  = fma(fma(shift + dot1, scale1, fma(shift + dot0, scale0, -shift * (scale0 + scale1))), scale of activations, sum)
// The inner one is rounded to half a unit of dot1, and a code's step is 4 (Q6_K) to 64 (Q2_K) of them, where rounding activations
// to 8 bits moves a dot of Q6_K by about 13 steps. (1.08 to 1.12 times as fast; Q6_K, 8192 and 2048 columns, Emerald Rapids,
// 2026-12.)
#ifndef INGOT_CODEGEN_CPU_MATMUL_SUBBLOCKSUMS_H
#define INGOT_CODEGEN_CPU_MATMUL_SUBBLOCKSUMS_H

#include "codegen/cpu/matmul/Dots.h"
#include "codegen/cpu/matmul/Scales.h"

namespace ingot::cpu {

class SubBlockSums {
public:
  SubBlockSums(Emitter &e, const DotsProblem &problem, Value records, const DotsPart *part = nullptr)
      : e(e), problem(problem), part(part), x(problem.activations), format(packed::info(problem.weights.format)), records(records),
        count(32 / format.subBlock), shift(codeShift(problem)), halves(problem.tokens) {}

  /// Sub-blocks of a block: 1, or 2 where scales cover 16 columns.
  int subBlocks() const { return count; }
  /// What a token's dot starts from, in 16 lanes: the zero point's share, or null where there is none; with the shift of
  /// TokenStarts.
  Value start(int token, BlockPosition position, int subBlock);
  /// Adds a token's dot of a sub-block (16 int32) to sum `number`; sub-blocks of a block come in order.
  void add(BlockPosition position, int subBlock, const ScaleAndMinimum &of, int token, Value dot, int number, TileSums &sums);

private:
  /// Whether dots start from TokenStarts's shift: those of tokens do, and where units are shared those without a share, too.
  bool isShifted(int subBlock) const { return shift > 0 || (subBlock == 0 && part && (part->starts || problem.unit.sharesUnits)); }
  /// What shifted dots that are times scales which sum up to `scale` have too much, negative.
  Value shiftsOf(const ScaleAndMinimum &of, Value scale);
  /// A token's sum of activations: the record has it in one of two planes, over 32 or over 16 columns.
  Address sumAt(int64_t over32, int64_t over16, int token, BlockPosition position, int subBlock);

  Emitter &e;
  const DotsProblem &problem;
  const DotsPart *part;
  const ActivationLayout &x;
  const packed::BlockFormatInfo &format;
  Value records;
  int count, shift;
  Values halves;    ///< of blocks that have two scales, after the first
  Value firstScale; ///< of such a block, with a codeShift
};

} // namespace ingot::cpu
#endif
