// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/packed/ActivationKind.h"

namespace ingot::packed {

uint8_t sumsNeeded(BlockFormat format) {
  const BlockFormatInfo &block = info(format);
  if (!block.isQuantised()) return 0;
  uint8_t sums = 0;
  if (block.zeroPoint) sums |= block.subBlock == 16 ? negated16 : negated32;
  if (block.minimum != ScaleKind::none) sums |= block.subBlock == 16 ? scaled16 : scaled32;
  return sums;
}

bool takesWords(BlockFormat format) {
  const int bits = info(format).bits;
  return info(format).isQuantised() && (bits == 4 || bits == 8);
}

} // namespace ingot::packed
