// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef INGOT_PASSES_PLAN_PASSES_H
#define INGOT_PASSES_PLAN_PASSES_H

#include "dialects/packed/WeightTable.h"
#include "dialects/plan/Plan.h"
#include "dialects/plan/TargetLayout.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace ingot {
#define GEN_PASS_DECL
#include "passes/plan/Passes.h.inc"

/// BuildPlan for a target, which must outlive the pass.
std::unique_ptr<mlir::Pass> createBuildPlan(const plan::TargetLayout &target, int64_t tokens = 512);
/// Registers this folder's passes with ingot-opt.
void registerPlanPasses(const plan::TargetLayout &target);
} // namespace ingot
#endif
