// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// For files that include Halide.h (and therefore no header of LLVM or MLIR): a pipeline becomes bitcode.
#ifndef INGOT_CODEGEN_CPU_HALIDE_HALIDEMODULE_H
#define INGOT_CODEGEN_CPU_HALIDE_HALIDEMODULE_H

#include "codegen/cpu/target/VectorUnit.h"

#include <Halide.h>

#include <functional>
#include <string>
#include <vector>

namespace ingot::cpu {

/// One function `name(arguments…, outputs…)` on halide_buffer_t pointers.
struct BodyFunction {
  std::string name;
  std::vector<Halide::Func> outputs;
  std::vector<Halide::Argument> arguments;
};

/// Bitcode of functions with strict floating point and without runtime, checks or bounds queries: they read nothing of a buffer but
/// `host`, so every bound and stride has to be set.
std::string compileToBitcode(const std::string &name, const VectorUnit &unit, const std::vector<BodyFunction> &functions);

/// Runs `body`, and turns an error that Halide throws into a message. False if there was one.
bool catchingErrors(const std::string &kernel, std::string &error, const std::function<void()> &body);

/// Lanes that a loop of this constant extent is vectorised by: 16, or fewer for a short one.
int lanesOf(int64_t extent);

/// Vectorises a loop of constant extent; a tail that doesn't fill a vector is masked.
void vectorise(Halide::Stage stage, const Halide::VarOrRVar &variable, int64_t extent);

/// Where an array of a constant size within a body goes: all of them end on the stack, but Halide itself takes at most 16 KiB
/// there; the rest are allocations of constant size that `codegen/cpu/object` moves.
Halide::MemoryType placeFor(int64_t bytes);

/// Names the extents and the strides (in elements) of a buffer, which has to be done for all that reads or writes it.
template <typename Buffer>
void setDimensions(Buffer buffer, const std::vector<Halide::Expr> &extents, const std::vector<int64_t> &strides) {
  for (int i = 0; i < int(extents.size()); ++i) buffer.dim(i).set_bounds(0, extents[i]).set_stride(int(strides[i]));
}

} // namespace ingot::cpu
#endif
