// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/matmul/Dequantise.h"

namespace ingot::cpu {

void dequantiseBlock(Emitter &e, const PanelLayout &layout, Scales &scales, const StripBlock &block,
                     llvm::function_ref<void(Value weights, int column)> take) {
  const packed::BlockFormatInfo &format = packed::info(layout.format);
  const int vectors = vectorsInBlock * format.subBlock / 32;
  const auto codes = unpackCodes(e, layout, block.strip, block.inStrip);
  // Zero points leave as bytes, so that what is shifted out with its sign is the exact integer.
  Value zeroPoint = e.splat(e.bytes, static_cast<int8_t>(format.zeroPoint));
  const bool isSigned = format.zeroPoint != 0;
  ScaleAndMinimum of;
  for (int j = 0; j < vectorsInBlock; j++) {
    if (j % vectors == 0) of = scales.of(block.inStrip, j / vectors);
    Value quads = e.bitcast(e.ints, e.subtract(e.bitcast(e.bytes, codes[j]), zeroPoint));
    for (int i = 0; i < 4; i++) {
      Value top = e.shiftLeft(quads, 24 - 8 * i);
      Value value = e.toFloats(isSigned ? e.shiftRightArithmetic(top, 24) : e.shiftRight(top, 24));
      take(of.minimum ? e.fma(value, of.scale, of.minimum) : e.multiplyFloats(value, of.scale), 4 * j + i);
    }
  }
}

PanelLayout widenedLayout(const PanelLayout &layout) { return PanelLayout::of(packed::BlockFormat::BF16, layout.columns); }

void widenBlock(Emitter &e, const PanelLayout &layout, Scales &scales, const StripBlock &block, const Address &to) {
  const Type halves = Emitter::vector(e.bf16, 2 * panelRows);
  llvm::SmallVector<int32_t> pairs; // lane r of the even column beside lane r of the odd one
  for (int row = 0; row < panelRows; row++) pairs.append({row, panelRows + row});
  Value even;
  dequantiseBlock(e, layout, scales, block, [&](Value weights, int column) {
    if (column % 2 == 0) {
      even = weights;
      return;
    }
    Value both = e.intrinsic("llvm.x86.avx512bf16.cvtne2ps2bf16.512", halves, {weights, even});
    e.store(e.shuffle(both, both, pairs), to.plus(column / 2 * 64), 64);
  });
}

void widenPanel(Emitter &e, const PanelLayout &layout, Value panel, Value widened) {
  const PanelLayout to = widenedLayout(layout);
  Scales scales(e, layout);
  forEachBlock(
      e, layout, panel, {}, {}, [&](Value strip) { scales.enter(strip); },
      [&](const StripBlock &block, Values &) {
        widenBlock(e, layout, scales, block, block.inRow.in(widened, to.low, widenedBlockBytes));
      });
}

} // namespace ingot::cpu
