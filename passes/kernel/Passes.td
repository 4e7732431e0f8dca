// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Passes that form kernels.
#ifndef INGOT_PASSES_KERNEL_PASSES_TD
#define INGOT_PASSES_KERNEL_PASSES_TD
include "mlir/Pass/PassBase.td"

def FormKernels : Pass<"ingot-form-kernels", "mlir::ModuleOp"> {
  let summary = "puts each op into a kernel of its own";
  let description = [{
    The simplest program: what no later pass fuses runs as it is, one op, one kernel. **Needs:** packed IR. **Leaves:** functions of
    weights, caches and `kernel.group`s. Example: form-kernels.mlir
  }];
  let dependentDialects = ["::ingot::kernel::KernelDialect"];
}

def FuseResidual : Pass<"ingot-fuse-residual", "mlir::ModuleOp"> {
  let summary = "adds a matmul's result to the residual in place";
  let description = [{
    **Needs:** groups; the matmul has one result, used by one add, which is the last use of the other operand. **Leaves:** the add in the
    matmul's group. Example: fuse-residual.mlir
  }];
  let dependentDialects = ["::ingot::kernel::KernelDialect"];
}

def FuseRows : Pass<"ingot-fuse-rows", "mlir::ModuleOp"> {
  let summary = "joins neighbouring row kernels (norm and quantise; gate, up and quantise; rope and cache)";
  let description = [{
    Saves barriers and trips through memory. Two row kernels join when nothing between them uses the first and both work on the same
    tokens. **Needs:** groups. **Leaves:** no such pair. Example: fuse-rows.mlir
  }];
  let dependentDialects = ["::ingot::kernel::KernelDialect"];
}

def FuseGate : Pass<"ingot-fuse-gate", "mlir::ModuleOp"> {
  let summary = "puts activation, product and rounding of a gated feed-forward behind the matmul of gate and up";
  let description = [{
    Where the target's matmul can, both sums meet before they leave for memory. Made with
    createFuseGate(target). **Needs:** groups after fuse-rows. **Leaves:** one group in place of both. Example: fuse-gate.mlir
  }];
  let constructor = "nullptr";
  let dependentDialects = ["::ingot::kernel::KernelDialect"];
}

def ChooseSchedules : Pass<"ingot-choose-schedules", "mlir::ModuleOp"> {
  let summary = "gives each kernel its schedule";
  let description = [{
    Grain, tokens handled together, prefetch. Made with createChooseSchedules(target). **Needs:** groups. **Leaves:** a schedule on each. Example: choose-schedules.mlir
  }];
  let constructor = "nullptr";
  let dependentDialects = ["::ingot::kernel::KernelDialect"];
}

def OutlineKernels : Pass<"ingot-outline-kernels", "mlir::ModuleOp"> {
  let summary = "turns equal groups into one kernel and calls";
  let description = [{
    **Needs:** groups with schedules. **Leaves:** `kernel.func`s named after what they do and `kernel.call`s. Example: outline-kernels.mlir
  }];
  let dependentDialects = ["::ingot::kernel::KernelDialect"];
}
#endif
