// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// FuseResidual: x + matmul(…) is written over x.
#include "passes/Explain.h"
#include "passes/kernel/MergeGroups.h"
#include "passes/kernel/Passes.h"

#include "dialects/model/Model.h"
#include "dialects/packed/Packed.h"

using namespace mlir;

namespace ingot {
#define GEN_PASS_DEF_FUSERESIDUAL
#include "passes/kernel/Passes.h.inc"

namespace {
bool isSingle(kernel::GroupOp group, function_ref<bool(Operation &)> isIt) {
  return group && llvm::hasSingleElement(group.block().without_terminator()) && isIt(group.block().front());
}

struct FuseResidual : impl::FuseResidualBase<FuseResidual> {
  void runOnOperation() override {
    SmallVector<kernel::GroupOp> adds;
    getOperation().walk([&](kernel::GroupOp group) {
      if (isSingle(group, [](Operation &op) { return isa<model::AddOp>(op); })) adds.push_back(group);
    });
    for (kernel::GroupOp add : adds) fuse(add);
  }

  void fuse(kernel::GroupOp add) {
    kernel::GroupOp matmul;
    Value residual;
    for (auto [index, input] : llvm::enumerate(add.getInputs()))
      if (auto producer = input.getDefiningOp<kernel::GroupOp>();
          isSingle(producer, [](Operation &op) { return isa<packed::MatmulOp>(op); })) {
        matmul = producer;
        residual = add.getInputs()[add.getInputs().size() - 1 - index];
      }
    if (!matmul)
      return explainMissed(add, "fuse-residual", "add" + classOf(add) + " left alone", "neither operand is a matmul's result");
    if (add.getInputs().size() != 2 || add.block().front().getOperand(0) == add.block().front().getOperand(1))
      return explainMissed(add, "fuse-residual", "add" + classOf(add) + " left alone", "it does not add two values");
    if (matmul->getBlock() != add->getBlock() || matmul.getWanted() != add.getWanted())
      return explainMissed(add, "fuse-residual", "add" + classOf(add) + " left alone",
                           "the matmul works elsewhere or on other tokens");
    if (matmul.getNumResults() != 1 || !matmul->hasOneUse())
      return explainMissed(add, "fuse-residual", "add" + classOf(add) + " left alone", "the matmul's result has other uses");
    if (!residual.getDefiningOp<kernel::GroupOp>() || residual.getDefiningOp() == matmul)
      return explainMissed(add, "fuse-residual", "add" + classOf(add) + " left alone",
                           "the other operand is not a kernel's result");
    bool isLast = llvm::all_of(residual.getUsers(), [&](Operation *user) {
      return user == add || (user->getBlock() == add->getBlock() && user->isBeforeInBlock(add));
    });
    if (!isLast)
      return explainMissed(add, "fuse-residual", "add" + classOf(add) + " left alone", "the other operand is needed later");
    kernel::GroupOp merged = mergeGroups(matmul, add);
    explainDone(merged, "fuse-residual", tensorNames(merged.getInputs()) + " adds to the residual in place" + classOf(merged));
  }
};
} // namespace
} // namespace ingot
