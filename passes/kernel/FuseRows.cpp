// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// FuseRows: neighbouring row kernels over the same tokens become one.
#include "passes/Explain.h"
#include "passes/kernel/MergeGroups.h"
#include "passes/kernel/Passes.h"

#include "dialects/model/Model.h"
#include "dialects/packed/Packed.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

namespace ingot {
#define GEN_PASS_DEF_FUSEROWS
#include "passes/kernel/Passes.h.inc"

namespace {
bool picksWanted(kernel::GroupOp group) { return !group.block().getOps<model::WantedOp>().empty(); }

/// What the group reads of a token's own: anything but weights and caches.
bool isPerToken(Value input) { return !isa_and_nonnull<model::WeightOp, packed::WeightOp, model::CacheOp>(input.getDefiningOp()); }

/// Whether a matmul between the two, which stand in one block, adds in place to something that `first` reads.
bool isOverwrittenBetween(kernel::GroupOp first, kernel::GroupOp second) {
  for (Operation *op = first->getNextNode(); op != second; op = op->getNextNode()) {
    auto group = dyn_cast<kernel::GroupOp>(op);
    if (!group || kernel::kindOf(group.block()) != kernel::Kind::matmul || group.block().getOps<model::AddOp>().empty()) continue;
    if (llvm::any_of(group.getInputs(),
                     [&](Value input) { return isPerToken(input) && llvm::is_contained(first.getInputs(), input); }))
      return true;
  }
  return false;
}

struct FuseRows : impl::FuseRowsBase<FuseRows> {
  /// Null when the two may join, else why not.
  static const char *obstacle(kernel::GroupOp first, kernel::GroupOp second) {
    if (first.getWanted() != second.getWanted()) return "one works on all tokens, the other on the wanted ones";
    bool readsFirst = llvm::is_contained(first->getUsers(), second.getOperation());
    // Either all rows that a kernel reads are picked, or none are.
    if (picksWanted(second) && (readsFirst || !picksWanted(first))) return "the second picks the wanted rows of the first";
    if (hasUseBetween(first, second)) return "a kernel between them needs the first";
    if (isOverwrittenBetween(first, second)) return "a matmul between them adds in place to what the first reads";
    if (picksWanted(first) && !picksWanted(second))
      for (Value input : second.getInputs())
        if (isPerToken(input) && input.getDefiningOp() != first) return "the second also reads rows picked before";
    return nullptr;
  }

  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      if (!function.getBody().hasOneBlock()) continue;
      kernel::GroupOp last;
      bool isJoined = false;
      auto tell = [&] {
        if (isJoined) explainDone(last, "fuse-rows", operationNames(last.block()) + " in one pass over the rows" + classOf(last));
        isJoined = false;
      };
      for (Operation &op : llvm::make_early_inc_range(function.getBody().front())) {
        auto group = dyn_cast<kernel::GroupOp>(op);
        if (!group || kernel::kindOf(group.block()) != kernel::Kind::rows) continue;
        const char *why = last ? obstacle(last, group) : nullptr;
        if (why) {
          explainMissed(group, "fuse-rows",
                        operationNames(last.block()) + " and " + operationNames(group.block()) + " apart" + classOf(group), why);
          tell();
        } else if (last) {
          group = mergeGroups(last, group);
          isJoined = true;
        }
        last = group;
      }
      tell();
    }
  }
};
} // namespace
} // namespace ingot
