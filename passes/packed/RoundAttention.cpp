// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RoundAttention: the attention of read tokens multiplies in bf16.
#include "passes/Explain.h"
#include "passes/packed/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

namespace ingot {
#define GEN_PASS_DEF_ROUNDATTENTION
#include "passes/packed/Passes.h.inc"

namespace {
struct RoundAttention : impl::RoundAttentionBase<RoundAttention> {
  void runOnOperation() override {
    auto read = getOperation().lookupSymbol<func::FuncOp>("read");
    if (!read) return;
    read.walk([](Operation *op) {
      if (auto attention = dyn_cast<model::AttentionOp>(op)) {
        attention.setProducts(BFloat16Type::get(op->getContext()));
        explainDone(op, "round-attention", "attention multiplies in bf16" + classOf(op));
      } else if (isa<model::MixOp>(op)) {
        explainMissed(op, "round-attention", "attention multiplies in float32" + classOf(op), "it is in three parts");
      }
    });
  }
};
} // namespace
} // namespace ingot
