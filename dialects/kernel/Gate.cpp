// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/kernel/Gate.h"

#include "dialects/model/Model.h"

using namespace mlir;

namespace ingot::kernel {

std::optional<Gate> gateOf(Block &body) {
  SmallVector<Operation *> ops;
  for (Operation &op : body.without_terminator()) ops.push_back(&op);
  auto matmul = ops.empty() ? packed::MatmulOp() : dyn_cast<packed::MatmulOp>(ops.front());
  if (matmul) ops.erase(ops.begin());
  if (ops.size() != 3 || !isa<model::SiluOp, model::GeluOp>(ops[0])) return std::nullopt;
  auto product = dyn_cast<model::MultiplyOp>(ops[1]);
  auto quantise = dyn_cast<packed::QuantiseOp>(ops[2]);
  if (!product || !quantise || quantise.getInput() != product.getResult()) return std::nullopt;
  Value activated = ops[0]->getResult(0), up = product.getLhs() == activated ? product.getRhs() : product.getLhs();
  if (up == activated || (product.getLhs() != activated && product.getRhs() != activated)) return std::nullopt;
  Operation *end = body.getTerminator();
  if (end->getNumOperands() != 1 || end->getOperand(0) != quantise.getResult()) return std::nullopt;
  const Gate gate{ops[0], ops[0]->getOperand(0), up, quantise};
  bool isOfArguments = isa<BlockArgument>(gate.gate) && isa<BlockArgument>(gate.up);
  bool isOfMatmul = matmul && matmul.getNumResults() == 2 && gate.gate == matmul.getResult(0) && gate.up == matmul.getResult(1);
  return (matmul ? isOfMatmul : isOfArguments) ? std::optional(gate) : std::nullopt;
}

} // namespace ingot::kernel
