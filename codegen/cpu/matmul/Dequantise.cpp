// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/matmul/Dequantise.h"

#include <utility>

namespace ingot::cpu {

/// Four columns of 16 rows from their codes.
static std::array<Value, 4> dequantise(Emitter &e, const PanelLayout &layout, Value codes, const ScaleAndMinimum &of) {
  const packed::BlockFormatInfo &format = packed::info(layout.format);
  // Zero points leave as bytes, so that what is shifted out with its sign is the exact integer.
  Value zeroPoint = e.splat(e.bytes, static_cast<int8_t>(format.zeroPoint));
  const bool isSigned = format.zeroPoint != 0;
  Value quads = e.bitcast(e.ints, e.subtract(e.bitcast(e.bytes, codes), zeroPoint));
  std::array<Value, 4> columns;
  for (int i = 0; i < 4; i++) {
    Value top = e.shiftLeft(quads, 24 - 8 * i);
    Value value = e.toFloats(isSigned ? e.shiftRightArithmetic(top, 24) : e.shiftRight(top, 24));
    columns[i] = of.minimum ? e.fma(value, of.scale, of.minimum) : e.multiplyFloats(value, of.scale);
  }
  return columns;
}

/// Code vectors that share a scale.
static int vectorsOfScale(const PanelLayout &layout) { return vectorsInBlock * packed::info(layout.format).subBlock / 32; }

void dequantiseBlock(Emitter &e, const PanelLayout &layout, Scales &scales, const StripBlock &block,
                     llvm::function_ref<void(Value weights, int column)> take) {
  const int vectors = vectorsOfScale(layout);
  const auto codes = unpackCodes(e, layout, block.strip, block.inStrip);
  ScaleAndMinimum of;
  for (int j = 0; j < vectorsInBlock; j++) {
    if (j % vectors == 0) of = scales.of(block.inStrip, j / vectors);
    const auto columns = dequantise(e, layout, codes[j], of);
    for (int i = 0; i < 4; i++) take(columns[i], 4 * j + i);
  }
}

PanelLayout widenedLayout(const PanelLayout &layout) { return PanelLayout::of(packed::BlockFormat::BF16, layout.columns); }

WidenedBlock::WidenedBlock(Emitter &e, const PanelLayout &layout, Scales &scales, const StripBlock &block, const Address &to)
    : e(e), layout(layout), scales(scales), block(block), to(to), codes(e, layout, block.strip, block.inStrip) {}

void WidenedBlock::write(int quarter) {
  constexpr int vectors = vectorsInBlock / quarters;
  llvm::SmallVector<int32_t> pairs; // lane r of the even column beside lane r of the odd one
  for (int row = 0; row < panelRows; row++) pairs.append({row, panelRows + row});
  for (int number = quarter * vectors; number < (quarter + 1) * vectors; number++) {
    const int j = CodeReader::order(layout)[number];
    if (std::exchange(subBlock, j / vectorsOfScale(layout)) != j / vectorsOfScale(layout)) of = scales.of(block.inStrip, subBlock);
    const auto columns = dequantise(e, layout, codes.vector(j), of);
    for (int i = 0; i < 4; i += 2) {
      Value both = e.intrinsic("llvm.x86.avx512bf16.cvtne2ps2bf16.512", Emitter::vector(e.bf16, 2 * panelRows),
                               {columns[i + 1], columns[i]});
      e.store(e.shuffle(both, both, pairs), to.plus((2 * j + i / 2) * 64), 64);
    }
  }
  if (quarter % 2 == 1) codes.forget();
}

void widenPanel(Emitter &e, const PanelLayout &layout, Value panel, Value widened) {
  const PanelLayout to = widenedLayout(layout);
  Scales scales(e, layout);
  forEachBlock(
      e, layout, panel, {}, {}, [&](Value strip) { scales.enter(strip); },
      [&](const StripBlock &block, Values &) {
        WidenedBlock writer(e, layout, scales, block, block.inRow.in(widened, to.low, widenedBlockBytes));
        for (int quarter = 0; quarter < WidenedBlock::quarters; quarter++) writer.write(quarter);
      });
}

} // namespace ingot::cpu
