// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The kernel that hands its items to the functions of its segments:
//
//   @name            for each segment: the part of [begin, end) that lies in it -> the segment's function
//   @matmul.…        panels times tokens (PanelProducts.h; with AMX TileProducts.h), store
//
// Segments (and kernels of one module) that agree in format, columns and kind share a function, which is why it is named after what
// it does. Kernels of gate and up: GateKernel.cpp.
#include "codegen/cpu/matmul/MatmulKernel.h"

#include "codegen/cpu/matmul/FrameTokens.h"
#include "codegen/cpu/matmul/GateKernel.h"
#include "codegen/cpu/matmul/PanelProducts.h"
#include "codegen/cpu/matmul/TileProducts.h"
#include "codegen/cpu/vector/KernelFunction.h"

#include <algorithm>

namespace ingot::cpu {

namespace {

/// What a segment's function depends on.
struct SegmentCode {
  PanelLayout weights;
  ActivationLayout activations;
  bool accumulate;
  bool partialPanel; ///< the last panel may have fewer than 16 rows
  bool oddPanels;    ///< the last pair may have one panel
  bool oneToken;
  MatmulSchedule schedule;
  VectorUnit unit; ///< of the whole module, so the name leaves it out

  std::string name() const;
  bool usesTiles() const { return unit.tiles && fitsTiles(weights, activations); }
  void emit(Emitter &e, ValueRange arguments) const;

private:
  void emitTiles(Emitter &e, ValueRange arguments) const;
  void storeSums(Emitter &e, Value sums, const Address &result, Value rowsLeft) const;
  PanelProblem problem() const { return {weights, activations, unit, schedule, oneToken}; }
};

std::string SegmentCode::name() const {
  static constexpr const char *kinds[] = {"f32", "bf16", "q8", "q15"};
  const uint8_t sums = (activations.negated32 >= 0 ? negated32 : 0) | (activations.negated16 >= 0 ? negated16 : 0) |
                       (activations.scaled32 >= 0 ? scaled32 : 0) | (activations.scaled16 >= 0 ? scaled16 : 0);
  std::string text = "matmul." + std::string(packed::info(weights.format).name) + "." + kinds[int(activations.kind)];
  if (sums != 0) text += ".sums" + std::to_string(sums);
  if (activations.hasWords()) text += ".words";
  text += ".k" + std::to_string(weights.columns);
  if (usesTiles())
    return text + ".tiles" + std::to_string(schedule.tileTokens) +
           (schedule.prefetchBytes != 0 ? ".ahead" + std::to_string(schedule.prefetchBytes) : "") + (accumulate ? ".add" : "") +
           (partialPanel ? ".part" : "") + (oddPanels ? ".odd" : "");
  text += oneToken ? ".one" : ".t" + std::to_string(largestTile(problem()));
  if (schedule.prefetchBytes != 0 && !oneToken) text += ".ahead" + std::to_string(schedule.prefetchBytes);
  if (schedule.prefetchOneBytes != 0) text += ".alone" + std::to_string(schedule.prefetchOneBytes);
  return text + (accumulate ? ".add" : "") + (partialPanel ? ".part" : "");
}

/// Stores 16 outputs of a token, or the first `rowsLeft` of them.
void SegmentCode::storeSums(Emitter &e, Value sums, const Address &result, Value rowsLeft) const {
  auto whole = [&] {
    Value value = accumulate ? e.addFloats(e.load(e.floats, result, 4), sums) : sums;
    e.store(value, result, 4);
  };
  auto part = [&] {
    Value left = e.broadcast(mlir::LLVM::TruncOp::create(e.b, e.i32, rowsLeft), panelRows);
    Value mask = e.less(e.laneNumbers(), left), address = e.pointerTo(result), value = sums;
    if (accumulate) {
      Value before = mlir::LLVM::MaskedLoadOp::create(e.b, e.floats, address, mask, e.splatFloat(e.floats, 0), 4u);
      value = e.addFloats(before, sums);
    }
    mlir::LLVM::MaskedStoreOp::create(e.b, value, address, mask, 4u);
  };
  if (!partialPanel) return whole();
  e.ifThenElse(e.less(rowsLeft, e.constant(panelRows)), part, whole);
}

/// The same arguments, items being pairs of panels.
void SegmentCode::emitTiles(Emitter &e, ValueRange arguments) const {
  Value matrix = arguments[2], result = arguments[3], rows = arguments[4];
  Value resultStride = e.multiply(rows, e.constant(4));
  Value panels = e.divide(e.add(rows, e.constant(panelRows - 1)), e.constant(panelRows));
  auto panelOf = [&](Value pair, int which) { return e.add(e.multiply(pair, e.constant(2)), e.constant(which)); };
  const auto panelAt = [&](Value pair, int which) {
    Value panel = panelOf(pair, which);
    // What is multiplied in place of a panel that is not there is not stored.
    if (which == 1 && oddPanels) panel = e.minimum(panel, e.subtract(panels, e.constant(1)));
    return e.pointerTo({matrix, panel, weights.panelBytes, 0});
  };
  const auto store = [&](Value first, Value second, Value token, Value pair) {
    auto storePanel = [&](Value sums, int which) {
      Value panel = panelOf(pair, which), column = e.pointerTo({result, panel, 4 * panelRows, 0});
      storeSums(e, sums, {column, e.multiply(token, resultStride), 1, 0},
                e.subtract(rows, e.multiply(panel, e.constant(panelRows))));
    };
    storePanel(first, 0);
    if (!oddPanels) return storePanel(second, 1);
    e.ifThen(e.less(panelOf(pair, 1), panels), [&] { storePanel(second, 1); });
  };
  const auto ask = [&](Value token, Value pair) {
    Value place = e.pointerTo({e.pointerTo({result, pair, 8 * panelRows, 0}), e.multiply(token, resultStride), 1, 0});
    for (int64_t line : {0, 64}) e.prefetchForStore({place, Value(), 0, line});
  };
  emitTileProducts(e, {weights, activations, schedule.tileTokens, schedule.prefetchBytes, unit.prefetchFar},
                   {arguments[0], arguments[1], arguments[5], arguments[6], arguments[7], panelAt, store, ask});
}

/// Arguments: records, tokens, weights, result, rows, first panel, panel after the last, scratch.
void SegmentCode::emit(Emitter &e, ValueRange arguments) const {
  if (usesTiles()) return emitTiles(e, arguments);
  Value matrix = arguments[2], result = arguments[3], rows = arguments[4];
  Value resultStride = e.multiply(rows, e.constant(4));
  emitPanelProducts(
      e, problem(), {arguments[0], arguments[1], arguments[7]},
      {.begin = arguments[5],
       .end = arguments[6],
       .weightsAt = [&](Value panel) { return e.pointerTo({matrix, panel, weights.panelBytes, 0}); },
       .resultAt =
           [&](Value panel, const TokenBlock &block) {
             Value column = e.pointerTo({result, panel, 4 * panelRows, 0});
             return e.pointerTo({column, e.multiply(block.first, resultStride), 1, 0});
           },
       .resultStride = resultStride,
       .store = [&](Value sums, const Address &at,
                    Value panel) { storeSums(e, sums, at, e.subtract(rows, e.multiply(panel, e.constant(panelRows)))); }});
}

/// The segment's function, emitted unless the module has it.
std::string addSegment(const SegmentCode &code, mlir::ModuleOp module) {
  const std::string name = code.name();
  if (module.lookupSymbol(name)) return name;
  const Type pointer = mlir::LLVM::LLVMPointerType::get(module.getContext()), i64 = mlir::IntegerType::get(module.getContext(), 64);
  addFunction(module, name, /*isPrivate=*/true, {pointer, i64, pointer, pointer, i64, i64, i64, pointer},
              [&](Emitter &e, ValueRange arguments) { code.emit(e, arguments); });
  return name;
}

} // namespace

bool widens(packed::BlockFormat format, ActivationKind kind, const VectorUnit &unit) {
  return packed::info(format).isQuantised() && kind == ActivationKind::bf16 && unit.bf16Dots;
}

bool unpacks(packed::BlockFormat format, ActivationKind kind, const VectorUnit &unit) {
  if (!packed::isInteger(kind) || !packed::info(format).isQuantised()) return false;
  return unit.integerDot == IntegerDot::vpmaddubsw || (unit.sharesUnits && kind == ActivationKind::q8);
}

bool MatmulKernel::usesTiles() const {
  return unit.tiles && llvm::all_of(segments, [&](const MatmulSegment &segment) {
           return fitsTiles(PanelLayout::of(segment.format, activations.columns), activations);
         });
}

int64_t MatmulKernel::itemsOf(const MatmulSegment &segment) const {
  const int64_t panels = panelCount(segment.rows);
  return usesTiles() ? (panels + 1) / 2 : panels;
}

int64_t MatmulKernel::items() const {
  if (gate != GateActivation::none) return segments[0].rows / gatedRows(*this);
  int64_t all = 0;
  for (const MatmulSegment &segment : segments) all += itemsOf(segment);
  return all;
}

int64_t scratchBytes(const MatmulKernel &kernel) {
  int64_t most = 0;
  for (const MatmulSegment &segment : kernel.segments) {
    const PanelProblem problem = panelProblem(kernel, segment);
    most = std::max(most, kernel.usesTiles() ? tileScratchBytes({problem.weights, kernel.activations, kernel.blockTokens()})
                                             : panelScratchBytes(problem));
  }
  return most + gateScratchBytes(kernel);
}

void emitMatmul(const MatmulKernel &kernel, mlir::ModuleOp module) {
  if (kernel.gate != GateActivation::none) return emitGated(kernel, module);
  std::vector<std::string> functions;
  VectorUnit unit = kernel.unit;
  unit.tiles = kernel.usesTiles();
  for (const MatmulSegment &segment : kernel.segments)
    functions.push_back(
        addSegment({PanelLayout::of(segment.format, kernel.activations.columns), kernel.activations, segment.accumulate,
                    segment.rows % panelRows != 0, panelCount(segment.rows) % 2 != 0, kernel.oneToken, kernel.schedule, unit},
                   module));
  addKernel(module, kernel.name, [&](Emitter &e, const KernelArguments &arguments) {
    Value tokens = loadTokens(e, kernel, arguments), records = loadOperand(e, arguments, 0);
    const int segments = kernel.segments.size();
    /// Items [begin, end) of those of one block of tokens, from `firstToken` on.
    const auto segmentsOf = [&](Value begin, Value end, Value firstToken, Value count) {
      int64_t first = 0;
      for (int number = 0; number < segments; number++) {
        const MatmulSegment &segment = kernel.segments[number];
        const int64_t items = kernel.itemsOf(segment);
        Value from = e.subtract(e.maximum(begin, e.constant(first)), e.constant(first));
        Value to = e.subtract(e.minimum(end, e.constant(first + items)), e.constant(first));
        e.ifThen(e.less(from, to), [&] {
          Value weights = loadOperand(e, arguments, 1 + number), result = loadOperand(e, arguments, 1 + segments + number);
          Value inputs = e.pointerTo({records, firstToken, kernel.activations.recordBytes, 0});
          Value outputs = e.pointerTo({result, firstToken, segment.rows * 4, 0});
          mlir::LLVM::CallOp::create(
              e.b, mlir::TypeRange(), functions[number],
              ValueRange({inputs, count, weights, outputs, e.constant(segment.rows), from, to, arguments.scratch}));
        });
        first += items;
      }
    };
    // A frame may want no token at all: one-token code would still write one.
    if (kernel.blockTokens() == 0)
      return e.ifThen(e.less(e.constant(0), tokens), [&] { segmentsOf(arguments.begin, arguments.end, Value(), tokens); });
    forEachTokenBlock(e, kernel, arguments, tokens, segmentsOf);
  });
}

} // namespace ingot::cpu
