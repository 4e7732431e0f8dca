// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The compiler's table of contents: the levels of IR and the passes that lead from one to the next.
#ifndef INGOT_COMPILER_PIPELINE_H
#define INGOT_COMPILER_PIPELINE_H

#include "compiler/Options.h"
#include "dialects/plan/TargetLayout.h"
#include "mlir/Pass/PassManager.h"

namespace ingot {

class ScheduleSource;

enum class Level { Model, Fused, Packed, Kernel, Plan };
llvm::StringRef levelName(Level level);

struct PipelineOptions {
  int64_t positions = 4096;  ///< of the caches
  std::string cache = "f16"; ///< what they hold
  packed::ActivationKind read = packed::ActivationKind::q8, generated = packed::ActivationKind::q15;
  bool bf16Dots = true;     ///< dense products of read tokens in bfloat16, else float32
  bool wordDots = false;    ///< 15-bit inputs as int16, where the weights suit it
  int64_t passTokens = 512; ///< most tokens that one pass reads
  std::vector<std::string> disabled;
  const ScheduleSource *schedules = nullptr; ///< measured ones; must outlive the pass manager
};

/// Adds the passes that lead from the level before to `level`. The target must outlive the pass manager.
void addPhase(mlir::OpPassManager &passes, Level level, const PipelineOptions &options, const plan::TargetLayout &target);

/// The passes of the pipeline, as `--disable` and `--explain` name them.
PassNames passNames();

} // namespace ingot
#endif
