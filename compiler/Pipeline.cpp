// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/Pipeline.h"

#include "mlir/Transforms/Passes.h"
#include "passes/kernel/Passes.h"
#include "passes/model/Passes.h"
#include "passes/packed/Passes.h"
#include "passes/plan/Passes.h"

using namespace mlir;

namespace ingot {

namespace {
/// Adds optimisations unless they are disabled by name.
struct Optimisations {
  OpPassManager &passes;
  const std::vector<std::string> &disabled;
  void add(StringRef name, std::unique_ptr<Pass> pass) {
    if (!llvm::is_contained(disabled, name)) passes.addPass(std::move(pass));
  }
};

// Model IR with attention, projections and caches as the target will run them.
void fuse(OpPassManager &passes, const PipelineOptions &options) {
  Optimisations optimisations{passes, options.disabled};
  // First the cache: attention is fused around it, or runs unfused on it.
  passes.addPass(createIntroduceCache({options.positions, options.cache}));
  optimisations.add("fuse-attention", createFuseAttention());
  passes.addPass(createCSEPass()); // tied weights become one, or projections would differ
  optimisations.add("fuse-projections", createFuseProjections());
}

// Two functions from here on: read tokens and generated ones round differently.
void pack(OpPassManager &passes, const PipelineOptions &options) {
  passes.addPass(createSplitClasses());
  Optimisations{passes, options.disabled}.add("narrow-wanted", createNarrowWanted());
  passes.addPass(createPackWeights(
      {packed::name(options.read).str(), packed::name(options.generated).str(), options.bf16Dots, options.wordDots}));
  if (options.read != packed::ActivationKind::f32 && options.bf16Dots) passes.addPass(createRoundAttention());
}

void formKernels(OpPassManager &passes, const PipelineOptions &options, const plan::TargetLayout &target) {
  Optimisations optimisations{passes, options.disabled};
  passes.addPass(createFormKernels());
  // Before rows join: an add that a matmul takes over must still stand alone.
  optimisations.add("fuse-residual", createFuseResidual());
  optimisations.add("fuse-rows", createFuseRows());
  optimisations.add("fuse-gate", createFuseGate(target));
  passes.addPass(createChooseSchedules(target, options.schedules));
  passes.addPass(createOutlineKernels());
}

void makePlan(OpPassManager &passes, const PipelineOptions &options, const plan::TargetLayout &target) {
  passes.addPass(createBuildPlan(target, options.passTokens));
  Optimisations{passes, options.disabled}.add("repeat-steps", createRepeatSteps());
  passes.addPass(createPlaceBuffers());
  passes.addPass(createVerifyPlan());
}
} // namespace

StringRef levelName(Level level) {
  constexpr StringLiteral names[] = {"model", "fused", "packed", "kernel", "plan"};
  return names[unsigned(level)];
}

void addPhase(OpPassManager &passes, Level level, const PipelineOptions &options, const plan::TargetLayout &target) {
  switch (level) {
  case Level::Model:
    break; // what frontends end with
  case Level::Fused:
    return fuse(passes, options);
  case Level::Packed:
    return pack(passes, options);
  case Level::Kernel:
    return formKernels(passes, options, target);
  case Level::Plan:
    return makePlan(passes, options, target);
  }
}

PassNames passNames() {
  static const StringRef optional[] = {"fuse-attention", "fuse-projections", "narrow-wanted", "fuse-residual",
                                       "fuse-rows",      "fuse-gate",        "repeat-steps"};
  static const StringRef all[] = {"introduce-cache", "fuse-attention", "fuse-projections", "narrow-wanted", "pack-weights",
                                  "round-attention", "fuse-residual",  "fuse-rows",        "fuse-gate",     "choose-schedules",
                                  "outline-kernels", "repeat-steps",   "place-buffers"};
  return {optional, all};
}

} // namespace ingot
