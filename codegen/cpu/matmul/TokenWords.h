// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A token's 15-bit activations as words (ActivationLayout.h), made of both bytes of a record that has no words: the kernel's other
// users of the record multiply bytes.
#ifndef INGOT_CODEGEN_CPU_MATMUL_TOKENWORDS_H
#define INGOT_CODEGEN_CPU_MATMUL_TOKENWORDS_H

#include "codegen/cpu/layout/PanelLayout.h"
#include "codegen/cpu/matmul/TokenLines.h"

namespace ingot::cpu {

class TokenWords {
public:
  TokenWords(const PanelLayout &unpacked, const ActivationLayout &activations)
      : activations(activations), lines{unpacked.hasWords() && !activations.hasWords() ? activations.columns / 32 : 0} {}

  /// From a token to the next; 0 where records have what is needed.
  int64_t tokenBytes() const { return lines.tokenBytes(); }
  /// Writes those of `tokens` records to `words`.
  void write(Emitter &e, Value records, Value tokens, Value words) const;

private:
  const ActivationLayout &activations;
  TokenLines lines; ///< a block of 32 columns each
};

} // namespace ingot::cpu
#endif
