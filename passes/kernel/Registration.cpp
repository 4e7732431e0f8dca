// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/kernel/Passes.h"

namespace ingot {
#define GEN_PASS_REGISTRATION_FORMKERNELS
#define GEN_PASS_REGISTRATION_FUSERESIDUAL
#define GEN_PASS_REGISTRATION_FUSEROWS
#define GEN_PASS_REGISTRATION_OUTLINEKERNELS
#include "passes/kernel/Passes.h.inc"

void registerKernelPasses(const plan::TargetLayout &target) {
  registerFormKernels();
  registerFuseResidual();
  registerFuseRows();
  registerOutlineKernels();
  mlir::registerPass([&target] { return createFuseGate(target); });
  mlir::registerPass([&target] { return createChooseSchedules(target); });
}
} // namespace ingot
