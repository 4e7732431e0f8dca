// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ChooseSchedules: the defaults that hold where no tuning record says otherwise.
#include "passes/Explain.h"
#include "passes/kernel/Passes.h"

#include "dialects/model/Model.h"
#include "dialects/packed/Packed.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

namespace ingot {
#define GEN_PASS_DEF_CHOOSESCHEDULES
#include "passes/kernel/Passes.h.inc"

namespace {
/// Weights that a thread claims at once: large against the cost of a claim (0.1 us = 3 KB at 30 GB/s), small against a thread's
/// share.
constexpr int64_t bytesPerClaim = 64 * 1024;
/// Fewest claims a step is cut into, so that a late thread delays little.
constexpr int64_t claimsPerStep = 12;

std::string counted(int64_t count, const char *thing) { return std::to_string(count) + " " + thing + (count == 1 ? "" : "s"); }

struct ChooseSchedules : impl::ChooseSchedulesBase<ChooseSchedules> {
  explicit ChooseSchedules(const plan::TargetLayout &target) : target(target) {}

  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      bool isGenerated = function.getName() == "generated";
      function.walk([&](kernel::GroupOp group) {
        group.setScheduleAttr(choose(group, isGenerated));
        kernel::ScheduleAttr schedule = *group.getSchedule();
        std::string tensors = tensorNames(group.getInputs());
        explainDone(group, "choose-schedules",
                    operationNames(group.block()) + (tensors.empty() ? "" : " of " + tensors) + classOf(group) + ": " +
                        counted(schedule.getTokens(), "token") + " at a time, " + counted(schedule.getGrain(), "piece") +
                        " a claim");
      });
    }
  }

  kernel::ScheduleAttr choose(kernel::GroupOp group, bool isGenerated) const {
    int64_t grain = 1, tokens = 1;
    switch (kernel::kindOf(group.block())) {
    case kernel::Kind::matmul: {
      auto matmul = *group.block().getOps<packed::MatmulOp>().begin();
      int64_t items = target.matmulItems(matmul), itemBytes = target.matmulItemBytes(matmul);
      tokens = target.matmulTokens(matmul);
      int64_t bytes = isGenerated ? bytesPerClaim : bytesPerClaim / 4; // with many tokens a panel is much work
      grain = std::clamp<int64_t>(bytes / itemBytes, 1, std::max<int64_t>(1, items / claimsPerStep));
      break;
    }
    case kernel::Kind::attention:
      tokens = isGenerated ? 1 : target.attentionTokens();
      grain = isGenerated ? 2 : 1; // neighbouring ranges of keys: one asks for the next one's memory
      break;
    case kernel::Kind::embed:
    case kernel::Kind::rows:
      grain = isGenerated ? 1 : 4; // of a few sequences' tokens, each may go to another thread
      break;
    }
    return kernel::ScheduleAttr::get(group.getContext(), grain, tokens, /*prefetch=*/0);
  }

  const plan::TargetLayout &target;
};
} // namespace

std::unique_ptr<Pass> createChooseSchedules(const plan::TargetLayout &target) { return std::make_unique<ChooseSchedules>(target); }
} // namespace ingot
