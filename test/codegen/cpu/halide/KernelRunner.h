// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Compiles kernels to an object, loads it into this process and calls them as the runtime would.
#ifndef INGOT_TEST_CODEGEN_CPU_HALIDE_KERNELRUNNER_H
#define INGOT_TEST_CODEGEN_CPU_HALIDE_KERNELRUNNER_H

#include "codegen/cpu/halide/AttentionKernel.h"
#include "codegen/cpu/halide/RowKernel.h"
#include "test/codegen/cpu/TestFrame.h"

#include <cstdlib>
#include <memory>
#include <span>
#include <vector>

namespace ingot::cpu::test {

/// Whether this processor can run what the tests compile; with the reason when it can't.
bool canRun(std::string &reason);

class KernelRunner {
public:
  KernelRunner(std::span<const RowKernel> rows, std::span<const AttentionKernel> attention);
  explicit KernelRunner(const RowKernel &kernel) : KernelRunner({&kernel, 1}, {}) {}
  explicit KernelRunner(const AttentionKernel &kernel) : KernelRunner({}, {&kernel, 1}) {}
  ~KernelRunner();

  void run(const std::string &name, const ingot::test::TestFrame &frame, std::vector<void *> operands, int64_t begin, int64_t end,
           int64_t scratchBytes = 0);
  ingot_kernel kernel(const std::string &name);

  std::string assembly, llvmIr; ///< of all kernels
  VectorUnit unit;              ///< of this processor, which the kernels are made for
  double halideMilliseconds = 0, objectMilliseconds = 0;

private:
  struct Loaded;
  std::unique_ptr<Loaded> loaded;
};

/// Memory on a multiple of 64 bytes, as the runtime's arena is.
struct AlignedBytes {
  explicit AlignedBytes(int64_t size, char fill);
  char *data;
  int64_t size;

private:
  std::unique_ptr<char, void (*)(void *)> owner;
};

/// Numbers between -1 and 1, the same for the same seed.
std::vector<float> randomFloats(size_t count, uint32_t seed);

float fromHalf(uint16_t bits);

} // namespace ingot::cpu::test
#endif
