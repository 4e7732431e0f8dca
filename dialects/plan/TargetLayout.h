// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a plan must know of a target: sizes in memory and how kernels divide their work. Each code generator implements it; the
// compiler hands it to the passes, which stay free of targets.
#ifndef INGOT_DIALECTS_PLAN_TARGETLAYOUT_H
#define INGOT_DIALECTS_PLAN_TARGETLAYOUT_H

#include "dialects/kernel/Kernel.h"
#include "dialects/model/Model.h"
#include "dialects/packed/Packed.h"

namespace ingot::plan {

class TargetLayout {
public:
  virtual ~TargetLayout() = default;
  /// Bytes of a packed matrix.
  virtual int64_t matrixBytes(packed::MatrixType matrix) const = 0;
  /// Bytes of a sequence's keys or values, all heads and positions.
  virtual int64_t cacheBytes(model::CacheType cache) const = 0;
  /// Bytes of one token's record.
  virtual int64_t activationBytes(packed::ActivationsType activations) const = 0;
  /// Items of a matmul's domain (panels of outputs), and the bytes of weights behind one.
  virtual int64_t matmulItems(packed::MatmulOp matmul) const = 0;
  /// Whether there are so many for each block of the tokens that the matmul handles together, or as many whatever the tokens.
  virtual bool matmulItemsGrow(packed::MatmulOp matmul) const = 0;
  virtual int64_t matmulItemBytes(packed::MatmulOp matmul) const = 0;
  /// How an attention kernel cuts the keys into ranges, so that threads share a long text.
  struct KeySplit {
    int64_t keys = 0;                           ///< of a range; 0: the number of ranges does not grow with the text
    int64_t partialBytes = 0, arrivalBytes = 0; ///< of a row's partial results and counters; 0: there are none
  };
  virtual KeySplit attentionSplit(mlir::Operation *attention, int64_t tokensPerBlock) const = 0;
  /// Items of an attention kernel for each block of tokens, and for each range where their number grows.
  virtual int64_t attentionItems(mlir::Operation *attention, int64_t tokensPerBlock) const = 0;
  /// Bytes of scratch that a thread needs for the kernel.
  virtual int64_t scratchBytes(kernel::FuncOp kernel) const = 0;
  /// Whether the kernel of a matmul of gate and up can end in their gate (kernel/Gate.h), rounded to `result`.
  virtual bool multipliesGates(packed::MatmulOp matmul, packed::ActivationsType result) const = 0;
  /// Tokens that a matmul and attention handle together when there are many.
  virtual int64_t matmulTokens(packed::MatmulOp matmul) const = 0;
  /// How far ahead a matmul asks for its weights, in bytes; 0: the processor does that better by itself.
  struct Prefetch {
    int64_t several = 0, one = 0; ///< with several tokens, with one alone
  };
  /// `fewTokens`: it waits for weights more than for anything else.
  virtual Prefetch matmulPrefetch(packed::MatmulOp matmul, bool fewTokens) const = 0;
  virtual int64_t attentionTokens(mlir::Operation *attention) const = 0;
};

} // namespace ingot::plan
#endif
