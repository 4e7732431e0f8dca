// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/plan/Passes.h"

namespace ingot {
#define GEN_PASS_REGISTRATION_PLACEBUFFERS
#define GEN_PASS_REGISTRATION_REPEATSTEPS
#define GEN_PASS_REGISTRATION_VERIFYPLAN
#include "passes/plan/Passes.h.inc"

void registerPlanPasses(const plan::TargetLayout &target) {
  registerPlaceBuffers();
  registerRepeatSteps();
  registerVerifyPlan();
  mlir::registerPass([&target] { return createBuildPlan(target); });
}
} // namespace ingot
