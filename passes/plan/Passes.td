// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Passes that make and finish plans.
#ifndef INGOT_PASSES_PLAN_PASSES_TD
#define INGOT_PASSES_PLAN_PASSES_TD
include "mlir/Pass/PassBase.td"

def BuildPlan : Pass<"ingot-build-plan", "mlir::ModuleOp"> {
  let summary = "turns functions of kernel calls into programs of steps on buffers";
  let description = [{
    Made with createBuildPlan(target). **Needs:** functions @read and @generated of kernel calls, weights and caches.
    **Leaves:** `plan.program`s with buffers still to be placed. Example: build-plan.mlir
  }];
  let constructor = "nullptr";
  let options = [Option<"tokens", "tokens", "int64_t", "512", "largest number of tokens that one pass reads">];
  let dependentDialects = ["::ingot::plan::PlanDialect"];
}

def RepeatSteps : Pass<"ingot-repeat-steps", "mlir::ModuleOp"> {
  let summary = "marks steps that each thread may do for itself";
  let description = [{
    With one token a norm takes less time than waiting for the thread that does it. Of programs of a few tokens, the row steps whose
    results the matmul behind them reads. **Needs:** programs without places. **Leaves:** `repeatable` steps, which keep what they read
    alive through the step behind them. Example: repeat-steps.mlir
  }];
}

def PlaceBuffers : Pass<"ingot-place-buffers", "mlir::ModuleOp"> {
  let summary = "gives buffers their places";
  let description = [{
    Arena buffers whose lives do not overlap share memory (first fit, large ones first); weights and caches lie in the order of their first
    use, the same for all programs. **Needs:** programs. **Leaves:** every buffer placed, and a program's arena size. Example: place-buffers.mlir
  }];
}

def VerifyPlan : Pass<"ingot-verify-plan", "mlir::ModuleOp"> {
  let summary = "checks that a plan can run";
  let description = [{
    Every buffer is placed; of two buffers that are alive at once no bytes overlap, nor of two weights or caches; nothing is read before it
    is written; one name lies at one place with one size; what is repeatable may be repeated. **Leaves:** the IR as it was, or an error. Example: verify-plan.mlir
  }];
}
#endif
