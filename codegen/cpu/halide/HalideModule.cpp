// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/halide/HalideModule.h"

#include <algorithm>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ingot::cpu {

std::string compileToBitcode(const std::string &name, const VectorUnit &unit, const std::vector<BodyFunction> &functions) {
  const Halide::Target target(std::string(unit.halide) + "-no_runtime-no_asserts-no_bounds_query-strict_float");
  Halide::Module module(name, target);
  module.set_any_strict_float(true);
  for (const BodyFunction &function : functions) {
    const Halide::Module lowered = Halide::Pipeline(function.outputs)
                                       .compile_to_module(function.arguments, function.name, target, Halide::LinkageType::External);
    for (const Halide::Internal::LoweredFunc &one : lowered.functions()) module.append(one);
  }
  // Halide writes to a path only; a file in memory has one.
  const int file = memfd_create("halide", MFD_CLOEXEC);
  if (file < 0) throw Halide::RuntimeError("no memory for a kernel's bitcode");
  module.compile({{Halide::OutputFileType::bitcode, "/proc/self/fd/" + std::to_string(file)}});
  struct stat status = {};
  fstat(file, &status);
  std::string bitcode(size_t(status.st_size), '\0');
  const ssize_t bytes = pread(file, bitcode.data(), bitcode.size(), 0);
  close(file);
  if (bytes != ssize_t(bitcode.size())) throw Halide::RuntimeError("a kernel's bitcode can't be read back");
  return bitcode;
}

bool catchingErrors(const std::string &kernel, std::string &error, const std::function<void()> &body) {
  try {
    body();
    return true;
  } catch (const Halide::Error &thrown) {
    error = "kernel '" + kernel + "': " + thrown.what();
    while (!error.empty() && error.back() == '\n') error.pop_back();
    return false;
  }
}

int lanesOf(int64_t extent) {
  int lanes = 16;
  while (lanes > extent) lanes /= 2;
  return lanes;
}

Halide::MemoryType placeFor(int64_t bytes) { return bytes <= 8192 ? Halide::MemoryType::Stack : Halide::MemoryType::Heap; }

void vectorise(Halide::Stage stage, const Halide::VarOrRVar &variable, int64_t extent) {
  const int lanes = lanesOf(extent);
  if (lanes == 1) return;
  stage.vectorize(variable, lanes,
                  extent % lanes == 0 && !variable.is_rvar ? Halide::TailStrategy::RoundUp : Halide::TailStrategy::GuardWithIf);
}

} // namespace ingot::cpu
