// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Embedding: rows of a packed matrix picked by token id. Dequantisation is exact, so each operation is rounded on its own as the
// formats' reference does it: scale (byteHalf: product rounded) times code, then plus or minus the minimum.
#include "codegen/cpu/matmul/MatmulKernel.h"
#include "codegen/cpu/matmul/Scales.h"
#include "codegen/cpu/matmul/Strips.h"
#include "codegen/cpu/vector/KernelFunction.h"

namespace ingot::cpu {

namespace LLVM = mlir::LLVM;
using packed::BlockFormat;

namespace {

/// A row being copied: lane `lane` (0 … 15) of a panel to `target`.
struct EmbedRow {
  Emitter &e;
  PanelLayout layout;
  Value panel, lane, target;

  void emit();
  void quantisedBlock(Scales &scales, const StripBlock &block);
  Value denseElement(Value column);
};

/// Lanes [from, from + 16) of a vector.
Value sixteenFrom(Emitter &e, Value vector, int from) {
  llvm::SmallVector<int32_t> mask;
  for (int lane = 0; lane < 16; lane++) mask.push_back(from + lane);
  return LLVM::ShuffleVectorOp::create(e.b, vector, vector, mask);
}

void EmbedRow::quantisedBlock(Scales &scales, const StripBlock &block) {
  const packed::BlockFormatInfo &format = packed::info(layout.format);
  Value codes = unpackRowCodes(e, layout, e.pointerTo({block.strip, lane, 4, 0}), block.inStrip);
  ScaleAndMinimum of;
  for (int half = 0; half < 2; half++) {
    if (half == 0 || format.subBlock == 16) of = scales.of(block.inStrip, half);
    Value code = e.extendUnsigned(e.ints, sixteenFrom(e, codes, 16 * half));
    Value value = e.toFloats(e.subtract(code, e.splat(e.ints, format.zeroPoint)));
    value = e.multiplyFloats(e.broadcast(of.scale, 16), value);
    if (of.minimum) value = e.addFloats(value, e.broadcast(of.minimum, 16));
    e.store(value, block.inRow.in(target, 0, 128, 64 * half), 4);
  }
}

Value EmbedRow::denseElement(Value column) {
  switch (layout.format) {
  case BlockFormat::F32:
    return e.load(e.f32, {e.pointerTo({panel, lane, 4, 0}), column, 4 * panelRows, 0}, 4);
  case BlockFormat::F16:
    return e.halfToFloats(e.load(e.f16, {e.pointerTo({panel, lane, 2, 0}), column, 2 * panelRows, 0}, 2));
  default: {
    // Pairs of columns: element `column` is at 64 * (column / 2) + 4 * lane + 2 * (column % 2).
    Value pair = e.pointerTo({e.pointerTo({panel, lane, 4, 0}), e.shiftRight(column, 1), 4 * panelRows, 0});
    Value bits = e.load(e.i16, {pair, e.bitAnd(column, e.constant(1)), 2, 0}, 2);
    return e.bitcast(e.f32, e.shiftLeft(e.extendUnsigned(e.i32, bits), 16));
  }
  }
}

void EmbedRow::emit() {
  if (!packed::info(layout.format).isQuantised()) {
    e.loop(layout.columns, {}, [&](Value column, ValueRange) {
      e.store(denseElement(column), {target, column, 4, 0}, 4);
      return Values();
    });
    return;
  }
  Scales scales(e, layout, lane);
  forEachBlock(
      e, layout, panel, {}, {}, [&](Value strip) { scales.enter(strip); },
      [&](const StripBlock &block, Values &) { quantisedBlock(scales, block); });
}

} // namespace

void emitEmbed(const EmbedKernel &kernel, mlir::ModuleOp module) {
  addKernel(module, kernel.name, [&](Emitter &e, const KernelArguments &arguments) {
    const PanelLayout layout = PanelLayout::of(kernel.format, kernel.columns);
    Value tokens = loadOperand(e, arguments, 0), weights = loadOperand(e, arguments, 1), result = loadOperand(e, arguments, 2);
    e.loop(arguments.begin, arguments.end, 1, {}, [&](Value item, ValueRange) {
      Value row = e.extendSigned(e.i64, e.load(e.i32, {tokens, item, 4, 0}, 4));
      EmbedRow copy{e, layout, e.pointerTo({weights, e.shiftRight(row, 4), layout.panelBytes, 0}), e.bitAnd(row, e.constant(15)),
                    e.pointerTo({result, item, 4 * kernel.columns, 0})};
      copy.emit();
      return Values();
    });
  });
}

} // namespace ingot::cpu
