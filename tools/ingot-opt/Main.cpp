// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ingot-opt: any pass on any IR.
#include "codegen/cpu/program/CpuLayout.h"
#include "dialects/plan/Plan.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"
#include "passes/kernel/Passes.h"
#include "passes/model/Passes.h"
#include "passes/packed/Passes.h"
#include "passes/plan/Passes.h"

int main(int argc, char **argv) {
  static const ingot::cpu::CpuLayout target;
  mlir::DialectRegistry registry;
  registry.insert<mlir::func::FuncDialect, mlir::LLVM::LLVMDialect, ingot::model::ModelDialect, ingot::packed::PackedDialect,
                  ingot::kernel::KernelDialect, ingot::plan::PlanDialect>();
  ingot::registerModelPasses();
  ingot::registerPackedPasses();
  ingot::registerKernelPasses(target);
  ingot::registerPlanPasses(target);
  mlir::registerTransformsPasses();
  return mlir::asMainReturnCode(mlir::MlirOptMain(argc, argv, "Ingot's passes\n", registry));
}
