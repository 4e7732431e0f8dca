// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/matmul/Dots.h"

#include "llvm/Support/ErrorHandling.h"

namespace ingot::cpu {

using packed::BlockFormat;

int mostTokens(const PanelLayout &weights, const ActivationLayout &activations, const VectorUnit &unit) {
  if (weights.hasWords()) return 4; // cycles a block and token of 4, 5, 6: 22.8, 22.8, 25 (Zen 3, a loop by hand)
  if (unit.bits < 512)
    return activations.kind == ActivationKind::q8    ? unit.integerTile
           : activations.kind == ActivationKind::q15 ? unit.wideTile
                                                     : unit.floatTile;
  const packed::BlockFormatInfo &format = packed::info(weights.format);
  const bool halves = format.subBlock == 16;       // a third register a token
  if (weights.floatScales) return halves ? 9 : 14; // unpacked: all but the sums, the dots and three registers is free
  switch (activations.kind) {
  case ActivationKind::q8:
    if (halves) return 8;
    return format.minimum != packed::ScaleKind::none || unit.sharesUnits ? 12 : 8; // else the rest is light, and 12 gain nothing
  case ActivationKind::q15:                                                        // two dots a token
    return halves ? 6 : 8;
  case ActivationKind::bf16:
    return weights.format == BlockFormat::BF16 ? 12 : 6;
  case ActivationKind::f32:
    return format.isQuantised() ? 6 : 12;
  }
  llvm_unreachable("an activation kind");
}

bool pairs(const PanelLayout &weights, const ActivationLayout &activations, const VectorUnit &unit) {
  const packed::BlockFormatInfo &format = packed::info(weights.format);
  // Where the rest is heavier the products of scales and minimums bound, not loads (Zen 5: Q8_0 67 and 73 % of the peak alone and
  // in pairs, Q4_0 71 and 75, Q4_K 67 both, Q6_K 59 and 57). A Xeon loads no faster so: the broadcast becomes a load of its own.
  return unit.dotsPerCycle == 2 && !unit.sharesUnits && activations.kind == ActivationKind::q8 && format.isQuantised() &&
         format.subBlock == 32 && format.minimum == packed::ScaleKind::none;
}

Values emitDots(Emitter &e, const DotsProblem &problem, Value panel, Value records, PerToken minimumSums, const DotsPart *part) {
  const bool quantised = packed::info(problem.weights.format).isQuantised();
  if (quantised && (problem.activations.hasWords() || problem.weights.hasWords()))
    return wordDots(e, problem, panel, records, part);
  if (quantised && problem.activations.isQuantised())
    return problem.unit.integerDot == IntegerDot::vpmaddubsw ? maddDots(e, problem, panel, records, part)
                                                             : integerDots(e, problem, panel, records, minimumSums, part);
  assert(!problem.activations.isQuantised() && "dense weights take float activations");
  if (problem.weights.format == BlockFormat::BF16 && problem.activations.kind == ActivationKind::bf16 && problem.unit.bf16Dots)
    return bf16Dots(e, problem, panel, records);
  return floatDots(e, problem, panel, records);
}

/// Emits `body` about a block (or what is behind one), from whose loop the sums have `carried` and get it back.
static void carry(TileSums &sums, Values &carried, llvm::function_ref<void()> body) {
  sums.enter(carried);
  body();
  carried = sums.carried();
}

/// `walk` with sums that start as zeros, and what they are behind it.
static Values fromZeros(Emitter &e, const DotsProblem &problem, llvm::function_ref<Values(TileSums &)> walk) {
  const int count = problem.panels * problem.tokens;
  Values all(count, e.splatFloat(e.floats, 0));
  if (problem.tokens == 1 || !TileSums::belongInMemory(problem.unit)) {
    TileSums sums(e, all, {});
    return walk(sums);
  }
  Value memory = e.stackBytes(64 * count);
  for (int number = 0; number < count; number++) e.store(all[number], TileSums::at(memory, number), 64);
  TileSums sums(e, {}, memory);
  sums.enter(walk(sums));
  for (int number = 0; number < count; number++) all[number] = sums.get(number);
  return all;
}

Values forEachBlock(Emitter &e, const DotsProblem &problem, Value panel, const DotsPart *part, StripWalk walk,
                    llvm::function_ref<void(Value strip)> enter, llvm::function_ref<void(const StripBlock &, TileSums &sums)> block,
                    llvm::function_ref<void(Value strip, Value superBlock, TileSums &sums)> leave) {
  if (!part)
    return fromZeros(e, problem, [&](TileSums &sums) {
      const auto ofBlock = [&](const StripBlock &at, Values &carried) {
        if (problem.beside) problem.beside(e.add(at.inRow.first, e.constant(at.inRow.ahead)));
        carry(sums, carried, [&] { block(at, sums); });
      };
      const auto behind = [&](Value strip, Value superBlock, Values &carried) {
        carry(sums, carried, [&] { leave(strip, superBlock, sums); });
      };
      using Leave = llvm::function_ref<void(Value, Value, Values &)>;
      return forEachBlock(e, problem.weights, panel, walk, sums.carried(), enter, ofBlock, leave ? Leave(behind) : Leave(nullptr));
    });
  TileSums sums(e, part->sums, part->sumsInMemory);
  const auto stripAt = [&](Value index) { return e.inRegister(e.pointerTo({panel, index, problem.weights.stripBytes, 0})); };
  const auto ofBlock = [&](Value index, ValueRange before) {
    Value strip = stripAt(index);
    if (problem.beside) problem.beside(index);
    enter(strip);
    Values carried(before);
    BlockPointers pointers(e);
    carry(sums, carried, [&] { block({strip, {}, {e.add(part->firstBlock, index), 0, &pointers}}, sums); });
    return carried;
  };
  if (!leave) return e.loop(e.constant(0), part->blocks, 1, sums.carried(), ofBlock);
  const int64_t blocksOfSuperBlock = packed::info(problem.weights.format).blockElements / 32;
  return e.loop(e.constant(0), part->blocks, blocksOfSuperBlock, sums.carried(), [&](Value first, ValueRange before) {
    Values carried =
        e.loop(blocksOfSuperBlock, before, [&](Value number, ValueRange inner) { return ofBlock(e.add(first, number), inner); });
    Value strip = stripAt(first), block = e.add(part->firstBlock, first);
    carry(sums, carried, [&] { leave(strip, e.divide(block, e.constant(blocksOfSuperBlock)), sums); });
    return carried;
  });
}

} // namespace ingot::cpu
