// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Panels that are multiplied one after the other, by number. Which matrix a panel is of, and what becomes of its sums, is up to
// whoever asks for the products.
#ifndef INGOT_CODEGEN_CPU_MATMUL_PANELRANGE_H
#define INGOT_CODEGEN_CPU_MATMUL_PANELRANGE_H

#include "codegen/cpu/vector/Emitter.h"

namespace ingot::cpu {

/// Tokens that pass by panels together.
struct TokenBlock {
  Value first, count;
  Value records; ///< where the record of the first one is
};

struct PanelRange {
  Value begin, end;
  int together = 1; ///< of so many, from `begin` on, one follows the other with the same block of tokens
  llvm::function_ref<Value(Value panel)> weightsAt;
  /// Where the sums of a block's first token will be stored; those of the next one are `resultStride` bytes behind.
  llvm::function_ref<Value(Value panel, const TokenBlock &)> resultAt;
  Value resultStride;
  bool resultsAreNear = false; ///< in a cache: nobody needs to ask for their lines (gate and up: 1.02 times as fast unasked)
  /// Stores the 16 sums of a token.
  llvm::function_ref<void(Value sums, const Address &at, Value panel)> store;
  /// Emits what follows the last token of a block; null: nothing.
  llvm::function_ref<void(Value panel, const TokenBlock &)> finish = nullptr;
};

} // namespace ingot::cpu
#endif
