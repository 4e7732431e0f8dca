// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/matmul/TokenWords.h"

#include "codegen/cpu/vector/FourProducts.h"

namespace ingot::cpu {

void TokenWords::write(Emitter &e, Value records, Value tokens, Value words) const {
  const Type bytes = Emitter::vector(e.i8, 32);
  lines.forEach(e, activations, records, tokens, words, [&](Value record, Value to, Value line) {
    const Address codes{record, line, 32, activations.codes};
    Value high = e.load(bytes, codes, 32), low = e.load(bytes, codes.plus(activations.codePlaneBytes), 32);
    for (int odd = 0; odd < 2; odd++) {
      auto half = [&](Value term) { return wordsOf(e, term, odd, /*isSigned=*/true); };
      e.store(e.add(e.shiftLeft(half(high), 7), half(low)), {to, line, 64, 32 * odd}, 32);
    }
  });
}

} // namespace ingot::cpu
