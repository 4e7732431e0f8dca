// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/matmul/TokenWords.h"

namespace ingot::cpu {

void TokenWords::write(Emitter &e, Value records, Value tokens, Value words) const {
  if (lines == 0) return;
  const Type pairs = Emitter::vector(e.i16, 16);
  e.loop(e.constant(0), tokens, 1, {}, [&](Value token, ValueRange) {
    Value high = e.pointerTo({records, token, activations.recordBytes, activations.codes});
    Value low = e.pointerTo({high, Value(), 0, activations.codePlaneBytes}), to = e.pointerTo({words, token, tokenBytes(), 0});
    e.loop(lines, {}, [&](Value line, ValueRange) {
      Value highs = e.load(pairs, {high, line, 32, 0}, 32), lows = e.load(pairs, {low, line, 32, 0}, 32);
      for (int odd = 0; odd < 2; odd++) {
        // 128 * high + low, each in the upper byte of its word first.
        auto signedByte = [&](Value both, int to) {
          Value upper = odd == 1 ? e.bitAnd(both, e.splat(pairs, -256)) : e.shiftLeft(both, 8);
          return e.shiftRightArithmetic(upper, 8 - to);
        };
        e.store(e.add(signedByte(highs, 7), signedByte(lows, 0)), {to, line, 64, 32 * odd}, 32);
      }
      return Values();
    });
    return Values();
  });
}

} // namespace ingot::cpu
