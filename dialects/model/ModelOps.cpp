// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Verifiers and folds of the model dialect; each constraint carries its number from the op's description.
#include "dialects/model/Model.h"

#include "dialects/packed/BlockFormat.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;

namespace ingot::model {

static int64_t lastDimension(Value value) { return cast<RankedTensorType>(value.getType()).getShape().back(); }

/// Heads and width of new keys or values, or of a cache of them.
static std::pair<int64_t, int64_t> headsAndWidth(Type type) {
  if (auto cache = dyn_cast<CacheType>(type)) return {cache.getHeads(), cache.getWidth()};
  auto shape = cast<RankedTensorType>(type).getShape();
  return {shape[1], shape[2]};
}

LogicalResult RmsNormOp::verify() {
  int64_t width = lastDimension(getInput()), weight = lastDimension(getWeight());
  if (width != weight) return emitOpError() << "normalises rows of " << width << " with a weight of " << weight; // C1
  if (!(getEpsilon().convertToFloat() > 0)) return emitOpError() << "needs a positive epsilon";                  // C2
  return success();
}

LogicalResult ReshapeOp::verify() {
  int64_t from = rowValues(getInput().getType()), to = rowValues(getResult().getType());
  if (from != to) return emitOpError() << "turns rows of " << from << " values into rows of " << to; // C1
  return success();
}

LogicalResult RotationOp::verify() {
  auto [heads, pairs] = headsAndWidth(getResult().getType());
  int64_t frequencies = lastDimension(getFrequencies());
  if (heads != 2 || pairs != frequencies) // C1
    return emitOpError() << "of " << frequencies << " frequencies must give 2 heads of " << frequencies << ", not " << heads
                         << " of " << pairs;
  return success();
}

LogicalResult RopeOp::verify() {
  int64_t width = lastDimension(getInput()), pairs = lastDimension(getRotation());
  if (2 * pairs > width) return emitOpError() << "rotates " << 2 * pairs << " values of heads of " << width; // C1
  int64_t heads = headsAndWidth(getRotation().getType()).first;
  if (heads != 2) return emitOpError() << "needs a rotation of 2 heads, not " << heads; // C2
  return success();
}

OpFoldResult ScaleOp::fold(FoldAdaptor) { return getFactor().convertToFloat() == 1.0f ? getInput() : Value(); }

LogicalResult WeightOp::verify() {
  auto format = packed::blockFormatByName(getStored().str());
  if (!format) return emitOpError() << "is stored in unknown format '" << getStored() << "'"; // C1
  int64_t width = lastDimension(getResult()), block = packed::info(*format).blockElements;
  if (width % block) // C2
    return emitOpError() << "has rows of " << width << ", which are no whole blocks of " << block << " (" << getStored() << ")";
  return success();
}

LogicalResult EmbedOp::verify() {
  int64_t width = lastDimension(getResult()), weight = lastDimension(getWeight());
  if (width != weight) return emitOpError() << "gives rows of " << width << " from a matrix of rows of " << weight; // C1
  return success();
}

static LogicalResult verifyProduct(Operation *op, Value input, Value weight, Value result) {
  auto matrix = cast<RankedTensorType>(weight.getType());
  if (lastDimension(input) != matrix.getDimSize(1))
    return op->emitOpError() << "multiplies rows of " << lastDimension(input) << " with a matrix of " << matrix.getDimSize(1)
                             << " inputs";
  if (lastDimension(result) != matrix.getDimSize(0))
    return op->emitOpError() << "gives rows of " << lastDimension(result) << " from a matrix of " << matrix.getDimSize(0)
                             << " outputs";
  return success();
}

LogicalResult LinearOp::verify() { return verifyProduct(*this, getInput(), getWeight(), getResult()); } // C1

LogicalResult ProjectionsOp::verify() {
  if (getWeights().empty()) return emitOpError() << "has no weights"; // C1
  if (getWeights().size() != getResults().size())
    return emitOpError() << "has " << getWeights().size() << " weights but " << getResults().size() << " results";
  for (auto [weight, result] : llvm::zip(getWeights(), getResults()))
    if (failed(verifyProduct(*this, getInput(), weight, result))) return failure();
  return success();
}

/// Query heads over key or value heads: a whole number.
static LogicalResult verifyGroups(Operation *op, int64_t heads, int64_t sharedHeads) {
  if (heads % sharedHeads)
    return op->emitOpError() << "shares " << sharedHeads << " heads among " << heads << ", which is not a whole number";
  return success();
}

static LogicalResult verifyScores(Operation *op, Type queries, Type keys) {
  auto [heads, width] = headsAndWidth(queries);
  auto [keyHeads, keyWidth] = headsAndWidth(keys);
  if (width != keyWidth) return op->emitOpError() << "compares queries of width " << width << " with keys of width " << keyWidth;
  return verifyGroups(op, heads, keyHeads);
}

LogicalResult ScoresOp::verify() {
  if (failed(verifyScores(*this, getQueries().getType(), getKeys().getType()))) return failure(); // C1
  int64_t heads = cast<RankedTensorType>(getResult().getType()).getDimSize(1),
          queries = headsAndWidth(getQueries().getType()).first;
  if (heads != queries) return emitOpError() << "of " << queries << " heads gives " << heads; // C2
  return success();
}

static LogicalResult verifyWindow(Operation *op, std::optional<uint64_t> window) {
  if (window && int64_t(*window) <= 0) return op->emitOpError() << "needs a positive window";
  return success();
}

LogicalResult SoftmaxOp::verify() { return verifyWindow(*this, getWindow()); } // C1

LogicalResult MixOp::verify() {
  int64_t heads = cast<RankedTensorType>(getProbabilities().getType()).getDimSize(1);
  auto [valueHeads, width] = headsAndWidth(getValues().getType());
  auto result = headsAndWidth(getResult().getType());
  if (result.first != heads || result.second != width) // C1
    return emitOpError() << "of " << heads << " heads and values of width " << width << " gives " << result.first << 'x'
                         << result.second;
  return verifyGroups(*this, heads, valueHeads);
}

LogicalResult AttentionOp::verify() {
  if (failed(verifyScores(*this, getQueries().getType(), getKeys().getType()))) return failure(); // C1
  if (headsAndWidth(getKeys().getType()) != headsAndWidth(getValues().getType()))
    return emitOpError() << "has keys and values of different heads or width";
  if (auto products = getProducts(); products && !products->isBF16()) // C3
    return emitOpError() << "has products in bf16 or, without the attribute, float32, not in " << *products;
  return verifyWindow(*this, getWindow()); // C2
}

LogicalResult AppendOp::verify() {
  if (headsAndWidth(getRows().getType()) != headsAndWidth(getCache().getType())) // C1
    return emitOpError() << "appends rows of other heads or width than the cache's";
  if (!getCache().hasOneUse()) return emitOpError() << "writes a cache in place that has other uses"; // C2
  return success();
}

} // namespace ingot::model

#define GET_OP_CLASSES
#include "dialects/model/ModelOps.cpp.inc"
