// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// PackWeights: embed, linear and projections become products of packed weights, their inputs rounded as the class of tokens wants.
#include "passes/Explain.h"
#include "passes/packed/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;

namespace ingot {
#define GEN_PASS_DEF_PACKWEIGHTS
#include "passes/packed/Passes.h.inc"

namespace {
using packed::ActivationKind;
using packed::BlockFormat;

struct PackWeights : impl::PackWeightsBase<PackWeights> {
  using PackWeightsBase::PackWeightsBase;

  /// The input's rounding for a weight of `format`, when quantised weights get `quantised`.
  ActivationKind kindFor(BlockFormat format, ActivationKind quantised, bool isRead) const {
    if (packed::info(format).isQuantised()) return quantised;
    bool rounds = bf16Dots && isRead && quantised != ActivationKind::f32;
    return format == BlockFormat::BF16 && rounds ? ActivationKind::bf16 : ActivationKind::f32;
  }

  static BlockFormat formatOf(Value weight) {
    return *packed::blockFormatByName(weight.getDefiningOp<model::WeightOp>().getStored().str());
  }

  static Value pack(OpBuilder &builder, Value weight) {
    auto op = weight.getDefiningOp<model::WeightOp>();
    auto shape = cast<RankedTensorType>(weight.getType()).getShape();
    auto type = packed::MatrixType::get(builder.getContext(), shape[0], shape[1], formatOf(weight));
    return packed::WeightOp::create(builder, op.getLoc(), type, op.getNameAttr());
  }

  void packProduct(Operation *product, Value input, ValueRange weights, ActivationKind quantised, bool isRead) {
    OpBuilder builder(product);
    llvm::MapVector<ActivationKind, SmallVector<unsigned>> byKind;
    for (auto [index, weight] : llvm::enumerate(weights)) byKind[kindFor(formatOf(weight), quantised, isRead)].push_back(index);
    if (byKind.size() > 1)
      explainMissed(product, "pack-weights",
                    tensorNames(weights) + classOf(product) + " in " + Twine(byKind.size()) + " products instead of one",
                    "their formats want different roundings of the input");
    for (auto &[kind, indices] : byKind) {
      SmallVector<Value> packedWeights;
      SmallVector<Type> types;
      uint8_t parts = 0;
      for (unsigned index : indices) {
        packedWeights.push_back(pack(builder, weights[index]));
        types.push_back(product->getResult(index).getType());
        if (packed::isInteger(kind)) parts |= packed::sumsNeeded(formatOf(weights[index]));
      }
      if (wordDots && kind == ActivationKind::q15 &&
          llvm::all_of(indices, [&](unsigned index) { return packed::takesWords(formatOf(weights[index])); }))
        parts |= packed::words;
      auto type = packed::ActivationsType::get(builder.getContext(), kind, model::rowValues(input.getType()), parts);
      Value rounded = packed::QuantiseOp::create(builder, product->getLoc(), type, input);
      auto matmul = packed::MatmulOp::create(builder, product->getLoc(), types, rounded, packedWeights);
      for (auto [index, result] : llvm::zip(indices, matmul.getResults())) product->getResult(index).replaceAllUsesWith(result);
      explainDone(matmul, "pack-weights", tensorNames(packedWeights) + " with " + packed::name(kind) + " input" + classOf(matmul));
    }
    product->erase();
  }

  void runOnOperation() override {
    auto readKind = packed::activationKindByName(read), generatedKind = packed::activationKindByName(generated);
    for (auto &[text, kind] : {std::pair{read.getValue(), readKind}, {generated.getValue(), generatedKind}})
      if (!kind) {
        getOperation().emitError() << "activations '" << text << "' are not known; known: q8, bf16, q15, f32";
        return signalPassFailure();
      }
    auto isComputed = [](Operation *product) {
      if (!isa<model::EmbedOp, model::LinearOp, model::ProjectionsOp>(product)) return false;
      return llvm::any_of(product->getOperands().drop_front(),
                          [](Value weight) { return !weight.getDefiningOp<model::WeightOp>(); });
    };
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      auto result = function.walk([&](Operation *op) {
        if (!isComputed(op)) return WalkResult::advance();
        op->emitOpError("has a weight that is no model.weight, so it cannot be packed");
        return WalkResult::interrupt();
      });
      if (result.wasInterrupted()) return signalPassFailure();
      bool isRead = function.getName() != "generated";
      ActivationKind quantised = isRead ? *readKind : *generatedKind;
      function.walk([&](Operation *op) {
        if (auto linear = dyn_cast<model::LinearOp>(op))
          packProduct(op, linear.getInput(), linear.getWeight(), quantised, isRead);
        else if (auto fused = dyn_cast<model::ProjectionsOp>(op))
          packProduct(op, fused.getInput(), fused.getWeights(), quantised, isRead);
        else if (auto embed = dyn_cast<model::EmbedOp>(op)) {
          OpBuilder builder(op);
          Value packedEmbed =
              packed::EmbedOp::create(builder, op->getLoc(), embed.getType(), embed.getTokens(), pack(builder, embed.getWeight()));
          embed.replaceAllUsesWith(packedEmbed);
          embed.erase();
        }
      });
      // Matrices have packed twins now.
      for (auto weight : llvm::make_early_inc_range(function.getOps<model::WeightOp>()))
        if (weight->use_empty()) weight.erase();
    }
  }
};
} // namespace
} // namespace ingot
