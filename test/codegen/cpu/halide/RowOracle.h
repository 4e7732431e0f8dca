// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a row kernel should compute, one token at a time in float64, written without a look at the emitter.
#ifndef INGOT_TEST_CODEGEN_CPU_HALIDE_ROWORACLE_H
#define INGOT_TEST_CODEGEN_CPU_HALIDE_ROWORACLE_H

#include "codegen/cpu/halide/RowKernel.h"

#include <cmath>

namespace ingot::cpu::test {

using Row = std::vector<double>; // heads x width

/// Values of every node for token `row` at `position`; operands[i] is float32 data.
inline std::vector<Row> evaluate(const RowKernel &kernel, const std::vector<std::vector<float>> &operands, int64_t row,
                                 int64_t position) {
  std::vector<Row> values;
  for (const RowNode &node : kernel.nodes) {
    const int64_t heads = node.shape.heads, width = node.shape.width, size = heads * width;
    Row result(size);
    const auto in = [&](int i) -> const Row & { return values[node.inputs[i]]; };
    for (int64_t i = 0; i < size; ++i) {
      const int64_t head = i / width, x = i % width;
      switch (node.op) {
      case RowOp::input:
        result[i] = operands[node.argument][row * size + i];
        break;
      case RowOp::parameter:
        result[i] = operands[node.argument][i];
        break;
      case RowOp::add:
        result[i] = in(0)[i] + in(1)[i % in(1).size()];
        break;
      case RowOp::multiply:
        result[i] = in(0)[i] * in(1)[i % in(1).size()];
        break;
      case RowOp::scale:
        result[i] = in(0)[i] * node.value;
        break;
      case RowOp::silu:
        result[i] = in(0)[i] / (1 + std::exp(-in(0)[i]));
        break;
      case RowOp::geluTanh: {
        const double a = in(0)[i];
        result[i] = 0.5 * a * (1 + std::tanh(std::sqrt(2 / M_PI) * (a + 0.044715 * a * a * a)));
        break;
      }
      case RowOp::rmsNorm: {
        double sum = 0;
        for (int64_t j = 0; j < width; ++j) sum += in(0)[head * width + j] * in(0)[head * width + j];
        result[i] = in(0)[i] / std::sqrt(sum / width + node.value) * in(1)[x];
        break;
      }
      case RowOp::reshape:
        result[i] = in(0)[i];
        break;
      case RowOp::rotation: {
        const double angle = float(position) * float(in(0)[x]); // the product is a float32
        result[i] = head == 0 ? std::cos(angle) : std::sin(angle);
        break;
      }
      case RowOp::rope: {
        const int64_t pairs = int64_t(in(1).size()) / 2;
        const double *a = &in(0)[head * width];
        if (x >= 2 * pairs) {
          result[i] = a[x];
        } else {
          const int64_t pair = node.interleaved ? x / 2 : x % pairs;
          const bool second = node.interleaved ? x % 2 == 1 : x >= pairs;
          const double first = a[node.interleaved ? 2 * pair : pair], other = a[node.interleaved ? 2 * pair + 1 : pair + pairs];
          const double cosine = in(1)[pair], sine = in(1)[pairs + pair];
          result[i] = second ? first * sine + other * cosine : first * cosine - other * sine;
        }
        break;
      }
      }
    }
    values.push_back(result);
  }
  return values;
}

} // namespace ingot::cpu::test
#endif
