// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The dot engines: one panel (16 outputs) times one or several tokens, over all columns. Each engine fixes the order of every
// output's float32 operations, and that order does not depend on the number of tokens: a tile and a single token give the same
// bits.
//
//   integerDots   quantised weights, q8 or q15 activations: vpdpbusd, exact inside a (sub-)block, then one FMA a (sub-)block
//   maddDots      the same on AVX2: vpmaddubsw
//   wordDots      the same on AVX2 with q15 as words, or with codes unpacked as words: vpmaddwd
//   bf16Dots      BF16 weights, bf16 activations: vdpbf16ps on pairs of columns
//   floatDots     everything else: weights become float32 in registers, one FMA a column
#ifndef INGOT_CODEGEN_CPU_MATMUL_DOTS_H
#define INGOT_CODEGEN_CPU_MATMUL_DOTS_H

#include "codegen/cpu/layout/ActivationLayout.h"
#include "codegen/cpu/matmul/Strips.h"
#include "codegen/cpu/matmul/TileSums.h"
#include "codegen/cpu/target/VectorUnit.h"

namespace ingot::cpu {

/// What each token has of its own beside its record, in a thread's scratch.
struct PerToken {
  Value first = {};
  int64_t bytes = 0; ///< from a token's to the next one's; 0: it has nothing

  explicit operator bool() const { return bytes != 0; }
  /// The same of the tokens from `token` on.
  PerToken from(Emitter &e, Value token) const { return {*this ? e.pointerTo({first, token, bytes, 0}) : Value(), bytes}; }
  Address at(int token, BlockPosition block, int64_t stride, int64_t element) const {
    return block.in(first, token * bytes, stride, element);
  }
};

struct DotsProblem {
  PanelLayout weights;
  ActivationLayout activations;
  VectorUnit unit{};
  int tokens = 1;        ///< consecutive records that are multiplied by the panel at once
  int panels = 1;        ///< consecutive panels; two only where `pairs`
  int prefetchBytes = 0; ///< each line of weights that is read asks for the line so far ahead; 0: no prefetch, but a token
                         ///< alone with vpdpbusd asks for its codes then
  /// Emits what else integer engines do with each block, by its number in the row, or in the part; null: nothing.
  llvm::function_ref<void(Value block)> beside = nullptr;
};

/// Some of the columns, of a panel that has been unpacked (UnpackedPanel.h).
struct DotsPart {
  Value firstBlock, blocks; ///< of the records'
  PerToken starts;          ///< of dots (TokenStarts.h); none: no token has its own
  PerToken words;           ///< activations (TokenWords.h); none: the records'
  ValueRange sums;          ///< of the columns before, one a token; none: they are in memory
  Value sumsInMemory;       ///< there (TileSums.h), and there they stay
};

/// Whether the codes of a quantised format come signed to products of bytes, their zero point taken off. Fewer bits are small
/// enough for a signed byte.
inline bool takesSignedCodes(packed::BlockFormat format, const VectorUnit &unit) {
  return (unit.integerDot == IntegerDot::sdot || unit.integerDot == IntegerDot::vpmaddubsw) && packed::info(format).bits == 8;
}
/// Words are never too small: what has been unpacked as words has been signed by the way.
inline bool takesSignedCodes(const DotsProblem &problem) {
  return problem.weights.signedCodes || (!problem.activations.hasWords() && takesSignedCodes(problem.weights.format, problem.unit));
}

/// Whether minimums are multiplied as integers by sums of activations rounded to words (TokenSums.h).
inline bool multipliesMinimums(packed::BlockFormat format, ActivationKind kind, const VectorUnit &unit) {
  return unit.integerDot == IntegerDot::vpdpbusd && kind == ActivationKind::q8 &&
         packed::info(format).minimum == packed::ScaleKind::byteHalf;
}

/// How far left the codes of a quantised format come shifted to products of bytes, as far as a byte has room: where both scales of
/// a block take dots that are float32 as they stand (SubBlockSums.h).
inline int codeShift(packed::BlockFormat format, ActivationKind kind, const VectorUnit &unit) {
  const packed::BlockFormatInfo &info = packed::info(format);
  return unit.sharesUnits && kind == ActivationKind::q8 && info.subBlock == 16 ? 8 - info.bits : 0;
}

inline int codeShift(const DotsProblem &problem) {
  return codeShift(problem.weights.format, problem.activations.kind, problem.unit);
}

/// The largest tile whose sums and dots fit the registers beside what unpacking needs.
int mostTokens(const PanelLayout &weights, const ActivationLayout &activations, const VectorUnit &unit);

/// Whether two panels are multiplied at once, so that a token's codes are loaded once for both.
bool pairs(const PanelLayout &weights, const ActivationLayout &activations, const VectorUnit &unit);

/// Sums of each token (16 float32, one a row), panel by panel. `panel` and `records` point at the panel and at the first token's
/// record, `minimumSums` at its words where the problem `multipliesMinimums`. With `part` of some columns, and what is in front of
/// them; engines of integers can do it. Nothing, if the part's sums are in memory.
Values emitDots(Emitter &e, const DotsProblem &problem, Value panel, Value records, PerToken minimumSums = {},
                const DotsPart *part = nullptr);

/// What integer engines walk: all blocks of the panel, sums starting as zeros, or those of `part`. `leave`, unless it is null, is
/// called behind the blocks of a super-block, `strip` being the strip that it is, or of its first block.
Values forEachBlock(Emitter &e, const DotsProblem &problem, Value panel, const DotsPart *part, StripWalk walk,
                    llvm::function_ref<void(Value strip)> enter, llvm::function_ref<void(const StripBlock &, TileSums &sums)> block,
                    llvm::function_ref<void(Value strip, Value superBlock, TileSums &sums)> leave = nullptr);

/// All exact, so equal (but for multipliesMinimums and codeShift): where there is an instruction that sums four products, and where
/// there is AVX2 alone.
Values integerDots(Emitter &e, const DotsProblem &problem, Value panel, Value records, PerToken minimumSums, const DotsPart *part);
Values maddDots(Emitter &e, const DotsProblem &problem, Value panel, Value records, const DotsPart *part);
Values wordDots(Emitter &e, const DotsProblem &problem, Value panel, Value records, const DotsPart *part);
Values bf16Dots(Emitter &e, const DotsProblem &problem, Value panel, Value records);
Values floatDots(Emitter &e, const DotsProblem &problem, Value panel, Value records);

/// An address in the record of token `token`: a plane's element of a block (`stride` bytes a block).
inline Address inRecord(const DotsProblem &problem, Value records, int token, BlockPosition block, int64_t plane, int64_t stride,
                        int64_t element) {
  return block.in(records, token * problem.activations.recordBytes + plane, stride, element);
}

} // namespace ingot::cpu
#endif
