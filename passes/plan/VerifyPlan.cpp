// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// VerifyPlan: what must hold of a plan before code is made for it.
#include "passes/plan/BufferLifetimes.h"
#include "passes/plan/Passes.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;

namespace ingot {
#define GEN_PASS_DEF_VERIFYPLAN
#include "passes/plan/Passes.h.inc"

namespace {
struct VerifyPlan : impl::VerifyPlanBase<VerifyPlan> {
  void runOnOperation() override {
    places.clear();
    named.clear();
    for (auto program : getOperation().getOps<plan::ProgramOp>())
      if (failed(verifyPlaces(program)) || failed(verifyNames(program)) || failed(verifyOrder(program)) ||
          failed(verifyRepeatable(program)))
        return signalPassFailure();
  }

  static LogicalResult verifyPlaces(plan::ProgramOp program) {
    for (auto buffer : program.getBody().getOps<plan::BufferOp>())
      if (!buffer.getOffset()) return buffer.emitOpError("has no place");
    auto lifetimes = bufferLifetimes(program);
    for (auto [index, one] : llvm::enumerate(lifetimes)) {
      int64_t begin = *one.buffer.getOffset(), end = begin + one.buffer.getBytes();
      if (end > int64_t(program.getArena()))
        return one.buffer.emitOpError("ends at ") << end << ", beyond the arena's " << program.getArena() << " bytes";
      for (BufferLifetime &other : MutableArrayRef(lifetimes).take_front(index)) {
        int64_t otherBegin = *other.buffer.getOffset(), otherEnd = otherBegin + other.buffer.getBytes();
        if (one.overlaps(other) && begin < otherEnd && otherBegin < end)
          return one.buffer.emitOpError("shares bytes with a buffer that is alive at the same time")
                     .attachNote(other.buffer.getLoc())
                 << "the other buffer";
      }
    }
    return success();
  }

  LogicalResult verifyNames(plan::ProgramOp program) {
    for (auto buffer : program.getBody().getOps<plan::BufferOp>()) {
      if (!buffer.getName()) continue;
      std::pair<int64_t, int64_t> place(*buffer.getOffset(), buffer.getBytes());
      auto [known, isNew] = places.try_emplace((stringifySpace(buffer.getSpace()) + ":" + *buffer.getName()).str(), place);
      if (known->second != place) return buffer.emitOpError("'") << *buffer.getName() << "' lies at two places or has two sizes";
      if (isNew && failed(verifyApart(buffer))) return failure();
    }
    return success();
  }

  /// Weights share no bytes with other weights, nor caches with other caches.
  LogicalResult verifyApart(plan::BufferOp buffer) {
    int64_t begin = *buffer.getOffset(), end = begin + buffer.getBytes();
    for (plan::BufferOp other : named) {
      int64_t otherBegin = *other.getOffset(), otherEnd = otherBegin + other.getBytes();
      if (other.getSpace() == buffer.getSpace() && begin < otherEnd && otherBegin < end)
        return (buffer.emitOpError("'") << *buffer.getName() << "' shares bytes with '" << *other.getName() << "'")
                   .attachNote(other.getLoc())
               << "the other buffer";
    }
    named.push_back(buffer);
    return success();
  }

  static LogicalResult verifyOrder(plan::ProgramOp program) {
    llvm::DenseSet<Value> written;
    for (auto step : program.getBody().getOps<plan::StepOp>()) {
      auto operands = step.getOperands();
      for (Value operand : operands.drop_back(step.getWrites())) {
        auto buffer = operand.getDefiningOp<plan::BufferOp>();
        if (buffer.getSpace() == plan::Space::arena && !written.contains(operand))
          return step.emitOpError("reads a buffer that no step has written");
      }
      for (Value operand : operands.take_back(step.getWrites())) written.insert(operand);
    }
    return success();
  }

  /// A repeatable step writes activations alone, and neither it nor the step behind it writes over what it reads or has written.
  static LogicalResult verifyRepeatable(plan::ProgramOp program) {
    plan::StepOp before;
    for (auto step : program.getBody().getOps<plan::StepOp>()) {
      if (before && before.getRepeatable()) {
        if (step.getRepeatable()) return step.emitOpError("is repeatable behind a repeatable step");
        for (Value value : step.getOperands().take_back(step.getWrites()))
          if (llvm::is_contained(before.getOperands(), value))
            return step.emitOpError("writes a buffer of the repeatable step before it");
      }
      before = step;
      if (!step.getRepeatable()) continue;
      auto operands = step.getOperands();
      for (Value value : operands.take_back(step.getWrites()))
        if (value.getDefiningOp<plan::BufferOp>().getSpace() != plan::Space::arena ||
            llvm::is_contained(operands.drop_back(step.getWrites()), value))
          return step.emitOpError("is repeatable, but writes more than new activations");
    }
    if (before && before.getRepeatable()) return before.emitOpError("is repeatable, but the last");
    return success();
  }

  llvm::StringMap<std::pair<int64_t, int64_t>> places;
  SmallVector<plan::BufferOp> named; ///< one of each name
};
} // namespace
} // namespace ingot
