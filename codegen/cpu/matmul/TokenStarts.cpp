// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/matmul/TokenStarts.h"

#include "codegen/cpu/vector/Functions.h"

#include "llvm/Support/MathExtras.h"

namespace ingot::cpu {

TokenStarts::TokenStarts(const PanelLayout &unpacked, const ActivationLayout &activations)
    : format(packed::info(unpacked.format)), activations(activations), codeShift(unpacked.codeShift),
      lines{format.zeroPoint == 0 || unpacked.signedCodes ? 0
                                                          : llvm::divideCeilSigned(activations.columns / format.subBlock * 4, 64)} {
}

void TokenStarts::write(Emitter &e, Value records, Value tokens, Value starts) const {
  if (lines.count == 0) return;
  const int64_t plane = format.subBlock == 16 ? activations.negated16 : activations.negated32;
  const int32_t second = format.subBlock == 16 && codeShift == 0 ? 0 : integerShiftBits;
  const int64_t bits = llvm::Log2_64(format.zeroPoint) + codeShift;
  llvm::SmallVector<int32_t> shifts;
  for (int lane = 0; lane < 16; lane++) shifts.push_back(lane % 2 == 0 ? integerShiftBits : second);
  Value shift = e.lanes(e.ints, shifts);
  lines.forEach(e, activations, records, tokens, starts, [&](Value record, Value to, Value line) {
    Value share = e.shiftLeft(e.load(e.ints, {record, line, 64, plane}, 64), bits);
    e.store(e.add(share, shift), {to, line, 64, 0}, 64);
  });
}

} // namespace ingot::cpu
