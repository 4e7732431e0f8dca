// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// NarrowWanted: what only wanted rows depend on is computed for the wanted rows alone. The pick moves up from the end of the model
// to the last layer's attention, whose keys and values are still everyone's.
#include "passes/Explain.h"
#include "passes/model/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"

using namespace mlir;

namespace ingot {
#define GEN_PASS_DEF_NARROWWANTED
#include "passes/model/Passes.h.inc"

namespace {
bool isAttention(Operation *op) { return isa<model::AttentionOp, model::ScoresOp>(op); }

/// Whether each row of the results depends on the same row of the first operands alone; attention also on caches.
bool isTokenWise(Operation *op) {
  return isa<model::AddOp, model::MultiplyOp, model::SiluOp, model::GeluOp, model::ScaleOp, model::RmsNormOp, model::ReshapeOp,
             model::RopeOp, model::LinearOp, model::ProjectionsOp, model::AttentionOp, model::ScoresOp, model::SoftmaxOp,
             model::MixOp>(op);
}

/// Whether the operand is rows of which the op needs the same ones that it makes. Keys and values that are in no cache are needed
/// whole.
bool isRowOperand(OpOperand &operand) {
  Type type = operand.get().getType();
  if (isAttention(operand.getOwner()) || isa<model::MixOp, model::SoftmaxOp>(operand.getOwner()))
    return operand.getOperandNumber() == 0;
  return model::isRows(type);
}

struct NarrowWanted : impl::NarrowWantedBase<NarrowWanted> {
  void runOnOperation() override {
    // Of generated tokens the logits are wanted as a rule, and picking rows twice would be one more step.
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (function.getBody().hasOneBlock() && function.getName() != "generated") narrow(function.getBody().front());
  }

  static void narrow(Block &block) {
    SmallVector<model::WantedOp> picks(block.getOps<model::WantedOp>());
    if (picks.size() != 1) return;
    model::WantedOp pick = picks.front();
    llvm::SetVector<Operation *> narrowed; // from the end of the block on
    for (Operation &op : llvm::reverse(block)) {
      auto isNarrow = [&](OpOperand &use) {
        return use.getOwner() == pick || (narrowed.contains(use.getOwner()) && isRowOperand(use) && !isAttention(use.getOwner()));
      };
      if (isTokenWise(&op) && !op.use_empty() && llvm::all_of(op.getUses(), isNarrow)) narrowed.insert(&op);
    }
    if (narrowed.empty())
      return explainMissed(pick, "narrow-wanted", "rows are picked where they are wanted" + classOf(pick),
                           "what makes them is needed for the others too");
    Operation *first = narrowed.back();
    std::string tensors = allTensors(narrowed);
    OpBuilder builder(first);
    llvm::DenseMap<Value, Value> picked;
    for (Operation *op : llvm::reverse(narrowed))
      for (OpOperand &operand : op->getOpOperands()) {
        if (!isRowOperand(operand) || narrowed.contains(operand.get().getDefiningOp())) continue;
        Value &rows = picked[operand.get()];
        if (!rows) {
          // Before all that is narrowed: whatever is picked at one place is picked in one step.
          if (Operation *source = operand.get().getDefiningOp(); source && first->isBeforeInBlock(source))
            builder.setInsertionPoint(op);
          rows = model::WantedOp::create(builder, pick.getLoc(), operand.get().getType(), operand.get());
          builder.setInsertionPoint(first);
        }
        operand.set(rows);
      }
    bool hasAttention = llvm::any_of(narrowed, isAttention);
    explainDone(pick, "narrow-wanted",
                (hasAttention ? "after the last attention, " : "") + tensors + " only for the tokens whose logits are wanted" +
                    classOf(pick));
    pick.replaceAllUsesWith(pick.getInput());
    pick.erase();
  }

  /// The tensors that narrowed ops multiply with, in order.
  static std::string allTensors(const llvm::SetVector<Operation *> &narrowed) {
    SmallVector<Value> weights;
    for (Operation *op : llvm::reverse(narrowed))
      if (isa<model::LinearOp, model::ProjectionsOp>(op))
        for (Value operand : op->getOperands().drop_front()) weights.push_back(operand);
    std::string names = tensorNames(weights);
    return names.empty() ? "what makes the rows" : names;
  }
};
} // namespace
} // namespace ingot
