// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/matmul/PanelProducts.h"

#include "codegen/cpu/matmul/ChunkProducts.h"
#include "codegen/cpu/matmul/Dequantise.h"
#include "codegen/cpu/matmul/Dots.h"
#include "codegen/cpu/matmul/SharedAsking.h"
#include "codegen/cpu/matmul/TokenSums.h"
#include "codegen/cpu/matmul/TokenTiles.h"
#include "codegen/cpu/matmul/UnpackedPanel.h"

#include <algorithm>
#include <optional>

namespace ingot::cpu {

namespace {

/// Bytes of panels that pass by one block of tokens before the next: whatever a thread claims, one thread alone all there are, they
/// come from memory once and then from a cache. 1B in BF16, Zen 5, 512 tokens: one thread 1.55, two 1.08 times as fast as without.
constexpr int64_t cachedPanels = 1 << 20;

/// From so many tokens on, a panel that many tokens find unpacked is unpacked first. AVX2, Zen 3, one thread, 8 and 16 tokens,
/// times as fast as without: Q5_K 1.10 and 1.18, Q6_K 1.12 and 0.97 (8 bits), 1.06 and 1.14, 1.22 and 1.29 (15 bits); formats in
/// one plane 0.94 to 0.99 and 0.98 to 1.07, 0.89 to 0.98 and 1.0 to 1.03. Elsewhere only as many tokens as have been measured.
int64_t tokensToUnpackFor(const PanelLayout &weights, const VectorUnit &unit) {
  if (unit.integerDot != IntegerDot::vpmaddubsw) return 24;
  return weights.highBits > 0 ? 8 : 16;
}

bool widens(const PanelProblem &problem) { return widens(problem.weights.format, problem.activations.kind, problem.unit); }
bool unpacks(const PanelProblem &problem) {
  return !problem.oneToken && unpacks(problem.weights.format, problem.activations.kind, problem.unit);
}

ChunkProblem chunkProblem(const PanelProblem &problem) {
  const PanelLayout unpacked = unpackedLayout(problem.weights, problem.activations.kind, problem.unit);
  const int tile = std::min(problem.schedule.tileTokens, mostTokens(unpacked, problem.activations, problem.unit));
  return {problem.weights, problem.activations, problem.unit, tile, problem.schedule.prefetchBytes != 0};
}

/// What the products themselves need of the scratch; the words of TokenSums lie behind it.
int64_t productBytes(const PanelProblem &problem) {
  if (widens(problem)) return widenedLayout(problem.weights).panelBytes;
  return unpacks(problem) ? chunkScratchBytes(chunkProblem(problem)) : 0;
}
TokenSums tokenSums(const PanelProblem &problem) { return {problem.weights, problem.activations, problem.unit}; }

class PanelProducts {
public:
  PanelProducts(Emitter &e, const PanelProblem &problem, const PanelArguments &arguments, const PanelRange &panels)
      : e(e), problem(problem), arguments(arguments), panels(panels), sums(tokenSums(problem)),
        minimumSums{e.pointerTo({arguments.scratch, Value(), 0, productBytes(problem)}), sums.tokenBytes()} {}

  void run();

private:
  /// What the tiles of a panel have in common.
  struct Place {
    Value panel, weights, result;
    PanelLayout layout;
    bool asksAhead;
    int panels; ///< multiplied at once
  };

  void forEachBlock(Value begin, Value end, int64_t size, llvm::function_ref<void(Value first, Value last)> body);
  void forEachPanel(Value first, Value end, int atOnce, const TokenBlock &block, llvm::function_ref<void(const Place &)> body);
  Place inScratch(Place place);
  void multiply(Value first, Value end, const TokenBlock &block);
  void tiles(const Place &place, const TokenBlock &block);
  void tile(const Place &place, const TokenBlock &block, Value token, int count);
  bool pairs() const { return ::ingot::cpu::pairs(problem.weights, problem.activations, problem.unit); }
  /// Of so many panels at once, which share the registers.
  int largestTile(int atOnce) const { return std::max(1, ::ingot::cpu::largestTile(problem) / atOnce); }
  int64_t panelsInCache() const {
    return std::max<int64_t>(1, cachedPanels / problem.weights.panelBytes / panels.together) * panels.together;
  }

  Emitter &e;
  const PanelProblem &problem;
  const PanelArguments &arguments;
  const PanelRange &panels;
  const TokenSums sums;
  const PerToken minimumSums; ///< of a block's tokens
};

void PanelProducts::forEachBlock(Value begin, Value end, int64_t size, llvm::function_ref<void(Value first, Value last)> body) {
  e.loop(begin, end, size, {}, [&](Value first, ValueRange) {
    body(first, e.minimum(end, e.add(first, e.constant(size))));
    return Values();
  });
}

void PanelProducts::forEachPanel(Value first, Value end, int atOnce, const TokenBlock &block,
                                 llvm::function_ref<void(const Place &)> body) {
  e.loop(first, end, atOnce, {}, [&](Value panel, ValueRange) {
    body({panel, panels.weightsAt(panel), panels.resultAt(panel, block), problem.weights, /*asksAhead=*/true, atOnce});
    if (panels.finish) panels.finish(panel, block);
    return Values();
  });
}

/// The panel as bfloat16, where it is multiplied so.
PanelProducts::Place PanelProducts::inScratch(Place place) {
  if (!widens(problem)) return place;
  widenPanel(e, problem.weights, place.weights, arguments.scratch);
  place.weights = arguments.scratch;
  place.layout = widenedLayout(problem.weights);
  place.asksAhead = false;
  return place;
}

/// One panel (or two) times `count` tokens.
void PanelProducts::tile(const Place &place, const TokenBlock &block, Value token, int count) {
  const ActivationLayout &x = problem.activations;
  const int prefetchBytes = count == 1 ? problem.schedule.prefetchOneBytes : problem.schedule.prefetchBytes;
  DotsProblem dots{place.layout, x, problem.unit, count, place.panels, place.asksAhead ? prefetchBytes : 0};
  std::optional<SharedAsking> shared;
  const auto ask = [&](Value number) { shared->ask(number); };
  if (SharedAsking::helps(dots)) {
    shared.emplace(e, dots, place.weights, block.count, token);
    dots.prefetchBytes = 0, dots.beside = ask;
  }
  Values sums = emitDots(e, dots, place.weights, e.pointerTo({block.records, token, x.recordBytes, 0}), minimumSums.from(e, token));
  for (int number = 0; number < count; number++) {
    Value row = e.multiply(e.add(token, e.constant(number)), panels.resultStride);
    for (int panel = 0; panel < place.panels; panel++)
      panels.store(sums[panel * count + number], {place.result, row, 1, 4 * panelRows * panel},
                   panel == 0 ? place.panel : e.add(place.panel, e.constant(panel)));
  }
}

void PanelProducts::tiles(const Place &place, const TokenBlock &block) {
  forEachTile(e, largestTile(place.panels), e.constant(0), block.count,
              [&](Value token, int count) { tile(place, block, token, count); });
}

void PanelProducts::multiply(Value first, Value end, const TokenBlock &block) {
  Value single = first;
  if (pairs()) {
    single = e.add(first, e.multiply(e.divide(e.subtract(end, first), e.constant(2)), e.constant(2)));
    // Eight tokens, such as sequences that decode together, are one tile of a single panel, and here no whole tiles of pairs.
    if (8 % largestTile(2) != 0) single = e.select(e.less(e.constant(8), block.count), single, first);
    forEachPanel(first, single, 2, block, [&](const Place &place) { tiles(place, block); });
  }
  forEachPanel(single, end, 1, block, [&](const Place &place) { tiles(inScratch(place), block); });
}

void PanelProducts::run() {
  if (problem.oneToken) {
    const TokenBlock block{e.constant(0), e.constant(1), arguments.records};
    sums.write(e, block.records, block.count, minimumSums.first);
    return forEachPanel(panels.begin, panels.end, 1, block,
                        [&](const Place &place) { tile(inScratch(place), block, e.constant(0), 1); });
  }
  forEachBlock(panels.begin, panels.end, panelsInCache(), [&](Value firstPanel, Value endPanel) {
    forEachBlock(e.constant(0), arguments.tokens, mostBlockTokens(problem), [&](Value first, Value last) {
      const TokenBlock block{first, e.subtract(last, first),
                             e.pointerTo({arguments.records, first, problem.activations.recordBytes, 0})};
      sums.write(e, block.records, block.count, minimumSums.first);
      const auto multiplyChunks = [&] {
        PanelRange some = panels;
        some.begin = firstPanel, some.end = endPanel;
        emitChunkProducts(e, chunkProblem(problem), block, minimumSums, arguments.scratch, some);
      };
      if (!unpacks(problem)) return multiply(firstPanel, endPanel, block);
      Value isFew = e.less(block.count, e.constant(tokensToUnpackFor(problem.weights, problem.unit)));
      e.ifThenElse(isFew, [&] { multiply(firstPanel, endPanel, block); }, multiplyChunks);
    });
  });
}

} // namespace

PanelProblem panelProblem(const MatmulKernel &kernel, const MatmulSegment &segment) {
  return {PanelLayout::of(segment.format, kernel.activations.columns), kernel.activations, kernel.unit, kernel.schedule,
          kernel.oneToken};
}

int largestTile(const PanelProblem &problem) {
  const PanelLayout layout = widens(problem) ? widenedLayout(problem.weights) : problem.weights;
  return std::max(1, std::min(problem.schedule.tileTokens, mostTokens(layout, problem.activations, problem.unit)));
}

int64_t mostBlockTokens(const PanelProblem &problem) {
  if (problem.oneToken) return 1;
  if (widens(problem)) return int64_t(1) << 32; // else each block would widen the panel again
  if (unpacks(problem)) return chunkBlockTokens(chunkProblem(problem));
  return tokensInCache(problem.unit.activationBlock, problem.activations.recordBytes, largestTile(problem));
}

int64_t panelScratchBytes(const PanelProblem &problem) {
  const int64_t ofSums = tokenSums(problem).tokenBytes();
  return productBytes(problem) + (ofSums == 0 ? 0 : ofSums * mostBlockTokens(problem));
}

void emitPanelProducts(Emitter &e, const PanelProblem &problem, const PanelArguments &arguments, const PanelRange &panels) {
  PanelProducts(e, problem, arguments, panels).run();
}

} // namespace ingot::cpu
