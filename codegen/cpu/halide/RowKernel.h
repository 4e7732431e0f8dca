// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A row kernel: a small graph of row-wise operations on one token (norms, rope, activations, rounding …), run for every token of a
// chunk. It is the whole vocabulary of what is neither a matmul nor attention, and fusing two of them is joining their graphs.
//
// A row is [heads, width] float32 (heads is 1 for plain rows). All extents are constants, so that Halide's code for one token is
// straight vector code without a token loop; the loop over tokens is in the emitted wrapper, which has the runtime's kernel
// signature.
#ifndef INGOT_CODEGEN_CPU_HALIDE_ROWKERNEL_H
#define INGOT_CODEGEN_CPU_HALIDE_ROWKERNEL_H

#include "codegen/cpu/layout/ActivationLayout.h"
#include "codegen/cpu/layout/CacheLayout.h"
#include "codegen/cpu/target/VectorUnit.h"

#include <string>
#include <vector>

namespace ingot::cpu {

struct RowShape {
  int64_t heads = 1, width = 0;
};

enum class RowOp : uint8_t {
  input,     ///< operand[argument], float32 row of token t (rows lie one after the other)
  parameter, ///< operand[argument], float32 [width], the same for every token
  add,       ///< a + b
  multiply,  ///< a * b
  scale,     ///< a * factor
  silu,      ///< a / (1 + exp(-a))
  geluTanh,  ///< 0.5 a (1 + tanh(sqrt(2/pi) (a + 0.044715 a^3)))
  rmsNorm,   ///< a * rsqrt(mean(a^2 over width) + epsilon) * b, b a parameter [width]; each head on its own
  reshape,   ///< the same values as shape (heads x width may change, heads * width may not)
  rotation,  ///< a: parameter [pairs] of frequencies -> [2, pairs]: cos, then sin, of position * frequency
  rope, ///< a: [heads, width], b: a rotation; rotates the first 2 * pairs elements of each head, interleaved (2j, 2j + 1) or halves
        ///< (j, j + pairs)
};

struct RowNode {
  RowOp op;
  std::vector<int> inputs;  ///< indices of earlier nodes
  RowShape shape;           ///< of the result
  int argument = -1;        ///< input, parameter: the kernel's operand number
  float value = 0;          ///< rmsNorm: epsilon; scale: factor
  bool interleaved = false; ///< rope
};

enum class RowStore : uint8_t {
  rows,        ///< float32, rows one after the other
  activations, ///< a matmul's input as `layout` says (f32, bf16, q8, q15 and its sums)
  cache,       ///< keys or values as `cache` says; position and sequence are the row's in the frame
};

struct RowOutput {
  int node;
  int argument; ///< the kernel's operand number
  RowStore store;
  ActivationLayout layout{}; ///< activations
  CacheLayout cache{};       ///< cache; rounded to nearest even
};

struct RowKernel {
  std::string name;
  VectorUnit unit{};
  int operandCount = 0;
  std::vector<RowNode> nodes;
  std::vector<RowOutput> outputs; ///< an output may also be an input operand (in-place residual: same argument, store rows)
  bool wanted =
      false; ///< items are the wanted tokens: item i reads row frame.wanted[i] of its inputs and writes row i of its outputs
};

} // namespace ingot::cpu
#endif
