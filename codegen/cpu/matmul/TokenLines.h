// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a thread's scratch holds of each token beside its record: so many lines of 64 bytes, made of the record's.
#ifndef INGOT_CODEGEN_CPU_MATMUL_TOKENLINES_H
#define INGOT_CODEGEN_CPU_MATMUL_TOKENLINES_H

#include "codegen/cpu/layout/ActivationLayout.h"
#include "codegen/cpu/vector/Emitter.h"

namespace ingot::cpu {

struct TokenLines {
  int64_t count; ///< of a token; 0: nothing is held

  /// From a token to the next. Odd numbers of lines, as records have them.
  int64_t tokenBytes() const { return count == 0 ? 0 : 64 * (count | 1); }
  /// Emits `body` for each line of `tokens` records: it reads at `record` and writes line `line` of `to`.
  void forEach(Emitter &e, const ActivationLayout &activations, Value records, Value tokens, Value lines,
               llvm::function_ref<void(Value record, Value to, Value line)> body) const {
    if (count == 0) return;
    e.loop(e.constant(0), tokens, 1, {}, [&](Value token, ValueRange) {
      Value record = e.pointerTo({records, token, activations.recordBytes, 0}), to = e.pointerTo({lines, token, tokenBytes(), 0});
      e.loop(count, {}, [&](Value line, ValueRange) { return body(record, to, line), Values(); });
      return Values();
    });
  }
};

} // namespace ingot::cpu
#endif
