// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// FuseAttention: scores -> softmax -> mix becomes one op, so that the scores never reach memory.
#include "passes/Explain.h"
#include "passes/model/Passes.h"

#include "mlir/IR/Builders.h"

using namespace mlir;

namespace ingot {
#define GEN_PASS_DEF_FUSEATTENTION
#include "passes/model/Passes.h.inc"

namespace {
struct FuseAttention : impl::FuseAttentionBase<FuseAttention> {
  void runOnOperation() override {
    getOperation().walk([&](model::MixOp mix) {
      auto softmax = mix.getProbabilities().getDefiningOp<model::SoftmaxOp>();
      auto scores = softmax ? softmax.getInput().getDefiningOp<model::ScoresOp>() : nullptr;
      if (!scores) return explainMissed(mix, "fuse-attention", "mix left alone", "its probabilities are not a softmax of scores");
      if (!softmax->hasOneUse() || !scores->hasOneUse())
        return explainMissed(mix, "fuse-attention", "mix left alone", "its scores or probabilities have other uses");
      if (scores.getQueries().getType() != mix.getType())
        return explainMissed(mix, "fuse-attention", "mix left alone", "values are not as wide as queries");
      OpBuilder builder(mix);
      auto attention =
          model::AttentionOp::create(builder, mix.getLoc(), mix.getType(), scores.getQueries(), scores.getKeys(), mix.getValues(),
                                     softmax.getPositions(), scores.getScaleAttr(), softmax.getWindowAttr());
      mix.replaceAllUsesWith(attention.getResult());
      mix.erase();
      softmax.erase();
      scores.erase();
      explainDone(attention, "fuse-attention", "scores, softmax and mix became attention");
    });
  }
};
} // namespace
} // namespace ingot
