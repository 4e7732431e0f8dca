// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From kernels and plans to code units: the kernels' functions, and the tables of abi/Model.h that the runtime walks.
#ifndef INGOT_CODEGEN_CPU_PROGRAM_EMITPROGRAM_H
#define INGOT_CODEGEN_CPU_PROGRAM_EMITPROGRAM_H

#include "codegen/cpu/object/ObjectEmitter.h"
#include "runtime/abi/Model.h"

namespace ingot::cpu {

/// What `ingot_model` says besides its plans.
struct ModelFacts {
  std::string name, architecture, source, formats, activations, cache, version, external;
  uint32_t features = 0;
  uint64_t blobBytes = 0, blobIdentity = 0, cacheBytes = 0, cacheBytesPerToken = 0, sourceBytes = 0, multiplyAdds = 0;
  uint32_t vocabulary = 0, context = 0, layers = 0, embedding = 0;
  ingot_section text{}, notices{};
};

/// Code units of a program, with the modules they point to.
struct ProgramUnits {
  std::vector<mlir::OwningOpRef<mlir::ModuleOp>> modules;
  std::vector<CodeUnit> units;
};

/// Emits every kernel of `module` (kernel.func) into units that can be compiled side by side, or into one.
mlir::LogicalResult emitKernels(mlir::ModuleOp module, const VectorUnit &vectors, bool inOneUnit, ProgramUnits &out);

/// Emits `ingot_model` with the plans of `module` (plan.program @read and @generated) into the last unit.
void emitModelTable(mlir::ModuleOp module, const ModelFacts &facts, ProgramUnits &out);

} // namespace ingot::cpu
#endif
