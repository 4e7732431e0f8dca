// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The loop nest around the dot engines, and the kernel that hands its items to it:
//
//   @name            for each segment: the part of [begin, end) that lies in it -> the segment's function
//   @matmul.…        for each group of panels: for each block of tokens that the second-level cache holds: for each panel (or two):
//                    for each tile: dots, store; or, with 8-bit inputs where that is faster, chunk by chunk (ChunkProducts.h)
//
// A panel stays in the first-level cache (a long one in the second) while a block's tokens pass, a group near by. Segments (and
// kernels of one module) that agree in format, columns and kind share a function, which is why it is named after what it does.
#include "codegen/cpu/matmul/MatmulKernel.h"

#include "codegen/cpu/matmul/ChunkProducts.h"
#include "codegen/cpu/matmul/Dequantise.h"
#include "codegen/cpu/matmul/Dots.h"
#include "codegen/cpu/matmul/TileProducts.h"
#include "codegen/cpu/matmul/TokenTiles.h"
#include "codegen/cpu/matmul/UnpackedPanel.h"
#include "codegen/cpu/vector/Functions.h"
#include "codegen/cpu/vector/KernelFunction.h"
#include "runtime/abi/Model.h"

#include <algorithm>
#include <cstddef>

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

/// Whole tiles of tokens whose records stay in the cache.
int64_t tokensInCache(const ActivationLayout &activations, const VectorUnit &unit, int64_t tile) {
  return std::max<int64_t>(1, unit.activationBlock / activations.recordBytes / tile) * tile;
}

ChunkProblem chunkProblem(const PanelLayout &weights, const ActivationLayout &activations, const VectorUnit &unit,
                          const MatmulSchedule &schedule) {
  const int tile = std::min(schedule.tileTokens, mostTokens(unpackedLayout(weights, activations.kind, unit), activations, unit));
  return {weights, activations, unit, tokensInCache(activations, unit, tile), tile, schedule.prefetchBytes};
}

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
  bool widens() const { return ::ingot::cpu::widens(weights.format, activations.kind, unit); }
  bool unpacks() const { return ::ingot::cpu::unpacks(weights.format, activations.kind, unit); }
  void emit(Emitter &e, ValueRange arguments) const;

private:
  void emitTiles(Emitter &e, ValueRange arguments) const;
  /// What a panel's tiles have in common.
  struct PanelPlace {
    Value panel, records, column, resultStride, rowsLeft;
    PanelLayout layout;
    bool asksAhead;
    int panels = 1; ///< multiplied at once
  };
  PanelPlace inScratch(Emitter &e, PanelPlace place, Value scratch) const;
  bool pairs() const { return ::ingot::cpu::pairs(weights, activations, unit); }
  int largestTile(int panels) const;
  int64_t tokensInCache() const;
  int64_t panelsInCache() const { return std::max<int64_t>(1, cachedPanels / weights.panelBytes); }
  void tiles(Emitter &e, const PanelPlace &place, Value first, Value end) const;
  void tile(Emitter &e, const PanelPlace &place, Value firstToken, int count) const;
  void storeSums(Emitter &e, Value sums, const Address &result, Value rowsLeft) const;
};

/// Of so many panels at once, which share the registers.
int SegmentCode::largestTile(int panels) const {
  const int most = mostTokens(widens() ? widenedLayout(weights) : weights, activations, unit);
  return std::max(1, std::min(schedule.tileTokens, most) / panels);
}

int64_t SegmentCode::tokensInCache() const {
  if (widens()) return int64_t(1) << 32; // else each block would widen the panel again
  return unpacks() ? chunkProblem(weights, activations, unit, schedule).blockTokens
                   : ::ingot::cpu::tokensInCache(activations, unit, largestTile(1));
}

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
  text += oneToken ? ".one" : ".t" + std::to_string(largestTile(1));
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

/// The panel as bfloat16, where it is multiplied so.
SegmentCode::PanelPlace SegmentCode::inScratch(Emitter &e, PanelPlace place, Value scratch) const {
  if (!widens()) return place;
  widenPanel(e, weights, place.panel, scratch);
  place.panel = scratch;
  place.layout = widenedLayout(weights);
  place.asksAhead = false;
  return place;
}

/// One panel times `count` tokens.
void SegmentCode::tile(Emitter &e, const PanelPlace &place, Value firstToken, int count) const {
  const int prefetchBytes = count == 1 ? schedule.prefetchOneBytes : schedule.prefetchBytes;
  const DotsProblem problem{place.layout, activations, unit, count, place.panels, place.asksAhead ? prefetchBytes : 0};
  Values sums = emitDots(e, problem, place.panel, e.pointerTo({place.records, firstToken, activations.recordBytes, 0}));
  for (int token = 0; token < count; token++) {
    Value row = e.multiply(e.add(firstToken, e.constant(token)), place.resultStride);
    for (int panel = 0; panel < place.panels; panel++)
      storeSums(e, sums[panel * count + token], {place.column, row, 1, 4 * panelRows * panel},
                e.subtract(place.rowsLeft, e.constant(panelRows * panel)));
  }
}

/// One panel times the tokens from `first` up to `end`.
void SegmentCode::tiles(Emitter &e, const PanelPlace &place, Value first, Value end) const {
  forEachTile(e, largestTile(place.panels), first, end, [&](Value token, int count) { tile(e, place, token, count); });
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
  Value records = arguments[0], tokens = arguments[1], matrix = arguments[2], result = arguments[3], rows = arguments[4];
  Value resultStride = e.multiply(rows, e.constant(4));
  auto forEachPanel = [&](Value first, Value end, int together, llvm::function_ref<void(const PanelPlace &)> body) {
    e.loop(first, end, together, {}, [&](Value index, ValueRange) {
      body({e.pointerTo({matrix, index, weights.panelBytes, 0}), records, e.pointerTo({result, index, 4 * panelRows, 0}),
            resultStride, e.subtract(rows, e.multiply(index, e.constant(panelRows))), weights, /*asksAhead=*/true, together});
      return Values();
    });
  };
  if (oneToken)
    return forEachPanel(arguments[5], arguments[6], 1,
                        [&](const PanelPlace &place) { tile(e, inScratch(e, place, arguments[7]), e.constant(0), 1); });
  const auto blocks = [&](Value begin, Value end, int64_t size, llvm::function_ref<void(Value first, Value last)> body) {
    e.loop(begin, end, size, {}, [&](Value first, ValueRange) {
      body(first, e.minimum(end, e.add(first, e.constant(size))));
      return Values();
    });
  };
  const auto multiply = [&](Value firstPanel, Value endPanel, Value first, Value last) {
    Value single = firstPanel;
    if (pairs()) {
      single = e.add(firstPanel, e.multiply(e.divide(e.subtract(endPanel, firstPanel), e.constant(2)), e.constant(2)));
      // Eight tokens, such as sequences that decode together, are one tile of a single panel, and here no whole tiles of pairs.
      if (8 % largestTile(2) != 0) single = e.select(e.less(e.constant(8), e.subtract(last, first)), single, firstPanel);
      forEachPanel(firstPanel, single, 2, [&](const PanelPlace &place) { tiles(e, place, first, last); });
    }
    forEachPanel(single, endPanel, 1, [&](const PanelPlace &place) { tiles(e, inScratch(e, place, arguments[7]), first, last); });
  };
  const auto multiplyChunks = [&](Value firstPanel, Value endPanel, Value first, Value last) {
    const ChunkProblem problem = chunkProblem(weights, activations, unit, schedule);
    const ChunkArguments chunks{e.pointerTo({records, first, activations.recordBytes, 0}), e.subtract(last, first), arguments[7]};
    prepareTokens(e, problem, chunks);
    forEachPanel(firstPanel, endPanel, 1, [&](const PanelPlace &place) {
      Value result = e.pointerTo({place.column, e.multiply(first, resultStride), 1, 0});
      const auto store = [&](Value sums, Value token) {
        storeSums(e, sums, {result, e.multiply(token, resultStride), 1, 0}, place.rowsLeft);
      };
      emitChunkProducts(e, problem, chunks, {place.panel, result, resultStride, store});
    });
  };
  blocks(arguments[5], arguments[6], panelsInCache(), [&](Value firstPanel, Value endPanel) {
    blocks(e.constant(0), tokens, tokensInCache(), [&](Value first, Value last) {
      if (!unpacks()) return multiply(firstPanel, endPanel, first, last);
      Value isFew = e.less(e.subtract(last, first), e.constant(tokensToUnpackFor(weights, unit)));
      e.ifThenElse(
          isFew, [&] { multiply(firstPanel, endPanel, first, last); }, [&] { multiplyChunks(firstPanel, endPanel, first, last); });
    });
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

bool canGate(const std::vector<MatmulSegment> &segments) {
  return segments.size() == 2 && segments[0].format == segments[1].format && segments[0].rows == segments[1].rows &&
         segments[0].rows % panelRows == 0 && !segments[0].accumulate && !segments[1].accumulate;
}

int64_t MatmulKernel::items() const {
  if (gate != GateActivation::none) return panelCount(segments[0].rows);
  int64_t all = 0;
  for (const MatmulSegment &segment : segments) all += itemsOf(segment);
  return all;
}

int64_t scratchBytes(const MatmulKernel &kernel) {
  int64_t most = 0;
  for (const MatmulSegment &segment : kernel.segments) {
    const PanelLayout weights = PanelLayout::of(segment.format, kernel.activations.columns);
    int64_t bytes = 0;
    if (kernel.usesTiles())
      bytes = tileScratchBytes({weights, kernel.activations, kernel.blockTokens()});
    else if (widens(segment.format, kernel.activations.kind, kernel.unit))
      bytes = widenedLayout(weights).panelBytes;
    else if (!kernel.oneToken && unpacks(segment.format, kernel.activations.kind, kernel.unit))
      bytes = chunkScratchBytes(chunkProblem(weights, kernel.activations, kernel.unit, kernel.schedule));
    most = std::max(most, bytes);
  }
  return most;
}

namespace {

/// Calls `body` with the items of [begin, end) that are about one block of tokens, its first token and their number.
void forEachTokenBlock(Emitter &e, const MatmulKernel &kernel, const KernelArguments &arguments, Value tokens,
                       llvm::function_ref<void(Value begin, Value end, Value firstToken, Value count)> body) {
  Value items = e.constant(kernel.items()), size = e.constant(kernel.blockTokens());
  Value lastBlock = e.divide(e.subtract(arguments.end, e.constant(1)), items);
  e.loop(e.divide(arguments.begin, items), e.add(lastBlock, e.constant(1)), 1, {}, [&](Value block, ValueRange) {
    Value firstItem = e.multiply(block, items), firstToken = e.multiply(block, size);
    Value begin = e.maximum(e.subtract(arguments.begin, firstItem), e.constant(0));
    body(begin, e.minimum(e.subtract(arguments.end, firstItem), items), firstToken,
         e.minimum(e.subtract(tokens, firstToken), size));
    return Values();
  });
}

/// The kernel of gate and up: a pair is a panel of each.
void emitGated(const MatmulKernel &kernel, mlir::ModuleOp module) {
  addKernel(module, kernel.name, [&](Emitter &e, const KernelArguments &arguments) {
    const PanelLayout weights = PanelLayout::of(kernel.segments[0].format, kernel.activations.columns);
    Value records = loadOperand(e, arguments, 0), result = loadOperand(e, arguments, 3);
    Value matrices[] = {loadOperand(e, arguments, 1), loadOperand(e, arguments, 2)};
    forEachTokenBlock(
        e, kernel, arguments, loadTokens(e, arguments, kernel.wanted), [&](Value begin, Value end, Value firstToken, Value count) {
          const ActivationLayout &to = kernel.gated;
          Value outputs = e.pointerTo({result, firstToken, to.recordBytes, to.codes});
          auto placeOf = [&](Value token, Value pair) {
            return e.pointerTo({e.pointerTo({outputs, token, to.recordBytes, 0}), pair, 2 * panelRows, 0});
          };
          const auto panelAt = [&](Value pair, int which) { return e.pointerTo({matrices[which], pair, weights.panelBytes, 0}); };
          const auto store = [&](Value gate, Value up, Value token, Value pair) {
            Value activated = kernel.gate == GateActivation::silu ? silu(e, gate) : gelu(e, gate);
            e.store(roundToBf16(e, e.multiplyFloats(activated, up)), {placeOf(token, pair), Value()}, 2 * panelRows);
          };
          const auto ask = [&](Value token, Value pair) { e.prefetch({placeOf(token, pair), Value()}); };
          emitTileProducts(
              e, {weights, kernel.activations, kernel.blockTokens(), kernel.schedule.prefetchBytes, kernel.unit.prefetchFar},
              {e.pointerTo({records, firstToken, kernel.activations.recordBytes, 0}), count, begin, end, arguments.scratch, panelAt,
               store, ask});
        });
  });
}

} // namespace

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
    Value tokens = loadTokens(e, arguments, kernel.wanted), records = loadOperand(e, arguments, 0);
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
