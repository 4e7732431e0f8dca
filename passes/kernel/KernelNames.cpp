// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/kernel/KernelNames.h"

#include "dialects/model/Model.h"
#include "dialects/packed/Packed.h"

using namespace mlir;

namespace ingot {

static std::string formatName(Type matrix) { return std::string(packed::info(cast<packed::MatrixType>(matrix).getFormat()).name); }

static std::string matmulName(packed::MatmulOp matmul) {
  std::string name = "matmul_" + packed::name(matmul.getInput().getType().getKind()).str(), outputs;
  for (Value weight : matmul.getWeights()) {
    name += "_" + formatName(weight.getType());
    outputs += "_" + std::to_string(cast<packed::MatrixType>(weight.getType()).getRows());
  }
  return name + "_n" + outputs.substr(1) + "_k" + std::to_string(matmul.getInput().getType().getColumns());
}

static std::string attentionName(Operation *op) {
  auto shape = cast<RankedTensorType>(isa<model::MixOp>(op) ? op->getResult(0).getType() : op->getOperand(0).getType()).getShape();
  std::string name = op->getName().stripDialect().str() + "_h" + std::to_string(shape[1]);
  if (!ShapedType::isDynamic(shape[2])) name += "_d" + std::to_string(shape[2]);
  auto window = op->getAttrOfType<IntegerAttr>("window");
  if (window) name += "_w" + std::to_string(window.getInt());
  auto attention = dyn_cast<model::AttentionOp>(op);
  return attention && attention.getProducts() ? name + "_bf16" : name;
}

static std::string rowsName(Block &body) {
  std::string name = "rows";
  StringRef previous;
  for (Operation &op : body.without_terminator()) {
    StringRef mnemonic = op.getName().stripDialect();
    if (isa<model::ReshapeOp>(op) || mnemonic == previous) continue;
    name += "_" + mnemonic.str();
    previous = mnemonic;
    if (auto quantise = dyn_cast<packed::QuantiseOp>(op))
      name += "_" + packed::name(quantise.getType().getKind()).str() + "_" + std::to_string(quantise.getType().getColumns());
  }
  return name;
}

std::string kernelName(kernel::GroupOp group) {
  std::string name;
  for (Operation &op : group.block().without_terminator()) {
    if (auto matmul = dyn_cast<packed::MatmulOp>(op))
      name = matmulName(matmul);
    else if (auto embed = dyn_cast<packed::EmbedOp>(op))
      name = "embed_" + formatName(embed.getWeight().getType()) + "_k" + std::to_string(embed.getWeight().getType().getColumns());
    else if (isa<model::AttentionOp, model::ScoresOp, model::SoftmaxOp, model::MixOp>(op))
      name = attentionName(&op);
    else if (isa<model::AddOp, model::SiluOp, model::GeluOp>(op) && !name.empty())
      name += "_" + op.getName().stripDialect().str();
  }
  if (name.empty()) name = rowsName(group.block());
  if (group.getWanted()) name += "_wanted";
  if (auto schedule = group.getSchedule()) name += "_t" + std::to_string(schedule->getTokens());
  return name;
}

} // namespace ingot
