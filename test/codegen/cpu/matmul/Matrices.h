// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Random weights and activations, laid out by the plainest reading of the documented layouts (an independent check of the fast
// ones), and the float64 products that kernels are compared with.
#ifndef INGOT_TEST_CODEGEN_CPU_MATMUL_MATRICES_H
#define INGOT_TEST_CODEGEN_CPU_MATMUL_MATRICES_H

#include "codegen/cpu/layout/ActivationLayout.h"
#include "codegen/cpu/layout/PanelLayout.h"
#include "codegen/cpu/matmul/MatmulKernel.h"
#include "codegen/cpu/target/VectorUnit.h"

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace ingot::test {

/// Memory that ends at an unreadable page, so that a kernel that reads or writes past the end is caught; 64-byte aligned when its
/// size is.
class GuardedMemory {
public:
  explicit GuardedMemory(size_t bytes);
  ~GuardedMemory();
  GuardedMemory(const GuardedMemory &) = delete;
  uint8_t *data() const { return start; }
  template <class T> T *as() const { return reinterpret_cast<T *>(start); }

private:
  uint8_t *mapping, *start;
  size_t mappedBytes;
};

/// A matrix [rows, columns] as a file stores it, its values, and its panels.
struct Weights {
  Weights(packed::BlockFormat format, int64_t rows, int64_t columns, std::mt19937 &random);
  packed::BlockFormat format;
  int64_t rows, columns;
  /// All bits of all codes of a quantised matrix become those of `byte`.
  void setCodes(uint8_t byte);
  std::vector<float> values;   ///< [rows, columns], packed::dequantise
  std::vector<float> minimums; ///< [rows, columns / subBlock] where they are integers times a scale, as what is subtracted
  GuardedMemory panels;
};

/// Records of `tokens` random tokens, and the values that they stand for.
struct Activations {
  Activations(cpu::ActivationLayout layout, int64_t tokens, std::mt19937 &random);
  /// Every element is `value`.
  Activations(cpu::ActivationLayout layout, int64_t tokens, float value);
  cpu::ActivationLayout layout;
  int64_t tokens;
  std::vector<double> values; ///< [tokens, columns], after rounding
  GuardedMemory records;

private:
  void setToken(int64_t token, const std::vector<float> &x);
};

struct Expected {
  double value;
  double bound; ///< of the error that float32 sums, and sums of activations as words, may have
};
Expected expectedProduct(const Weights &weights, const Activations &activations, int64_t token, int64_t row,
                         const cpu::VectorUnit &unit = {});

/// activation(gate) * up.
double expectedGate(cpu::GateActivation activation, double gate, double up);

} // namespace ingot::test
#endif
