// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Columns of a panel as many tokens find them in a thread's scratch, where what each tile of tokens would repeat has been done
// once. A block of 32 columns follows the other, each a strip of its own (PanelLayout.h):
//
//   codes     8 vectors of 64 bytes, as planes of eight bits have them, shifted by codeShift; signed where products take them so.
//   For 15-bit inputs with
//             AVX2 as int16, less their zero point
//   scales    float32 [32 / subBlock][16 rows]
//   minimums  the same, where the format has them; with pairedMinimums the planes of a super-block have int16 [16 rows][2] for each
//             pair of its sub-blocks, then what all of them are times, float32 [16 rows] (pairOffset of Scales.h)
//   shifts    float32 [16 rows], where units are shared: what the shift of dots (TokenStarts.h) adds, negative
#ifndef INGOT_CODEGEN_CPU_MATMUL_UNPACKEDPANEL_H
#define INGOT_CODEGEN_CPU_MATMUL_UNPACKEDPANEL_H

#include "codegen/cpu/layout/ActivationLayout.h"
#include "codegen/cpu/matmul/Strips.h"
#include "codegen/cpu/target/VectorUnit.h"

namespace ingot::cpu {

PanelLayout unpackedLayout(const PanelLayout &layout, ActivationKind kind, const VectorUnit &unit);

/// Writes the strips of a walk, from `strip` on, to `unpacked`, which has the layout `to`.
void unpackStrips(Emitter &e, const PanelLayout &layout, Value strip, const StripWalk &walk, const PanelLayout &to, Value unpacked);

} // namespace ingot::cpu
#endif
