// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// BuildPlan: each call becomes a step, each value a buffer.
#include "passes/plan/Passes.h"

#include "dialects/kernel/KernelOperands.h"
#include "dialects/model/Model.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace ingot {
#define GEN_PASS_DEF_BUILDPLAN
#include "passes/plan/Passes.h.inc"

namespace {
/// Tokens of a pass of generated ones, for sequences that decode together.
constexpr int64_t generatedTokens = 16;
/// Code for many tokens reads rows in tiles of up to this many, from any token on: buffers have room for a whole tile at the last.
constexpr int64_t tileTokens = 16;

/// One function's way into a program.
class ProgramBuilder {
public:
  ProgramBuilder(const plan::TargetLayout &target, llvm::StringMap<Type> &weightTypes, func::FuncOp function, int64_t tokens)
      : target(target), weightTypes(weightTypes), function(function), tokens(tokens),
        rows((tokens + 2 * (tileTokens - 1)) / tileTokens * tileTokens), builder(function) {}

  LogicalResult build() {
    if (failed(checkFunction())) return failure();
    auto program =
        plan::ProgramOp::create(builder, function.getLoc(), function.getName(), tokens, /*block=*/1, /*arena=*/0, /*scratch=*/0);
    Block *body = builder.createBlock(&program.getBody());
    builder.setInsertionPointToEnd(body);
    Operation *end = function.getBody().front().getTerminator();
    logits = end->getOperand(0); // checkFunction has looked
    for (Operation &op : function.getBody().front()) {
      auto call = dyn_cast<kernel::CallOp>(op);
      if (call && failed(addStep(call))) return failure();
    }
    program.setScratch(scratch);
    program.setBlock(std::max<int64_t>(block, 1));
    function.erase();
    return success();
  }

private:
  /// Calls, weights, caches, and the logits at the end: what a program can be made of.
  LogicalResult checkFunction() {
    if (!function.getBody().hasOneBlock()) return function.emitOpError("has no body of one block");
    Block &body = function.getBody().front();
    Operation *end = body.getTerminator();
    bool isLogits = end->getNumOperands() == 1 && end->getOperand(0).getDefiningOp<kernel::CallOp>() &&
                    model::isRows(end->getOperand(0).getType());
    if (!isLogits) return end->emitOpError("must return the logits, rows that a kernel makes, and nothing else");
    llvm::StringSet<> caches;
    for (Operation &op : body.without_terminator()) {
      if (!isa<kernel::CallOp, model::CacheOp, model::WeightOp, packed::WeightOp>(op)) return op.emitOpError("is in no kernel");
      if (auto cache = dyn_cast<model::CacheOp>(op); cache && !caches.insert(cache.getName()).second)
        return op.emitOpError() << "names '" << cache.getName() << "' a second time, but caches are written in place";
      if (!isa<model::WeightOp, packed::WeightOp>(op)) continue;
      auto name = op.getAttrOfType<StringAttr>("name");
      auto [known, isNew] = weightTypes.try_emplace(name.getValue(), op.getResult(0).getType());
      if (known->second != op.getResult(0).getType())
        return op.emitOpError() << "gives '" << name.getValue() << "' the type " << op.getResult(0).getType()
                                << ", elsewhere it is " << known->second;
    }
    return success();
  }

  /// Operands and results that have a place, and a kernel whose attention reads caches.
  LogicalResult checkCall(kernel::CallOp call, kernel::FuncOp kernel) {
    auto fail = [&]() { return call.emitOpError() << "of @" << call.getCallee() << " "; };
    if (!kernel.getSchedule()) return fail() << "has no schedule";
    for (Operation &op : kernel.block()) {
      bool isUncached = false;
      if (auto scores = dyn_cast<model::ScoresOp>(op)) isUncached = !isa<model::CacheType>(scores.getKeys().getType());
      if (auto mix = dyn_cast<model::MixOp>(op)) isUncached = !isa<model::CacheType>(mix.getValues().getType());
      if (auto attention = dyn_cast<model::AttentionOp>(op))
        isUncached =
            !isa<model::CacheType>(attention.getKeys().getType()) || !isa<model::CacheType>(attention.getValues().getType());
      if (isUncached) return fail() << "attends to keys or values that are in no cache";
    }
    for (unsigned argument : kernel::operandArguments(kernel))
      if (auto value = dyn_cast<BlockArgument>(call.getInputs()[argument]);
          value && (value.getArgNumber() != 0 || !model::isTokenIntegers(value.getType())))
        return fail() << "reads argument " << value.getArgNumber()
                      << " of the function, but only token ids, the first, have a buffer";
    for (auto [index, result] : llvm::enumerate(call.getResults())) {
      auto argument = kernel::aliasedArgument(kernel, index);
      bool isPlaced = argument || isa<packed::ActivationsType>(result.getType()) || model::isScores(result.getType()) ||
                      model::isRows(result.getType());
      if (!isPlaced) return fail() << "makes a value of " << result.getType() << ", for which there is no buffer";
      if (!argument) continue;
      Value memory = call.getInputs()[*argument];
      bool isLast = llvm::all_of(memory.getUsers(), [&](Operation *user) { return user == call || user->isBeforeInBlock(call); });
      if (isa<BlockArgument>(memory) || !isLast || llvm::count(call.getInputs(), memory) > 1)
        return fail() << "writes over a value that is needed elsewhere";
    }
    return success();
  }

  Value buffer(plan::Space space, int64_t bytes, StringAttr name = {}) {
    return plan::BufferOp::create(builder, function.getLoc(), plan::BufferType::get(builder.getContext()), space, bytes, name,
                                  IntegerAttr());
  }

  /// Room for a value that a kernel makes.
  int64_t arenaBytes(Type type) const {
    if (auto activations = dyn_cast<packed::ActivationsType>(type)) return rows * target.activationBytes(activations);
    if (model::isScores(type)) return rows * cast<RankedTensorType>(type).getDimSize(1) * positions * 4;
    return rows * model::rowValues(type) * 4;
  }

  /// The buffer of a value; made when first asked for.
  Value bufferOf(Value value) {
    Value &known = buffers[value];
    if (known) return known;
    Operation *source = value.getDefiningOp();
    if (!source) return known = buffer(plan::Space::tokens, tokens * 4);
    if (auto weight = dyn_cast<packed::WeightOp>(source))
      return known = buffer(plan::Space::weights, target.matrixBytes(weight.getType()), weight.getNameAttr());
    if (auto weight = dyn_cast<model::WeightOp>(source))
      return known =
                 buffer(plan::Space::weights, cast<RankedTensorType>(weight.getType()).getNumElements() * 4, weight.getNameAttr());
    if (auto cache = dyn_cast<model::CacheOp>(source))
      return known = buffer(plan::Space::cache, target.cacheBytes(cache.getType()), cache.getNameAttr());
    if (value == logits) return known = buffer(plan::Space::logits, tokens * model::rowValues(value.getType()) * 4);
    return known = buffer(plan::Space::arena, arenaBytes(value.getType()));
  }

  /// Counters that are 0 between steps, as the cache's memory is at first. Attention steps share them.
  Value arrivals(int64_t bytes) {
    Value &known = counters[bytes];
    if (!known) known = buffer(plan::Space::cache, bytes, builder.getStringAttr("arrivals." + Twine(bytes)));
    return known;
  }

  LogicalResult addStep(kernel::CallOp call) {
    auto function = SymbolTable::lookupNearestSymbolFrom<kernel::FuncOp>(call, call.getCalleeAttr());
    if (failed(checkCall(call, function))) return failure();
    for (Type type : function.getArgumentTypes())
      if (auto cache = dyn_cast<model::CacheType>(type)) positions = cache.getPositions();
    SmallVector<Value> operands;
    for (unsigned argument : kernel::operandArguments(function)) operands.push_back(bufferOf(call.getInputs()[argument]));
    for (auto [index, result] : llvm::enumerate(call.getResults())) {
      if (auto argument = kernel::aliasedArgument(function, index)) {
        if (result == logits) return call.emitError("writes logits over another value");
        buffers[result] = bufferOf(call.getInputs()[*argument]);
      }
      operands.push_back(bufferOf(result));
    }
    scratch = std::max(scratch, target.scratchBytes(function));

    plan::Domain domain = function.getWanted() ? plan::Domain::wanted : plan::Domain::tokens;
    int64_t factor = 1, divisor = 1, sourceBytes = 0, multiplyAdds = 0, writes = call.getNumResults();
    for (Operation &op : function.block()) {
      if (auto matmul = dyn_cast<packed::MatmulOp>(op)) {
        factor = target.matmulItems(matmul);
        if (target.matmulItemsGrow(matmul))
          divisor = function.getSchedule()->getTokens();
        else
          domain = plan::Domain::fixed;
        for (Value weight : matmul.getWeights()) {
          auto matrix = cast<packed::MatrixType>(weight.getType());
          multiplyAdds += matrix.getRows() * matrix.getColumns();
          sourceBytes += matrix.getRows() * packed::rowBytes(matrix.getFormat(), matrix.getColumns());
        }
      } else if (isa<model::AttentionOp, model::ScoresOp, model::SoftmaxOp, model::MixOp>(op)) {
        const int64_t tokensAtOnce = function.getSchedule()->getTokens();
        if (block != 0 && block != tokensAtOnce)
          return call.emitOpError() << "of @" << call.getCallee() << " attends for " << tokensAtOnce
                                    << " tokens at a time, another for " << block;
        block = tokensAtOnce;
        domain = function.getWanted() ? plan::Domain::wanted_blocks : plan::Domain::blocks;
        factor = target.attentionItems(&op, block);
        const plan::TargetLayout::KeySplit split = target.attentionSplit(&op, block);
        if (split.keys > 0) {
          domain = function.getWanted() ? plan::Domain::wanted_ranges : plan::Domain::ranges;
          divisor = split.keys;
        }
        if (split.partialBytes > 0) {
          operands.push_back(buffer(plan::Space::arena, tokens * split.partialBytes));
          operands.push_back(arrivals(tokens * split.arrivalBytes));
          writes += 2;
        }
      } else if (auto embed = dyn_cast<packed::EmbedOp>(op)) {
        sourceBytes += packed::rowBytes(embed.getWeight().getType().getFormat(), embed.getWeight().getType().getColumns());
      }
    }
    plan::StepOp::create(builder, call.getLoc(), call.getCallee(), operands, writes, domain, factor, divisor,
                         function.getSchedule()->getGrain(), sourceBytes, multiplyAdds, multiplyAdds && function.getWanted());
    return success();
  }

  const plan::TargetLayout &target;
  llvm::StringMap<Type> &weightTypes; ///< by name, in all functions: a weight is packed once
  func::FuncOp function;
  int64_t tokens, rows, scratch = 0;
  int64_t block = 0;     ///< tokens of a block; 0: not known yet
  int64_t positions = 0; ///< of the caches: how many keys scores must have room for
  OpBuilder builder;
  Value logits;
  llvm::DenseMap<Value, Value> buffers;
  llvm::DenseMap<int64_t, Value> counters; ///< by their bytes
};

struct BuildPlan : impl::BuildPlanBase<BuildPlan> {
  BuildPlan(const plan::TargetLayout &target, int64_t count) : target(target) { tokens = count; }
  BuildPlan(const BuildPlan &other) : BuildPlanBase(other), target(other.target) {}

  void runOnOperation() override {
    llvm::StringMap<Type> weightTypes;
    for (auto function : llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>())) {
      int64_t count = function.getName() == "generated" ? generatedTokens : tokens;
      if (failed(ProgramBuilder(target, weightTypes, function, count).build())) return signalPassFailure();
    }
  }

  const plan::TargetLayout &target;
};
} // namespace

std::unique_ptr<Pass> createBuildPlan(const plan::TargetLayout &target, int64_t tokens) {
  return std::make_unique<BuildPlan>(target, tokens);
}
} // namespace ingot
