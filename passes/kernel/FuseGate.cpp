// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// FuseGate: gate and up projections, activation, product and rounding in one kernel.
#include "passes/Explain.h"
#include "passes/kernel/MergeGroups.h"
#include "passes/kernel/Passes.h"

#include "dialects/kernel/Gate.h"

using namespace mlir;

namespace ingot {
#define GEN_PASS_DEF_FUSEGATE
#include "passes/kernel/Passes.h.inc"

namespace {
struct FuseGate : impl::FuseGateBase<FuseGate> {
  explicit FuseGate(const plan::TargetLayout &target) : target(target) {}
  FuseGate(const FuseGate &other) : FuseGateBase(other), target(other.target) {}

  void runOnOperation() override {
    SmallVector<kernel::GroupOp> gates;
    getOperation().walk([&](kernel::GroupOp group) {
      if (kernel::gateOf(group.block())) gates.push_back(group);
    });
    for (kernel::GroupOp gate : gates) fuse(gate);
  }

  /// Null when the matmul can take the gate over, else why not.
  const char *obstacle(kernel::GroupOp matmul, kernel::GroupOp gate, kernel::Gate &ops) const {
    if (!matmul || !llvm::hasSingleElement(matmul.block().without_terminator())) return "its inputs are not those of one matmul";
    auto product = dyn_cast<packed::MatmulOp>(matmul.block().front());
    if (!product || product.getNumResults() != 2) return "its inputs are not those of one matmul";
    if (matmul.getWanted() != gate.getWanted()) return "the matmul works on other tokens";
    auto argumentOf = [&](Value value) { return gate.getInputs()[cast<BlockArgument>(value).getArgNumber()]; };
    if (argumentOf(ops.gate) != matmul.getResult(0) || argumentOf(ops.up) != matmul.getResult(1))
      return "its inputs are not gate and up of one matmul";
    if (!matmul.getResult(0).hasOneUse() || !matmul.getResult(1).hasOneUse()) return "the matmul's results have other uses";
    if (!target.multipliesGates(product, ops.quantise.getType())) return "the target's matmul cannot end in this rounding";
    return nullptr;
  }

  void fuse(kernel::GroupOp gate) {
    kernel::Gate ops = *kernel::gateOf(gate.block());
    kernel::GroupOp matmul = gate.getInputs().front().getDefiningOp<kernel::GroupOp>();
    if (const char *why = obstacle(matmul, gate, ops))
      return explainMissed(gate, "fuse-gate", operationNames(gate.block()) + " apart" + classOf(gate), why);
    const std::string names = operationNames(gate.block());
    kernel::GroupOp merged = mergeGroups(matmul, gate);
    explainDone(merged, "fuse-gate", tensorNames(merged.getInputs()) + " end in " + names + classOf(merged));
  }

  const plan::TargetLayout &target;
};
} // namespace

std::unique_ptr<Pass> createFuseGate(const plan::TargetLayout &target) { return std::make_unique<FuseGate>(target); }
} // namespace ingot
