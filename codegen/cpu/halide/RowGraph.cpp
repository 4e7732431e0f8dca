// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/halide/RowGraph.h"

#include "codegen/cpu/halide/Expressions.h"

namespace ingot::cpu {

using namespace Halide;

/// How often an element of its i-th input goes into a node's computation.
static int usesOf(const RowNode &node, size_t i) { return i == 0 && (node.op == RowOp::rmsNorm || node.op == RowOp::rope) ? 2 : 1; }

static int usesOf(const RowOutput &output) { return output.store == RowStore::activations && output.layout.isQuantised() ? 2 : 1; }

RowGraph::RowGraph(const RowKernel &kernel, std::vector<RowBuffer> &inputs)
    : kernel(kernel), inputs(inputs), uses(kernel.nodes.size()), position("position") {
  // Backwards, because a reshape is no computation: its uses are those of what it reads.
  for (const RowOutput &output : kernel.outputs) uses[output.node] += usesOf(output);
  for (size_t n = kernel.nodes.size(); n-- > 0;)
    for (size_t i = 0; i < kernel.nodes[n].inputs.size(); ++i)
      uses[kernel.nodes[n].inputs[i]] += kernel.nodes[n].op == RowOp::reshape ? uses[n] : usesOf(kernel.nodes[n], i);
  for (size_t n = 0; n < kernel.nodes.size(); ++n) values.push_back(build(int(n)));
  if (usesPosition) parameters.push_back(position);
}

Expr RowGraph::linear(int node, const Expr &index) const {
  const int width = int(shape(node).width);
  if (shape(node).heads == 1) return values[node](index, 0);
  return values[node](index % width, index / width);
}

/// Computes a node once, into a stack array of constant size.
RowGraph::Value RowGraph::onStack(Func function, int node) {
  function.compute_root().store_in(placeFor(shape(node).heads * shape(node).width * 4));
  return [function](const Expr &x, const Expr &head) { return function(x, head); };
}

RowGraph::Value RowGraph::input(const RowNode &node, bool perToken) {
  const RowShape &shape = node.shape;
  ImageParam image(Float(32), 2, "operand" + std::to_string(parameters.size()));
  setDimensions(image, {int(shape.width), int(shape.heads)}, {1, shape.width});
  parameters.push_back(image);
  inputs.push_back({.argument = node.argument, .rowBytes = perToken ? shape.heads * shape.width * 4 : 0});
  return [image](const Expr &x, const Expr &head) { return image(x, head); };
}

RowGraph::Value RowGraph::rmsNorm(int n) {
  const RowNode &node = kernel.nodes[n];
  const Value &a = values[node.inputs[0]], &weight = values[node.inputs[1]];
  const int width = int(node.shape.width);
  int lanes = 16; // partial sums; a width that 16 doesn't divide has fewer
  while (width % lanes != 0) lanes /= 2;
  const std::string name = "norm" + std::to_string(n);
  Var lane("lane"), head("head");
  RDom r(0, width / lanes, name + "_r");
  Func squares(name + "_squares"), factor(name + "_factor");
  squares(lane, head) = 0.0f;
  const Expr element = a(r * lanes + lane, head);
  squares(lane, head) = element * element + squares(lane, head);
  squares.compute_root().store_in(MemoryType::Stack);
  vectorise(squares, lane, lanes);
  squares.update().reorder(lane, r, head);
  vectorise(squares.update(), lane, lanes);
  const Expr sum = tree(lanes, [&](int i) { return squares(i, head); }, [](Expr x, Expr y) { return x + y; });
  factor(head) = 1.0f / sqrt(sum / float(width) + node.value);
  factor.compute_root().store_in(MemoryType::Stack);
  return [a, weight, factor](const Expr &x, const Expr &head) { return a(x, head) * factor(head) * weight(x, 0); };
}

RowGraph::Value RowGraph::rotation(int n) {
  const RowNode &node = kernel.nodes[n];
  usesPosition = true;
  Var j("j"), part("part");
  Func turn("rotation" + std::to_string(n));
  const Turn both = turnOf(cast<float>(position) * values[node.inputs[0]](j, 0));
  turn(j, part) = select(part == 0, both.cosine, both.sine);
  turn.reorder(part, j).bound(part, 0, 2).unroll(part);
  vectorise(turn, j, node.shape.width);
  return onStack(turn, n);
}

RowGraph::Value RowGraph::rope(int n) {
  const RowNode &node = kernel.nodes[n];
  const Value &a = values[node.inputs[0]], &turn = values[node.inputs[1]];
  const int pairs = int(shape(node.inputs[1]).width), width = int(node.shape.width);
  const std::string name = "rope" + std::to_string(n);
  Var x("x"), head("head");
  RDom r(0, 2, 0, pairs, name + "_r"); // which of the pair, which pair
  Func rotated(name);
  const auto place = [&](const Expr &part) { return node.interleaved ? 2 * r.y + part : r.y + pairs * part; };
  if (2 * pairs < width) {
    rotated(x, head) = a(x, head);
    vectorise(rotated, x, width);
  } else {
    rotated(x, head) = undef<float>();
  }
  const Expr first = a(place(0), head), second = a(place(1), head), cosine = turn(r.y, 0), sine = turn(r.y, 1);
  rotated(place(r.x), head) = select(r.x == 0, first * cosine - second * sine, second * cosine + first * sine);
  Stage update = rotated.update();
  update.allow_race_conditions().reorder(r.x, r.y, head).unroll(r.x);
  vectorise(update, r.y, pairs);
  return onStack(rotated, n);
}

RowGraph::Value RowGraph::build(int n) {
  const RowNode &node = kernel.nodes[n];
  const auto operand = [&](size_t i) { return values[node.inputs[i]]; };
  // A parameter [width] beside a row of several heads is the same for each.
  const auto broadcast = [&](size_t i) {
    Value value = operand(i);
    if (shape(node.inputs[i]).heads == node.shape.heads) return value;
    return Value([value](const Expr &x, const Expr &) { return value(x, 0); });
  };
  Value value;
  switch (node.op) {
  case RowOp::input:
    return input(node, true);
  case RowOp::parameter:
    return input(node, false);
  case RowOp::rotation:
    return rotation(n);
  case RowOp::rope:
    return rope(n);
  case RowOp::reshape: {
    Value from = operand(0);
    const int width = int(node.shape.width), fromWidth = int(shape(node.inputs[0]).width);
    if (width == fromWidth) return from;
    return [=](const Expr &x, const Expr &head) {
      const Expr index = head * width + x;
      return from(index % fromWidth, index / fromWidth);
    };
  }
  case RowOp::add:
    value = [a = broadcast(0), b = broadcast(1)](const Expr &x, const Expr &h) { return a(x, h) + b(x, h); };
    break;
  case RowOp::multiply:
    value = [a = broadcast(0), b = broadcast(1)](const Expr &x, const Expr &h) { return a(x, h) * b(x, h); };
    break;
  case RowOp::scale:
    value = [a = operand(0), factor = node.value](const Expr &x, const Expr &h) { return a(x, h) * factor; };
    break;
  case RowOp::silu:
    value = [a = operand(0)](const Expr &x, const Expr &h) {
      const Expr element = a(x, h);
      return element / (1.0f + exponential(-element));
    };
    break;
  case RowOp::geluTanh:
    // (1 + tanh u) / 2 is the logistic function of 2u: no difference of near equals for any a.
    value = [a = operand(0)](const Expr &x, const Expr &h) {
      const Expr element = a(x, h);
      return element * logistic(1.59576912f * (element + 0.044715f * (element * element * element)));
    };
    break;
  case RowOp::rmsNorm:
    value = rmsNorm(n);
    break;
  }
  if (uses[n] < 2) return value;
  Var x("x"), head("head");
  Func stored("row" + std::to_string(n));
  stored(x, head) = value(x, head);
  vectorise(stored, x, node.shape.width);
  return onStack(stored, n);
}

} // namespace ingot::cpu
