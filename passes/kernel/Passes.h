// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef INGOT_PASSES_KERNEL_PASSES_H
#define INGOT_PASSES_KERNEL_PASSES_H

#include "dialects/kernel/Kernel.h"
#include "dialects/plan/TargetLayout.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace ingot {
#define GEN_PASS_DECL
#include "passes/kernel/Passes.h.inc"

class ScheduleSource;

/// ChooseSchedules for a target, with what was measured for it, if anything; both must outlive the pass.
std::unique_ptr<mlir::Pass> createChooseSchedules(const plan::TargetLayout &target, const ScheduleSource *measured = nullptr);
/// FuseGate for a target, which must outlive the pass.
std::unique_ptr<mlir::Pass> createFuseGate(const plan::TargetLayout &target);
/// Registers this folder's passes with ingot-opt.
void registerKernelPasses(const plan::TargetLayout &target);
} // namespace ingot
#endif
