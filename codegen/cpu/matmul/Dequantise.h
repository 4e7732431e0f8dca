// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Quantised weights as numbers: float32 lanes for an engine that multiplies them at once, or a whole panel rounded to bfloat16.
#ifndef INGOT_CODEGEN_CPU_MATMUL_DEQUANTISE_H
#define INGOT_CODEGEN_CPU_MATMUL_DEQUANTISE_H

#include "codegen/cpu/matmul/Scales.h"
#include "codegen/cpu/matmul/Strips.h"

namespace ingot::cpu {

/// Hands over the 32 columns of a block one after the other: 16 float32, one a row, each exact but for the rounding of
/// `code * scale + minimum`. The strip has been entered.
void dequantiseBlock(Emitter &e, const PanelLayout &layout, Scales &scales, const StripBlock &block,
                     llvm::function_ref<void(Value weights, int column)> take);

/// The layout of a panel of so many columns after `widenPanel`: that of BF16 weights.
PanelLayout widenedLayout(const PanelLayout &layout);

/// Bytes of 32 columns of a panel after that.
constexpr int64_t widenedBlockBytes = 16 * 64;

/// Writes 32 columns of a quantised panel as bfloat16 (to nearest even), in quarters that other instructions may stand between. The
/// strip has been entered.
class WidenedBlock {
public:
  static constexpr int quarters = 4;

  WidenedBlock(Emitter &e, const PanelLayout &layout, Scales &scales, const StripBlock &block, const Address &to);
  void write(int quarter);

private:
  Emitter &e;
  const PanelLayout &layout;
  Scales &scales;
  const StripBlock block;
  const Address to;
  CodeReader codes;
  int subBlock = -1; ///< whose scale is `of`
  ScaleAndMinimum of;
};

/// Writes a quantised panel as bfloat16 (to nearest even) to `widened`, widenedLayout(layout).panelBytes.
void widenPanel(Emitter &e, const PanelLayout &layout, Value panel, Value widened);

} // namespace ingot::cpu
#endif
