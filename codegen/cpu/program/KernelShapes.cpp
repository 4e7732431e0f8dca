// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/program/KernelShapes.h"

#include "dialects/kernel/Gate.h"
#include "dialects/model/Model.h"

using namespace mlir;

namespace ingot::cpu {

ActivationLayout layoutOf(packed::ActivationsType type) {
  return ActivationLayout::of(type.getKind(), type.getColumns(), type.getParts());
}

CacheLayout layoutOf(model::CacheType type) {
  const Type element = type.getElement();
  return {.element = element.isF16()    ? CacheElement::f16
                     : element.isBF16() ? CacheElement::bf16
                     : element.isF32()  ? CacheElement::f32
                                        : CacheElement::q8,
          .isKeys = type.getKind() == model::CacheKind::keys,
          .heads = type.getHeads(),
          .width = type.getWidth(),
          .positions = type.getPositions()};
}

/// Heads and width of rows or of a cache.
static void readCache(Type type, AttentionKernel &kernel) {
  auto cache = cast<model::CacheType>(type);
  kernel.kvHeads = cache.getHeads();
  kernel.width = cache.getWidth();
  kernel.positions = cache.getPositions();
  kernel.cache = layoutOf(cache).element;
}

AttentionKernel attentionKernel(Operation *op, int64_t tokens, const VectorUnit &unit) {
  AttentionKernel kernel;
  kernel.unit = unit;
  kernel.tokensPerItem = tokens;
  auto headsOf = [](Value value) { return cast<RankedTensorType>(value.getType()).getDimSize(1); };
  if (auto attention = dyn_cast<model::AttentionOp>(op)) {
    kernel.part = AttentionPart::fused;
    kernel.heads = headsOf(attention.getQueries());
    kernel.scale = attention.getScale().convertToFloat();
    kernel.window = attention.getWindow().value_or(0);
    kernel.bf16Products = attention.getProducts().has_value();
    readCache(attention.getKeys().getType(), kernel);
  } else if (auto scores = dyn_cast<model::ScoresOp>(op)) {
    kernel.part = AttentionPart::scores;
    kernel.heads = headsOf(scores.getQueries());
    kernel.scale = scores.getScale().convertToFloat();
    readCache(scores.getKeys().getType(), kernel);
  } else if (auto softmax = dyn_cast<model::SoftmaxOp>(op)) {
    kernel.part = AttentionPart::softmax;
    kernel.heads = kernel.kvHeads = headsOf(softmax.getInput());
    kernel.window = softmax.getWindow().value_or(0);
  } else {
    auto mix = cast<model::MixOp>(op);
    kernel.part = AttentionPart::mix;
    kernel.heads = headsOf(mix.getProbabilities());
    readCache(mix.getValues().getType(), kernel);
  }
  return kernel;
}

AttentionKernel attentionKernel(kernel::FuncOp function, const VectorUnit &unit) {
  AttentionKernel kernel = attentionKernel(&function.block().front(), function.getSchedule()->getTokens(), unit);
  kernel.name = function.getSymName().str();
  kernel.wanted = function.getWanted();
  // Softmax has no cache to read the room from; the other kernels' caches all have the same.
  if (kernel.part == AttentionPart::softmax)
    for (auto other : function->getParentOfType<ModuleOp>().getOps<kernel::FuncOp>())
      for (BlockArgument argument : other.block().getArguments())
        if (auto cache = dyn_cast<model::CacheType>(argument.getType())) kernel.positions = cache.getPositions();
  return kernel;
}

bool isDecode(const AttentionKernel &kernel) { return kernel.part == AttentionPart::fused && kernel.tokensPerItem == 1; }

MatmulKernel matmulKernel(packed::MatmulOp matmul, const VectorUnit &unit) {
  MatmulKernel kernel;
  kernel.unit = unit;
  kernel.activations = layoutOf(matmul.getInput().getType());
  for (auto [weight, result] : llvm::zip(matmul.getWeights(), matmul.getResults())) {
    auto matrix = cast<packed::MatrixType>(weight.getType());
    bool accumulate = llvm::any_of(result.getUsers(), [](Operation *user) { return isa<model::AddOp>(user); });
    kernel.segments.push_back({matrix.getFormat(), matrix.getRows(), accumulate});
  }
  if (std::optional<kernel::Gate> gate = kernel::gateOf(*matmul->getBlock())) {
    kernel.gate = isa<model::SiluOp>(gate->activation) ? GateActivation::silu : GateActivation::gelu;
    kernel.gated = layoutOf(gate->quantise.getType());
  }
  return kernel;
}

MatmulKernel matmulKernel(kernel::FuncOp function, const VectorUnit &unit) {
  MatmulKernel kernel = matmulKernel(*function.block().getOps<packed::MatmulOp>().begin(), unit);
  kernel.name = function.getSymName().str();
  kernel.wanted = function.getWanted();
  auto schedule = *function.getSchedule();
  kernel.oneToken = schedule.getTokens() == 1;
  if (!kernel.oneToken) kernel.schedule.tileTokens = schedule.getTokens();
  kernel.schedule.prefetchBytes = schedule.getPrefetch(), kernel.schedule.prefetchOneBytes = schedule.getPrefetchOne();
  return kernel;
}

EmbedKernel embedKernel(kernel::FuncOp function) {
  auto embed = *function.block().getOps<packed::EmbedOp>().begin();
  auto matrix = embed.getWeight().getType();
  return {function.getSymName().str(), matrix.getFormat(), matrix.getRows(), matrix.getColumns()};
}

} // namespace ingot::cpu
