// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/layout/ActivationLayout.h"

#include "codegen/cpu/layout/Planes.h"

namespace ingot::cpu {

static int64_t sumsOf(int64_t columns, int subBlock) { return (columns + subBlock - 1) / subBlock * 4; }

/// Both terms of a column are read together: at a multiple of 4 KB from each other they would share a set of a cache (Q4_K with
/// 4096 columns: 80 % of plain reading, with this gap 86, Zen 4).
constexpr int64_t betweenTerms = 1088;

ActivationLayout ActivationLayout::of(ActivationKind kind, int64_t columns, uint8_t parts) {
  ActivationLayout layout = {kind, columns, 0, 0, 0, -1, -1, -1, -1, -1, 0};
  Planes planes;
  switch (kind) {
  case ActivationKind::f32:
    layout.codes = planes.add(columns * 4);
    break;
  case ActivationKind::bf16:
    layout.codes = planes.add((columns + 1) / 2 * 4);
    break;
  case ActivationKind::q8:
    layout.terms = 1;
    layout.codes = planes.add(columns);
    break;
  case ActivationKind::q15:
    layout.terms = parts & ActivationParts::words ? 0 : 2;
    layout.codes = planes.add(parts & ActivationParts::words ? 2 * columns : columns);
    break;
  }
  if (layout.terms == 2) planes.add(betweenTerms);
  layout.codePlaneBytes = planes.bytes();
  if (layout.terms == 2) planes.add(columns);
  if (packed::isInteger(kind)) {
    layout.scales = planes.add(sumsOf(columns, 32)); // a float32 a block, as large as a sum
    if (parts & ActivationParts::negated32) layout.negated32 = planes.add(sumsOf(columns, 32));
    if (parts & ActivationParts::negated16) layout.negated16 = planes.add(sumsOf(columns, 16));
    if (parts & ActivationParts::scaled32) layout.scaled32 = planes.add(sumsOf(columns, 32));
    if (parts & ActivationParts::scaled16) layout.scaled16 = planes.add(sumsOf(columns, 16));
  }
  // An odd number of lines, so that the same column of several tokens lies in different sets of a cache.
  layout.recordBytes = planes.bytes() + (planes.bytes() / 64 % 2 == 0 ? 64 : 0);
  return layout;
}

} // namespace ingot::cpu
