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

/// ChooseSchedules for a target, which must outlive the pass.
std::unique_ptr<mlir::Pass> createChooseSchedules(const plan::TargetLayout &target);
/// Registers this folder's passes with ingot-opt.
void registerKernelPasses(const plan::TargetLayout &target);
} // namespace ingot
#endif
