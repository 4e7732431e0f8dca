// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/matmul/GateKernel.h"

#include "codegen/cpu/matmul/FrameTokens.h"
#include "codegen/cpu/matmul/PanelProducts.h"
#include "codegen/cpu/matmul/RoundedBlock.h"
#include "codegen/cpu/matmul/TileProducts.h"
#include "codegen/cpu/vector/Functions.h"

namespace ingot::cpu {

namespace {

constexpr int64_t panelsOfItem = 4; ///< with vectors: gate, gate, up, up

/// Bytes of what a panel's sums take until they meet those of the others.
int64_t stagedBytes(const MatmulKernel &kernel) {
  return mostBlockTokens(panelProblem(kernel, kernel.segments[0])) * panelRows * 4;
}

Value gated(Emitter &e, const MatmulKernel &kernel, Value gate, Value up) {
  return e.multiplyFloats(kernel.gate == GateActivation::silu ? silu(e, gate) : gelu(e, gate), up);
}

/// By AMX tiles.
void emitTiles(Emitter &e, const MatmulKernel &kernel, const KernelArguments &arguments) {
  const PanelLayout weights = PanelLayout::of(kernel.segments[0].format, kernel.activations.columns);
  Value records = loadOperand(e, arguments, 0), result = loadOperand(e, arguments, 3);
  Value matrices[] = {loadOperand(e, arguments, 1), loadOperand(e, arguments, 2)};
  const auto block = [&](Value begin, Value end, Value firstToken, Value count) {
    const ActivationLayout &to = kernel.gated;
    Value outputs = e.pointerTo({result, firstToken, to.recordBytes, to.codes});
    auto placeOf = [&](Value token, Value pair) {
      return e.pointerTo({e.pointerTo({outputs, token, to.recordBytes, 0}), pair, 2 * panelRows, 0});
    };
    const auto panelAt = [&](Value pair, int which) { return e.pointerTo({matrices[which], pair, weights.panelBytes, 0}); };
    const auto store = [&](Value gate, Value up, Value token, Value pair) {
      e.store(roundToBf16(e, gated(e, kernel, gate, up)), {placeOf(token, pair), Value()}, 2 * panelRows);
    };
    const auto ask = [&](Value token, Value pair) { e.prefetch({placeOf(token, pair), Value()}); };
    emitTileProducts(e, {weights, kernel.activations, kernel.blockTokens(), kernel.schedule.prefetchBytes, kernel.unit.prefetchFar},
                     {e.pointerTo({records, firstToken, kernel.activations.recordBytes, 0}), count, begin, end, arguments.scratch,
                      panelAt, store, ask});
  };
  forEachTokenBlock(e, kernel, arguments, loadTokens(e, kernel, arguments), block);
}

/// By vectors. Panels are numbered gate 0, gate 1, up 0, up 1, gate 2, gate 3, up 2 …
void emitVectors(Emitter &e, const MatmulKernel &kernel, const KernelArguments &arguments) {
  const PanelProblem problem = panelProblem(kernel, kernel.segments[0]);
  Value result = loadOperand(e, arguments, 3), gateMatrix = loadOperand(e, arguments, 1), upMatrix = loadOperand(e, arguments, 2);
  Value staged = e.pointerTo({arguments.scratch, Value(), 0, panelScratchBytes(problem)});
  const int64_t bytes = stagedBytes(kernel);
  const auto bitsOf = [&](Value panel, int64_t mask) { return e.bitAnd(panel, e.constant(mask)); };
  const auto weightsAt = [&](Value panel) {
    Value item = e.shiftRight(panel, 2), ofMatrix = e.add(e.multiply(item, e.constant(2)), bitsOf(panel, 1));
    Value matrix = e.select(e.less(bitsOf(panel, 2), e.constant(1)), gateMatrix, upMatrix);
    return e.pointerTo({matrix, ofMatrix, problem.weights.panelBytes, 0});
  };
  const auto finish = [&](Value panel, const TokenBlock &block) {
    e.ifThen(e.less(e.constant(panelsOfItem - 2), bitsOf(panel, panelsOfItem - 1)), [&] {
      e.loop(e.constant(0), block.count, 1, {}, [&](Value token, ValueRange) {
        const auto sums = [&](int number) { return e.load(e.floats, {staged, token, 4 * panelRows, number * bytes}, 64); };
        Values products;
        for (int half = 0; half < 2; half++) products.push_back(gated(e, kernel, sums(half), sums(2 + half)));
        Value record = e.pointerTo({result, e.add(block.first, token), kernel.gated.recordBytes, 0});
        storeRounded(e, kernel.gated, record, e.shiftRight(panel, 2), products);
        return Values();
      });
    });
  };
  const auto allPanels = [&](Value item) { return e.multiply(item, e.constant(panelsOfItem)); };
  const auto resultAt = [&](Value panel, const TokenBlock &) {
    return e.pointerTo({staged, bitsOf(panel, panelsOfItem - 1), bytes, 0});
  };
  Value records = loadOperand(e, arguments, 0), tokens = loadTokens(e, kernel, arguments);
  e.ifThen(e.less(e.constant(0), tokens), [&] { // as in emitMatmul
    emitPanelProducts(e, problem, {records, tokens, arguments.scratch},
                      {.begin = allPanels(arguments.begin),
                       .end = allPanels(arguments.end),
                       .together = panelsOfItem,
                       .weightsAt = weightsAt,
                       .resultAt = resultAt,
                       .resultStride = e.constant(4 * panelRows),
                       .resultsAreNear = true,
                       .store = [&](Value sums, const Address &at, Value) { e.store(sums, at, 64); },
                       .finish = finish});
  });
}

} // namespace

bool canGate(const MatmulKernel &kernel, ActivationKind result) {
  const std::vector<MatmulSegment> &both = kernel.segments;
  if (both.size() != 2 || both[0].format != both[1].format || both[0].rows != both[1].rows || both[0].accumulate ||
      both[1].accumulate || both[0].rows % gatedRows(kernel) != 0)
    return false;
  if (kernel.usesTiles()) return result == ActivationKind::bf16;
  return result == ActivationKind::q8 && kernel.unit.sharesUnits && unpacks(both[0].format, kernel.activations.kind, kernel.unit);
}

int64_t gatedRows(const MatmulKernel &kernel) { return kernel.usesTiles() ? panelRows : panelsOfItem / 2 * panelRows; }

int64_t gateScratchBytes(const MatmulKernel &kernel) {
  const bool stages = kernel.gate != GateActivation::none && !kernel.usesTiles();
  return stages ? panelsOfItem * stagedBytes(kernel) : 0;
}

void emitGated(const MatmulKernel &kernel, mlir::ModuleOp module) {
  addKernel(module, kernel.name, [&](Emitter &e, const KernelArguments &arguments) {
    (kernel.usesTiles() ? emitTiles : emitVectors)(e, kernel, arguments);
  });
}

} // namespace ingot::cpu
