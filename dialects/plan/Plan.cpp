// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Verifiers and registration of the plan dialect.
#include "dialects/plan/Plan.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace ingot::plan {

LogicalResult ProgramOp::verify() {
  if (getTokens() < 1) return emitOpError() << "needs a positive number of tokens"; // C1
  return success();
}

LogicalResult BufferOp::verify() {
  bool named = getSpace() == Space::weights || getSpace() == Space::cache;
  if (named != getName().has_value())
    return emitOpError() << "in " << stringifySpace(getSpace()) << (named ? " needs a name" : " has a name");             // C1
  if (getOffset().value_or(0) % 64) return emitOpError() << "lies at " << *getOffset() << ", which is no multiple of 64"; // C2
  return success();
}

LogicalResult StepOp::verify() {
  if (getFactor() < 1 || getDivisor() < 1 || getGrain() < 1)
    return emitOpError() << "needs a positive factor, divisor and grain"; // C2
  return success();
}

LogicalResult StepOp::verifySymbolUses(SymbolTableCollection &symbols) {
  if (!symbols.lookupNearestSymbolFrom(*this, getKernelAttr()))
    return emitOpError() << "runs @" << getKernel() << ", which is no kernel"; // C1
  return success();
}

void PlanDialect::initialize() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/plan/PlanTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/plan/PlanOps.cpp.inc"
      >();
}

} // namespace ingot::plan

#include "dialects/plan/PlanDialect.cpp.inc"
#include "dialects/plan/PlanEnums.cpp.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/plan/PlanTypes.cpp.inc"
#define GET_OP_CLASSES
#include "dialects/plan/PlanOps.cpp.inc"
