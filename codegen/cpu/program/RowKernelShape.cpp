// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A row kernel's graph, read from the ops in its body.
#include "codegen/cpu/program/KernelShapes.h"

#include "dialects/kernel/KernelOperands.h"
#include "dialects/model/Model.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace ingot::cpu {

namespace {
class RowReader {
public:
  explicit RowReader(kernel::FuncOp function) : function(function) {}

  FailureOr<RowKernel> read() {
    kernel.name = function.getSymName().str();
    for (BlockArgument argument : function.block().getArguments()) readArgument(argument);
    for (Operation &op : function.block().without_terminator())
      if (failed(readOp(op))) return failure();
    for (auto [index, value] : llvm::enumerate(function.block().getTerminator()->getOperands())) readResult(index, value);
    kernel.operandCount = kernel::operandArguments(function).size() + function.getResultTypes().size();
    return kernel;
  }

private:
  static RowShape shapeOf(Value value) {
    auto shape = cast<RankedTensorType>(value.getType()).getShape();
    return shape.size() == 3 ? RowShape{shape[1], shape[2]} : RowShape{1, shape.back()};
  }

  int add(RowOp op, std::vector<int> inputs, RowShape shape) {
    kernel.nodes.push_back({op, std::move(inputs), shape});
    return kernel.nodes.size() - 1;
  }

  void readArgument(BlockArgument argument) {
    auto operand = kernel::operandOfArgument(function, argument.getArgNumber());
    if (!operand) return;
    int node = add(model::isVector(argument.getType()) ? RowOp::parameter : RowOp::input, {}, shapeOf(argument));
    kernel.nodes[node].argument = *operand;
    nodes[argument] = node;
  }

  LogicalResult readOp(Operation &op) {
    auto unary = [&](RowOp row) { return add(row, {nodes[op.getOperand(0)]}, shapeOf(op.getResult(0))); };
    auto binary = [&](RowOp row) { return add(row, {nodes[op.getOperand(0)], nodes[op.getOperand(1)]}, shapeOf(op.getResult(0))); };
    if (isa<model::AppendOp, packed::QuantiseOp>(op)) return success(); // how results are stored
    int node = -1;
    if (isa<model::AddOp>(op))
      node = binary(RowOp::add);
    else if (isa<model::MultiplyOp>(op))
      node = binary(RowOp::multiply);
    else if (isa<model::SiluOp>(op))
      node = unary(RowOp::silu);
    else if (isa<model::GeluOp>(op))
      node = unary(RowOp::geluTanh);
    else if (isa<model::ReshapeOp>(op))
      node = unary(RowOp::reshape);
    else if (isa<model::RotationOp>(op))
      node = add(RowOp::rotation, {nodes[op.getOperand(1)]}, shapeOf(op.getResult(0)));
    else if (auto scale = dyn_cast<model::ScaleOp>(op))
      kernel.nodes[node = unary(RowOp::scale)].value = scale.getFactor().convertToFloat();
    else if (auto norm = dyn_cast<model::RmsNormOp>(op))
      kernel.nodes[node = binary(RowOp::rmsNorm)].value = norm.getEpsilon().convertToFloat();
    else if (auto rope = dyn_cast<model::RopeOp>(op))
      kernel.nodes[node = binary(RowOp::rope)].interleaved = rope.getInterleaved();
    else if (isa<model::WantedOp>(op)) {
      kernel.wanted = true;
      node = nodes[op.getOperand(0)];
    } else
      return op.emitOpError("has no row kernel on this target");
    nodes[op.getResult(0)] = node;
    return success();
  }

  void readResult(unsigned index, Value value) {
    RowOutput output;
    output.argument = kernel::operandOfResult(function, index);
    Operation *source = value.getDefiningOp();
    if (auto append = dyn_cast_or_null<model::AppendOp>(source)) {
      output.node = nodes[append.getRows()];
      output.store = RowStore::cache;
      output.cache = layoutOf(append.getCache().getType());
    } else if (auto quantise = dyn_cast_or_null<packed::QuantiseOp>(source)) {
      output.node = nodes[quantise.getInput()];
      output.store = RowStore::activations;
      output.layout = layoutOf(quantise.getType());
    } else {
      output.node = nodes[value];
      output.store = RowStore::rows;
    }
    kernel.outputs.push_back(output);
  }

  kernel::FuncOp function;
  RowKernel kernel;
  llvm::DenseMap<Value, int> nodes;
};
} // namespace

FailureOr<RowKernel> rowKernel(kernel::FuncOp function, const VectorUnit &unit) {
  FailureOr<RowKernel> kernel = RowReader(function).read();
  if (succeeded(kernel)) kernel->unit = unit;
  return kernel;
}

} // namespace ingot::cpu
