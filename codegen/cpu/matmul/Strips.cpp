// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/matmul/Strips.h"

#include <algorithm>

namespace ingot::cpu {

void askAhead(Emitter &e, const Address &line, int64_t bytes, int64_t farBytes) {
  constexpr uint32_t secondLevel = 2;
  e.prefetch(line.plus(bytes));
  if (farBytes != 0) e.prefetch(line.plus(farBytes), secondLevel);
}

Values forEachBlock(Emitter &e, const PanelLayout &layout, Value panel, StripWalk walk, ValueRange initial,
                    llvm::function_ref<void(Value strip)> enter,
                    llvm::function_ref<void(const StripBlock &, Values &carried)> block,
                    llvm::function_ref<void(Value strip, Value index, Values &carried)> leave) {
  const int64_t blocks = layout.columns / 32, inStrip = layout.stripColumns / 32, unroll = std::min(walk.unroll, inStrip);
  const int64_t linesOfGroup = (layout.stripBytes / 64 * unroll + inStrip - 1) / inStrip;

  // `count` blocks in a row: the strip's group `group` (null: the first) of `unroll` blocks, block `inRow` of the matrix's row.
  auto emitGroup = [&](Value strip, Value group, Value inRow, int64_t count, ValueRange carried) {
    Values now(carried);
    Value first = group ? e.multiply(group, e.constant(unroll)) : Value();
    if (first) inRow = e.add(inRow, first);
    for (int64_t ahead = 0; ahead < count; ahead++) {
      if (walk.prefetchBytes != 0)
        for (int64_t line = ahead * linesOfGroup / unroll; line < (ahead + 1) * linesOfGroup / unroll; line++)
          for (int panel = 0; panel < walk.panels; panel++)
            askAhead(e, {strip, group, 64 * linesOfGroup, panel * layout.panelBytes + 64 * line}, walk.prefetchBytes,
                     walk.prefetchFar);
      block({strip, {first, ahead}, {inRow, ahead}}, now);
    }
    return now;
  };
  auto stripAt = [&](Value index) {
    Value strip = e.pointerTo({panel, index, layout.stripBytes, 0});
    enter(strip);
    return strip;
  };

  auto eachStrip = [&](Value index, ValueRange outer) {
    Value strip = stripAt(index), inRow = e.multiply(index, e.constant(inStrip));
    Values carried = unroll == inStrip ? emitGroup(strip, Value(), inRow, unroll, outer)
                                       : e.loop(inStrip / unroll, outer, [&](Value group, ValueRange inner) {
                                           return emitGroup(strip, group, inRow, unroll, inner);
                                         });
    if (leave) leave(strip, index, carried);
    return carried;
  };
  if (walk.strips) return e.loop(e.constant(0), walk.strips, 1, initial, eachStrip);
  Values carried = e.loop(blocks / inStrip, initial, eachStrip);
  if (blocks % inStrip == 0) return carried;
  Value last = e.constant(blocks / inStrip), inRow = e.constant(blocks / inStrip * inStrip);
  Value strip = stripAt(last);
  carried = emitGroup(strip, Value(), inRow, blocks % inStrip, carried);
  if (leave) leave(strip, last, carried);
  return carried;
}

} // namespace ingot::cpu
