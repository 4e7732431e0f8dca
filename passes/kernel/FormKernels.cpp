// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// FormKernels: one op, one kernel.
#include "passes/kernel/Passes.h"

#include "dialects/model/Model.h"
#include "dialects/packed/Packed.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;

namespace ingot {
#define GEN_PASS_DEF_FORMKERNELS
#include "passes/kernel/Passes.h.inc"

namespace {
struct FormKernels : impl::FormKernelsBase<FormKernels> {
  /// Named data and the function's end are no work.
  static bool isWork(Operation &op) {
    return !isa<model::WeightOp, packed::WeightOp, model::CacheOp, kernel::GroupOp, kernel::CallOp>(op) &&
           !op.hasTrait<OpTrait::IsTerminator>();
  }

  /// Null when a kernel can hold the op, else why not.
  static const char *obstacle(Operation &op) {
    if (isa<model::EmbedOp, model::LinearOp, model::ProjectionsOp>(op)) return "is not packed";
    if (!isa_and_nonnull<model::ModelDialect, packed::PackedDialect>(op.getDialect()))
      return "is no operation of the model or packed dialect, so no kernel can hold it";
    return nullptr;
  }

  static bool isWanted(Operation &op) {
    if (isa<model::WantedOp>(op)) return true;
    return llvm::any_of(op.getOperands(), [](Value operand) {
      auto producer = operand.getDefiningOp<kernel::GroupOp>();
      return producer && producer.getWanted();
    });
  }

  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function.isExternal() && failed(formKernels(function))) return signalPassFailure();
  }

  static LogicalResult formKernels(func::FuncOp function) {
    if (!function.getBody().hasOneBlock()) return function.emitOpError("has several blocks, but kernels are formed in one");
    for (Operation &op : llvm::make_early_inc_range(function.getBody().front())) {
      if (!isWork(op)) continue;
      if (const char *why = obstacle(op)) return op.emitOpError(why);
      wrap(op);
    }
    return success();
  }

  static void wrap(Operation &op) {
    OpBuilder builder(&op);
    SmallVector<Value> inputs(llvm::SetVector<Value>(op.operand_begin(), op.operand_end()).takeVector());
    auto group = kernel::GroupOp::create(builder, op.getLoc(), op.getResultTypes(), inputs, isWanted(op), kernel::ScheduleAttr());
    Block *body = builder.createBlock(&group.getBody());
    IRMapping mapping;
    for (Value input : inputs) mapping.map(input, body->addArgument(input.getType(), op.getLoc()));
    Operation *inside = builder.clone(op, mapping);
    kernel::YieldOp::create(builder, op.getLoc(), inside->getResults());
    op.replaceAllUsesWith(group.getResults());
    op.erase();
  }
};
} // namespace
} // namespace ingot
