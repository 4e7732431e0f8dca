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
std::string windowText(model::AttentionOp attention) {
  auto window = attention.getWindow();
  return window ? " over the last " + std::to_string(*window) + " tokens" : std::string(" over all tokens before");
}

struct FuseAttention : impl::FuseAttentionBase<FuseAttention> {
  void runOnOperation() override {
    SmallVector<model::MixOp> mixes;
    getOperation().walk([&](model::MixOp mix) { mixes.push_back(mix); });
    for (model::MixOp mix : mixes) fuse(mix);
  }

  /// Keys and values are stored alike: of the same heads and width, and in caches of the same room and element or in none.
  static bool areAlike(Type keys, Type values) {
    auto keyCache = dyn_cast<model::CacheType>(keys), valueCache = dyn_cast<model::CacheType>(values);
    if (!keyCache || !valueCache) return keys == values;
    return keyCache.getHeads() == valueCache.getHeads() && keyCache.getWidth() == valueCache.getWidth() &&
           keyCache.getPositions() == valueCache.getPositions() && keyCache.getElement() == valueCache.getElement();
  }

  static void fuse(model::MixOp mix) {
    auto softmax = mix.getProbabilities().getDefiningOp<model::SoftmaxOp>();
    auto scores = softmax ? softmax.getInput().getDefiningOp<model::ScoresOp>() : nullptr;
    if (!scores)
      return explainMissed(mix, "fuse-attention", "attention stays in three parts",
                           "its probabilities are not a softmax of scores");
    if (!softmax->hasOneUse() || !scores->hasOneUse())
      return explainMissed(mix, "fuse-attention", "attention stays in three parts", "its scores or probabilities have other uses");
    if (scores.getQueries().getType() != mix.getType())
      return explainMissed(mix, "fuse-attention", "attention stays in three parts", "values are not as wide as queries");
    if (!areAlike(scores.getKeys().getType(), mix.getValues().getType()))
      return explainMissed(mix, "fuse-attention", "attention stays in three parts", "keys and values are stored differently");
    OpBuilder builder(mix);
    auto attention =
        model::AttentionOp::create(builder, mix.getLoc(), mix.getType(), scores.getQueries(), scores.getKeys(), mix.getValues(),
                                   softmax.getPositions(), scores.getScaleAttr(), softmax.getWindowAttr(), /*products=*/TypeAttr());
    mix.replaceAllUsesWith(attention.getResult());
    mix.erase();
    softmax.erase();
    scores.erase();
    explainDone(attention, "fuse-attention",
                "scores, softmax and their mix with the values are one attention" + windowText(attention));
  }
};
} // namespace
} // namespace ingot
