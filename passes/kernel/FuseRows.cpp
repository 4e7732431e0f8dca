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

struct FuseRows : impl::FuseRowsBase<FuseRows> {
  /// Null when the two may join, else why not.
  static const char *obstacle(kernel::GroupOp first, kernel::GroupOp second) {
    if (first.getWanted() != second.getWanted()) return "one works on all tokens, the other on the wanted ones";
    if (picksWanted(second)) return "the second picks the wanted rows of the first";
    if (hasUseBetween(first, second)) return "a kernel between them needs the first";
    if (picksWanted(first))
      for (Value input : second.getInputs())
        if (isPerToken(input) && input.getDefiningOp() != first) return "the second also reads rows picked before";
    return nullptr;
  }

  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      kernel::GroupOp last;
      for (Operation &op : llvm::make_early_inc_range(function.getBody().front())) {
        auto group = dyn_cast<kernel::GroupOp>(op);
        if (!group || kernel::kindOf(group.block()) != kernel::Kind::rows) continue;
        if (last) {
          if (const char *why = obstacle(last, group))
            explainMissed(group, "fuse-rows", "row kernels left apart", why);
          else {
            group = mergeGroups(last, group);
            explainDone(group, "fuse-rows",
                        "row kernels joined: " + Twine(llvm::range_size(group.block().without_terminator())) + " ops");
          }
        }
        last = group;
      }
    }
  }
};
} // namespace
} // namespace ingot
