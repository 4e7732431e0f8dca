// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// FuseProjections: linears of one input become one op, at the place of the first.
#include "passes/Explain.h"
#include "passes/model/Passes.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;

namespace ingot {
#define GEN_PASS_DEF_FUSEPROJECTIONS
#include "passes/model/Passes.h.inc"

namespace {
struct FuseProjections : impl::FuseProjectionsBase<FuseProjections> {
  void runOnOperation() override {
    llvm::MapVector<std::pair<Value, Block *>, SmallVector<model::LinearOp>> byInput;
    getOperation().walk([&](model::LinearOp linear) { byInput[{linear.getInput(), linear->getBlock()}].push_back(linear); });
    for (auto &[key, linears] : byInput) {
      if (linears.size() == 1) {
        explainMissed(linears[0], "fuse-projections", tensorNames(linears[0].getWeight()) + " alone",
                      "no other product reads its input");
        continue;
      }
      fuse(linears);
    }
  }

  void fuse(MutableArrayRef<model::LinearOp> linears) {
    SmallVector<Value> weights;
    SmallVector<Type> types;
    for (model::LinearOp linear : linears) {
      Operation *weight = linear.getWeight().getDefiningOp();
      if (!isa_and_nonnull<model::WeightOp>(weight))
        return explainMissed(linear, "fuse-projections", "products of one input left apart", "a weight is computed");
      weights.push_back(linear.getWeight());
      types.push_back(linear.getType());
    }
    model::LinearOp first = linears.front();
    for (Value weight : weights) // up, never down: it may be used before
      if (Operation *op = weight.getDefiningOp(); op->getBlock() == first->getBlock() && first->isBeforeInBlock(op))
        op->moveBefore(first);
    OpBuilder builder(first);
    auto fused = model::ProjectionsOp::create(builder, first.getLoc(), types, first.getInput(), weights);
    for (auto &&[linear, result] : llvm::zip(linears, fused.getResults())) {
      linear.replaceAllUsesWith(result);
      linear.erase();
    }
    explainDone(fused, "fuse-projections", tensorNames(weights) + " in one product: their input is read and rounded once");
  }
};
} // namespace
} // namespace ingot
