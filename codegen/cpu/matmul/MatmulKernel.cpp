// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The loop nest around the dot engines, and the kernel that hands its items to it:
//
//   @name            for each segment: the part of [begin, end) that lies in it -> the segment's function
//   @matmul.…        for each panel: for each tile of tokens: dots, store; then the tokens left over, one by one
//
// A panel stays in the first-level cache while all tokens pass. Segments (and kernels of one module) that agree in format, columns
// and kind share a function, which is why it is named after what it does.
#include "codegen/cpu/matmul/MatmulKernel.h"

#include "codegen/cpu/matmul/Dequantise.h"
#include "codegen/cpu/matmul/Dots.h"
#include "codegen/cpu/matmul/TileProducts.h"
#include "codegen/cpu/vector/KernelFunction.h"
#include "runtime/abi/Model.h"

#include <algorithm>
#include <cstddef>

namespace ingot::cpu {

namespace {

/// What a segment's function depends on.
struct SegmentCode {
  PanelLayout weights;
  ActivationLayout activations;
  bool accumulate;
  bool partialPanel; ///< the last panel may have fewer than 16 rows
  bool oneToken;
  MatmulSchedule schedule;
  VectorUnit unit; ///< of the whole module, so the name leaves it out

  std::string name() const;
  bool usesTiles() const { return unit.tiles && fitsTiles({weights, activations}); }
  bool widens() const { return ::ingot::cpu::widens(weights.format, activations.kind, unit); }
  void emit(Emitter &e, ValueRange arguments) const;

private:
  void storeSums(Emitter &e, Value sums, const Address &result, Value rowsLeft) const;
};

std::string SegmentCode::name() const {
  static constexpr const char *kinds[] = {"f32", "bf16", "q8", "q15"};
  const uint8_t sums = (activations.negated32 >= 0 ? negated32 : 0) | (activations.negated16 >= 0 ? negated16 : 0) |
                       (activations.scaled32 >= 0 ? scaled32 : 0) | (activations.scaled16 >= 0 ? scaled16 : 0);
  std::string text = "matmul." + std::string(packed::info(weights.format).name) + "." + kinds[int(activations.kind)];
  if (sums != 0) text += ".sums" + std::to_string(sums);
  text += ".k" + std::to_string(weights.columns);
  if (usesTiles()) return text + ".tiles" + (accumulate ? ".add" : "") + (partialPanel ? ".part" : "");
  text += oneToken ? ".one" : ".t" + std::to_string(schedule.tileTokens);
  if (schedule.prefetchBytes != 0) text += ".ahead" + std::to_string(schedule.prefetchBytes);
  return text + (accumulate ? ".add" : "") + (partialPanel ? ".part" : "");
}

/// Stores 16 outputs of a token, or the first `rowsLeft` of them.
void SegmentCode::storeSums(Emitter &e, Value sums, const Address &result, Value rowsLeft) const {
  auto whole = [&] {
    Value value = accumulate ? e.addFloats(e.load(e.floats, result, 4), sums) : sums;
    e.store(value, result, 4);
  };
  auto part = [&] {
    llvm::SmallVector<int32_t> numbers;
    for (int lane = 0; lane < panelRows; lane++) numbers.push_back(lane);
    Value left = e.broadcast(mlir::LLVM::TruncOp::create(e.b, e.i32, rowsLeft), panelRows);
    Value mask = e.less(e.lanes(e.ints, numbers), left), address = e.pointerTo(result), value = sums;
    if (accumulate) {
      Value before = mlir::LLVM::MaskedLoadOp::create(e.b, e.floats, address, mask, e.splatFloat(e.floats, 0), 4u);
      value = e.addFloats(before, sums);
    }
    mlir::LLVM::MaskedStoreOp::create(e.b, value, address, mask, 4u);
  };
  if (!partialPanel) return whole();
  e.ifThenElse(e.less(rowsLeft, e.constant(panelRows)), part, whole);
}

/// Arguments: records, tokens, weights, result, rows, first panel, panel after the last, scratch.
void SegmentCode::emit(Emitter &e, ValueRange arguments) const {
  Value records = arguments[0], tokens = arguments[1], matrix = arguments[2], result = arguments[3], rows = arguments[4];
  Value resultStride = e.multiply(rows, e.constant(4));
  if (usesTiles()) {
    const TileArguments tileArguments{records, tokens, matrix, arguments[5], arguments[6], arguments[7]};
    return emitTileProducts(e, {weights, activations}, tileArguments, [&](Value sums, Value token, Value panel) {
      Value column = e.pointerTo({result, panel, 4 * panelRows, 0});
      Value rowsLeft = e.subtract(rows, e.multiply(panel, e.constant(panelRows)));
      storeSums(e, sums, {column, e.multiply(token, resultStride), 1, 0}, rowsLeft);
    });
  }
  e.loop(arguments[5], arguments[6], 1, {}, [&](Value panelIndex, ValueRange) -> Values {
    Value panel = e.pointerTo({matrix, panelIndex, weights.panelBytes, 0});
    PanelLayout multiplied = weights;
    if (widens()) {
      widenPanel(e, weights, panel, arguments[7]);
      panel = arguments[7], multiplied = widenedLayout(weights);
    }
    Value column = e.pointerTo({result, panelIndex, 4 * panelRows, 0});
    Value rowsLeft = e.subtract(rows, e.multiply(panelIndex, e.constant(panelRows)));
    auto tile = [&](Value firstToken, int count, int ahead = 0) {
      const DotsProblem problem{multiplied, activations, unit, count, ahead};
      Values sums = emitDots(e, problem, panel, e.pointerTo({records, firstToken, activations.recordBytes, 0}));
      for (int token = 0; token < count; token++) {
        Value row = e.multiply(e.add(firstToken, e.constant(token)), resultStride);
        storeSums(e, sums[token], {column, row, 1, 0}, rowsLeft);
      }
      return Values();
    };
    if (oneToken) return tile(e.constant(0), 1, schedule.prefetchBytes);
    const int tileTokens = schedule.tileTokens;
    Value tiled = e.multiply(e.divide(tokens, e.constant(tileTokens)), e.constant(tileTokens));
    if (tileTokens > 1)
      e.loop(e.constant(0), tiled, tileTokens, {}, [&](Value first, ValueRange) { return tile(first, tileTokens); });
    return e.loop(tileTokens > 1 ? tiled : e.constant(0), tokens, 1, {},
                  [&](Value first, ValueRange) { return tile(first, 1, schedule.prefetchBytes); });
  });
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

/// How many tokens the frame asks for.
Value loadTokens(Emitter &e, const KernelArguments &arguments, bool wanted) {
  const int64_t offset = wanted ? offsetof(ingot_frame, wanted_count) : offsetof(ingot_frame, count);
  return e.load(e.i64, {arguments.frame, Value(), 0, offset}, 8);
}

} // namespace

bool widens(packed::BlockFormat format, ActivationKind kind, const VectorUnit &unit) {
  return packed::info(format).isQuantised() && kind == ActivationKind::bf16 && unit.bf16Dots;
}

int64_t scratchBytes(const MatmulKernel &kernel) {
  int64_t most = 0;
  for (const MatmulSegment &segment : kernel.segments) {
    const TileProblem problem{PanelLayout::of(segment.format, kernel.activations.columns), kernel.activations};
    int64_t bytes = 0;
    if (kernel.unit.tiles && fitsTiles(problem))
      bytes = tileScratchBytes(problem);
    else if (widens(segment.format, kernel.activations.kind, kernel.unit))
      bytes = widenedLayout(problem.weights).panelBytes;
    most = std::max(most, bytes);
  }
  return most;
}

void emitMatmul(const MatmulKernel &kernel, mlir::ModuleOp module) {
  std::vector<std::string> functions;
  for (const MatmulSegment &segment : kernel.segments)
    functions.push_back(
        addSegment({PanelLayout::of(segment.format, kernel.activations.columns), kernel.activations, segment.accumulate,
                    segment.rows % panelRows != 0, kernel.oneToken, kernel.schedule, kernel.unit},
                   module));
  addKernel(module, kernel.name, [&](Emitter &e, const KernelArguments &arguments) {
    Value tokens = loadTokens(e, arguments, kernel.wanted), records = loadOperand(e, arguments, 0);
    const int segments = kernel.segments.size();
    // A frame may want no token at all: one-token code would still write one.
    e.ifThen(e.less(e.constant(0), tokens), [&] {
      int64_t first = 0;
      for (int number = 0; number < segments; number++) {
        const MatmulSegment &segment = kernel.segments[number];
        const int64_t panels = panelCount(segment.rows);
        Value begin = e.subtract(e.maximum(arguments.begin, e.constant(first)), e.constant(first));
        Value end = e.subtract(e.minimum(arguments.end, e.constant(first + panels)), e.constant(first));
        e.ifThen(e.less(begin, end), [&] {
          Value weights = loadOperand(e, arguments, 1 + number), result = loadOperand(e, arguments, 1 + segments + number);
          mlir::LLVM::CallOp::create(
              e.b, mlir::TypeRange(), functions[number],
              ValueRange({records, tokens, weights, result, e.constant(segment.rows), begin, end, arguments.scratch}));
        });
        first += panels;
      }
    });
  });
}

} // namespace ingot::cpu
