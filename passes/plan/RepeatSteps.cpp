// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RepeatSteps: what prepares a matmul's input for a few tokens may be done by every thread for itself.
#include "passes/Explain.h"
#include "passes/plan/Passes.h"

using namespace mlir;

namespace ingot {
#define GEN_PASS_DEF_REPEATSTEPS
#include "passes/plan/Passes.h.inc"

namespace {
/// Programs of more tokens than this have rows enough for all threads.
constexpr int64_t fewTokens = 16;

bool isRowStep(plan::StepOp step) {
  bool isByToken = step.getDomain() == plan::Domain::tokens || step.getDomain() == plan::Domain::wanted;
  return isByToken && step.getFactor() == 1 && step.getDivisor() == 1;
}

ValueRange readBy(plan::StepOp step) { return step.getOperands().drop_back(step.getWrites()); }
ValueRange writtenBy(plan::StepOp step) { return step.getOperands().take_back(step.getWrites()); }

bool haveCommon(ValueRange some, ValueRange others) {
  return llvm::any_of(some, [&](Value value) { return llvm::is_contained(others, value); });
}

struct RepeatSteps : impl::RepeatStepsBase<RepeatSteps> {
  /// Null when each thread may do `step` for itself before its part of `next`, which reads the results; else why not.
  static const char *obstacle(plan::StepOp step, plan::StepOp next) {
    for (Value value : writtenBy(step))
      if (value.getDefiningOp<plan::BufferOp>().getSpace() != plan::Space::arena) return "it writes more than activations";
    if (haveCommon(readBy(step), writtenBy(step))) return "it writes over what it reads";
    if (haveCommon(readBy(step), writtenBy(next))) return "the matmul writes over what it reads";
    if (haveCommon(writtenBy(step), writtenBy(next))) return "the matmul adds to one of its results";
    return nullptr;
  }

  void runOnOperation() override {
    for (auto program : getOperation().getOps<plan::ProgramOp>()) {
      if (int64_t(program.getTokens()) > fewTokens) continue;
      SmallVector<plan::StepOp> steps(program.getBody().getOps<plan::StepOp>());
      int64_t repeatable = 0;
      for (size_t index = 0; index + 1 < steps.size(); index++) {
        plan::StepOp step = steps[index], next = steps[index + 1];
        bool isInput = isRowStep(step) && next.getDomain() == plan::Domain::fixed && haveCommon(writtenBy(step), readBy(next));
        if (!isInput) continue;
        if (const char *why = obstacle(step, next)) {
          explainMissed(step, "repeat-steps", "@" + step.getKernel() + " before @" + next.getKernel() + " once for all threads",
                        why);
          continue;
        }
        step.setRepeatable(true);
        repeatable++;
      }
      explainDone(program, "repeat-steps",
                  Twine(repeatable) + " of " + Twine(steps.size()) + " steps (" + program.getSymName() +
                      " tokens) can be done by every thread for itself, which saves waiting for one");
    }
  }
};
} // namespace
} // namespace ingot
