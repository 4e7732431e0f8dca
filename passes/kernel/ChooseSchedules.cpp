// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ChooseSchedules: what was measured where a tuning record has it, else the defaults of this file.
#include "passes/Explain.h"
#include "passes/kernel/KernelNames.h"
#include "passes/kernel/Passes.h"
#include "passes/kernel/ScheduleSource.h"

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
/// Long rows are multiplied several at a time where one token has them all.
constexpr int64_t itemsTogether = 4;
/// With many tokens, a claim's weights and half a megabyte of activations share a second-level cache of 1 MB: each claim reads all
/// activations, so that larger ones cost less; but the step ends when the last claim does.
constexpr int64_t bytesPerClaimOfMany = 256 * 1024, claimsPerStepOfMany = 32;

/// Where items are about a block of tokens, each claim loads the block from afar: as long as a Xeon with AMX takes for six pairs of
/// panels, whatever the columns.
constexpr int64_t itemsOfBlockTogether = 64, claimsOfBlock = 2;

std::string counted(int64_t count, const char *thing) { return std::to_string(count) + " " + thing + (count == 1 ? "" : "s"); }

/// What a kernel's schedule is made from.
struct Settings {
  int64_t claimBytes = 0; ///< of weights, of which `grain` follows; 0 where the items are no weights
  int64_t grain = 1, tokens = 1;
  plan::TargetLayout::Prefetch prefetch;
};

struct ChooseSchedules : impl::ChooseSchedulesBase<ChooseSchedules> {
  ChooseSchedules(const plan::TargetLayout &target, const ScheduleSource *measured) : target(target), measured(measured) {}

  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      const int64_t blockTokens = function.getName() == "generated" ? 1 : blockTokensOf(function);
      function.walk([&](kernel::GroupOp group) { choose(group, function.getName(), blockTokens); });
    }
  }

  /// A pass is cut into blocks once for all attention in it.
  int64_t blockTokensOf(func::FuncOp function) const {
    int64_t tokens = 1;
    function.walk([&](kernel::GroupOp group) {
      if (kernel::kindOf(group.block()) == kernel::Kind::attention)
        tokens = std::max(tokens, target.attentionTokens(&group.block().front()));
    });
    return tokens;
  }

  void choose(kernel::GroupOp group, StringRef tokenClass, int64_t blockTokens) const {
    Settings settings = defaults(group, tokenClass == "generated", blockTokens);
    std::optional<MeasuredSchedule> found;
    if (measured) found = measured->find(tokenClass, kernelName(group));
    if (found) {
      // One token at a time is code that only ever sees one: that is no matter of speed.
      if (settings.tokens > 1 && found->tokens && *found->tokens > 1) settings.tokens = *found->tokens;
      settings.prefetch.several = found->prefetch.value_or(settings.prefetch.several);
      settings.prefetch.one = found->prefetchOne.value_or(settings.prefetch.one);
      settings.claimBytes = found->claimBytes.value_or(settings.claimBytes);
    }
    kernel::ScheduleAttr schedule = makeSchedule(group, settings, tokenClass == "generated");
    group.setScheduleAttr(schedule);
    std::string tensors = tensorNames(group.getInputs());
    explainDone(group, "choose-schedules",
                operationNames(group.block()) + (tensors.empty() ? "" : " of " + tensors) + classOf(group) + ": " +
                    counted(schedule.getTokens(), "token") + " at a time, " + counted(schedule.getGrain(), "piece") + " a claim" +
                    (schedule.getPrefetch() ? ", " + std::to_string(schedule.getPrefetch()) + " bytes ahead" : "") +
                    (schedule.getPrefetchOne() ? ", " + std::to_string(schedule.getPrefetchOne()) + " for a token alone" : "") +
                    (found ? ", " + found->origin : ""));
  }

  Settings defaults(kernel::GroupOp group, bool isGenerated, int64_t blockTokens) const {
    Settings settings;
    switch (kernel::kindOf(group.block())) {
    case kernel::Kind::matmul: {
      auto matmul = *group.block().getOps<packed::MatmulOp>().begin();
      settings.tokens = target.matmulTokens(matmul);
      // Of a prompt usually one token is wanted.
      settings.prefetch = target.matmulPrefetch(matmul, /*fewTokens=*/isGenerated || group.getWanted());
      settings.claimBytes = isGenerated                      ? bytesPerClaim
                            : target.matmulItemsGrow(matmul) ? itemsOfBlockTogether * target.matmulItemBytes(matmul)
                                                             : bytesPerClaimOfMany;
      break;
    }
    case kernel::Kind::attention:
      settings.tokens = blockTokens;
      break;
    case kernel::Kind::embed:
    case kernel::Kind::rows:
      settings.grain = isGenerated ? 1 : 4; // of a few sequences' tokens, each may go to another thread
      break;
    }
    return settings;
  }

  kernel::ScheduleAttr makeSchedule(kernel::GroupOp group, const Settings &settings, bool isGenerated) const {
    int64_t grain = settings.grain;
    if (kernel::kindOf(group.block()) == kernel::Kind::matmul) {
      auto matmul = *group.block().getOps<packed::MatmulOp>().begin();
      int64_t items = target.matmulItems(matmul), itemBytes = target.matmulItemBytes(matmul);
      int64_t claims = isGenerated ? claimsPerStep : target.matmulItemsGrow(matmul) ? claimsOfBlock : claimsPerStepOfMany;
      grain = std::max(settings.claimBytes / itemBytes, isGenerated ? itemsTogether : 1);
      grain = std::clamp<int64_t>(grain, 1, std::max<int64_t>(1, items / claims));
    }
    return kernel::ScheduleAttr::get(group.getContext(), grain, settings.tokens, settings.prefetch.several, settings.prefetch.one);
  }

  const plan::TargetLayout &target;
  const ScheduleSource *measured;
};
} // namespace

std::unique_ptr<Pass> createChooseSchedules(const plan::TargetLayout &target, const ScheduleSource *measured) {
  return std::make_unique<ChooseSchedules>(target, measured);
}
} // namespace ingot
