// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What is tuned: the kernels that a model's plans hold, each brought to code with any schedule, and run as the plan runs it.
#ifndef INGOT_COMPILER_TUNING_WORK_H
#define INGOT_COMPILER_TUNING_WORK_H

#include "codegen/cpu/program/CpuLayout.h"
#include "codegen/cpu/target/CpuTarget.h"
#include "compiler/Options.h"
#include "compiler/Pipeline.h"
#include "dialects/plan/Plan.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "passes/kernel/ScheduleSource.h"

namespace ingot::tuning {

/// A matrix given on the command line: "q8_0:4096x2048", 4096 outputs of 2048 inputs; several that share their input with commas.
struct MatrixRequest {
  std::vector<packed::BlockFormat> formats;
  std::vector<int64_t> rows;
  int64_t columns = 0;
  static llvm::Expected<MatrixRequest> parse(llvm::StringRef text);
};

/// Kernels that are the same work, with one schedule.
struct WorkItem {
  std::string tokenClass, kernel;  ///< as tuning records name them
  int64_t calls = 0;               ///< in one pass
  std::vector<int64_t> passTokens; ///< of the passes that are timed, the usual ones first
  int64_t tokens = 1;              ///< that a call works on in the usual pass: one where only the last one's logits are wanted
  uint64_t sourceBytes = 0, multiplyAdds = 0; ///< of one call
  kernel::ScheduleAttr schedule;              ///< by the defaults
};

/// Where an operand of a step lies, and its size; equal buffers are one.
struct StepOperand {
  plan::Space space;
  int64_t bytes, buffer;
};

/// A step of a plan, and its code.
struct CompiledStep {
  std::string symbol, object;
  std::vector<StepOperand> operands;
  plan::Domain domain;
  int64_t factor, divisor, grain, scratchBytes;
};

class Work {
public:
  /// Of a model's file. Its weights are not read.
  static llvm::Expected<std::unique_ptr<Work>> ofModel(const CompileOptions &options);
  static llvm::Expected<std::unique_ptr<Work>> ofMatrices(const CompileOptions &options, llvm::ArrayRef<MatrixRequest> matrices);

  /// Those that may be tuned, the longest first.
  const std::vector<WorkItem> &items() const { return found; }
  const cpu::CpuTarget &target() const { return cpuTarget; }

  /// The item's step with this schedule, without code, for its sizes.
  std::optional<CompiledStep> plan(const WorkItem &item, const MeasuredSchedule &schedule);
  /// With code. May end the process where LLVM does.
  std::optional<CompiledStep> compile(const WorkItem &item, const MeasuredSchedule &schedule);

private:
  explicit Work(const cpu::CpuTarget &target);
  static llvm::Expected<std::unique_ptr<Work>> create(const CompileOptions &options);
  llvm::Error finish(const CompileOptions &options);
  mlir::OwningOpRef<mlir::ModuleOp> planned(const ScheduleSource *schedules);
  std::optional<CompiledStep> stepOf(mlir::ModuleOp module, const WorkItem &item);

  cpu::CpuTarget cpuTarget;
  cpu::CpuLayout layout;
  mlir::MLIRContext context{mlir::MLIRContext::Threading::DISABLED};
  mlir::OwningOpRef<mlir::ModuleOp> packed; ///< the module at the level where kernels are not formed yet
  PipelineOptions pipeline;
  std::string failure; ///< the first thing that MLIR complained of
  std::vector<WorkItem> found;
};

} // namespace ingot::tuning
#endif
