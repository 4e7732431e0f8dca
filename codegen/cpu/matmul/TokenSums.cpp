// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/matmul/TokenSums.h"

#include "codegen/cpu/vector/FourProducts.h"
#include "codegen/cpu/vector/Functions.h"

#include "llvm/Support/MathExtras.h"

namespace ingot::cpu {

namespace LLVM = mlir::LLVM;

namespace {

constexpr double largestWord = 8191, tiny = 1e-30;

/// Words and scale, on a multiple of 32.
int64_t superBytes(const packed::BlockFormatInfo &format) { return format.subBlock == 32 ? 32 : 64; }
int64_t wordBytes(const packed::BlockFormatInfo &format) { return format.blockElements / format.subBlock * 2; }

} // namespace

TokenSums::TokenSums(const PanelLayout &weights, const ActivationLayout &activations, const VectorUnit &unit)
    : format(packed::info(weights.format)), activations(activations),
      lines{multipliesMinimums(weights.format, activations.kind, unit)
                ? llvm::divideCeilSigned(activations.columns / format.blockElements * superBytes(format), 64)
                : 0} {}

void TokenSums::write(Emitter &e, Value records, Value tokens, Value sums) const {
  if (lines.count == 0) return;
  // A line is what a vector of 16 sums becomes: one super-block, or two. A plane's last vector may end in what is no sum.
  const int64_t plane = format.subBlock == 16 ? activations.scaled16 : activations.scaled32;
  const int lanes = format.blockElements / format.subBlock;
  lines.forEach(e, activations, records, tokens, sums, [&](Value record, Value to, Value line) {
    Value scaled = e.load(e.floats, {record, line, 64, plane}, 64);
    Value most = e.bitAnd(e.bitcast(e.ints, scaled), e.splat(e.ints, 0x7fffffff)); // as bits, so that no number wins
    for (int distance = 1; distance < lanes; distance *= 2) {
      llvm::SmallVector<int32_t> others;
      for (int lane = 0; lane < panelRows; lane++) others.push_back(lane ^ distance);
      most = e.maximum(most, e.shuffle(most, most, others));
    }
    most = e.bitcast(e.floats, most);
    Value isZero = e.lessFloats(most, e.splatFloat(e.floats, tiny)), zero = e.splatFloat(e.floats, 0);
    Value inverse = e.select(isZero, zero, e.divideFloats(e.splatFloat(e.floats, largestWord), most));
    Value scale = e.select(isZero, zero, e.multiplyFloats(most, e.splatFloat(e.floats, 1 / largestWord)));
    // Integers behind the bits of integerShift, which have no part in the lower half.
    Value shifted = e.bitcast(e.ints, e.fma(scaled, inverse, e.splatFloat(e.floats, integerShift)));
    Value words = LLVM::TruncOp::create(e.b, Emitter::vector(e.i16, 16), shifted);
    for (int number = 0; number < panelRows / lanes; number++) {
      const Address at{to, line, 64, number * superBytes(format)};
      e.store(partOf(e, words, number, panelRows / lanes), at, 16);
      e.storeMasked(e.shuffle(scale, scale, llvm::SmallVector<int32_t>(16, number * lanes)), at.plus(wordBytes(format)),
                    e.firstLanes(1, 16), 4);
    }
  });
}

void addMinimums(Emitter &e, const DotsProblem &problem, llvm::MutableArrayRef<Scales> scales, const PerToken &words,
                 Value superBlock, TileSums &sums) {
  const packed::BlockFormatInfo &format = packed::info(problem.weights.format);
  const Type halves = Emitter::vector(e.i16, 32);
  Value first = e.inRegister(e.pointerTo({words.first, superBlock, superBytes(format), 0}));
  for (int panel = 0; panel < problem.panels; panel++) {
    Values minimums;
    for (int pair = 0; pair < minimumPairs(format.format); pair++)
      minimums.push_back(e.bitcast(halves, scales[panel].minimumPair(pair)));
    Value scale = scales[panel].ofMinimums(), shift = e.multiplyFloats(scale, e.splatFloat(e.floats, -integerShift));
    for (int token = 0; token < problem.tokens; token++) {
      const Address at{first, Value(), 0, token * words.bytes};
      Value products = e.splat(e.ints, integerShiftBits);
      const int number = panel * problem.tokens + token;
      for (size_t pair = 0; pair < minimums.size(); pair++)
        products = e.intrinsic("llvm.x86.avx512.vpdpwssd.512", e.ints,
                               {products, minimums[pair], e.bitcast(halves, e.loadBroadcast(e.i32, at.plus(4 * pair)))});
      Value weighted = e.fma(e.bitcast(e.floats, products), scale, shift);
      sums.set(number, e.fma(weighted, e.loadBroadcast(e.f32, at.plus(wordBytes(format))), sums.get(number)));
    }
  }
}

} // namespace ingot::cpu
