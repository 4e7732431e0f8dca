// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The nodes of a row kernel as Halide expressions. A node that is used once is inlined where it is used; one that is used more
// often, or that has to be complete before its use (rope), is computed once into an array on the stack.
#ifndef INGOT_CODEGEN_CPU_HALIDE_ROWGRAPH_H
#define INGOT_CODEGEN_CPU_HALIDE_ROWGRAPH_H

#include "codegen/cpu/halide/HalideModule.h"
#include "codegen/cpu/halide/RowBody.h"

#include <map>

namespace ingot::cpu {

class RowGraph {
public:
  /// The value at (x, head) of a node.
  using Value = std::function<Halide::Expr(const Halide::Expr &x, const Halide::Expr &head)>;

  RowGraph(const RowKernel &kernel, std::vector<RowBuffer> &inputs);

  const Value &value(int node) const { return values[node]; }
  const RowShape &shape(int node) const { return kernel.nodes[node].shape; }
  /// The node's elements, one head after the other.
  Halide::Expr linear(int node, const Halide::Expr &index) const;
  const std::vector<Halide::Argument> &arguments() const { return parameters; }
  bool readsPosition() const { return usesPosition; }

private:
  Value build(int node);
  Value input(const RowNode &node, bool perToken);
  Value rmsNorm(int node);
  Value rotation(int node);
  Value rope(int node);
  Value onStack(Halide::Func function, int node);

  const RowKernel &kernel;
  std::vector<RowBuffer> &inputs;
  std::vector<Halide::Argument> parameters;
  std::vector<int> uses;
  std::vector<Value> values;
  Halide::Param<int> position;
  bool usesPosition = false;
};

/// Outputs of a kernel: one Func and one buffer a plane.
struct RowPlane {
  Halide::Func function;
  RowBuffer buffer;
};
void addOutput(const RowGraph &graph, const RowOutput &output, int index, std::vector<RowPlane> &planes);

/// A plane whose extents and strides (in elements) are known.
RowPlane finish(Halide::Func function, const RowBuffer &buffer, const std::vector<Halide::Expr> &extents,
                const std::vector<int64_t> &strides);

/// Keys or values in a cache.
void addCache(const RowGraph &graph, const RowOutput &output, const std::string &name, std::vector<RowPlane> &planes);

/// The integer planes of an activations output.
void addQuantised(const RowGraph &graph, const RowOutput &output, const std::string &name, std::vector<RowPlane> &planes);

} // namespace ingot::cpu
#endif
