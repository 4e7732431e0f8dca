// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Verifiers and registration of the plan dialect.
#include "dialects/plan/Plan.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace ingot::plan {

LogicalResult ProgramOp::verify() {
  if (int64_t(getTokens()) < 1 || int64_t(getBlock()) < 1)
    return emitOpError() << "needs a positive number of tokens, also in a block"; // C1
  return success();
}

LogicalResult BufferOp::verify() {
  bool named = getSpace() == Space::weights || getSpace() == Space::cache;
  if (named != getName().has_value())
    return emitOpError() << "in " << stringifySpace(getSpace()) << (named ? " needs a name" : " has a name"); // C1
  int64_t offset = getOffset().value_or(0);
  if (offset < 0 || offset % 64) return emitOpError() << "lies at " << offset << ", which is no multiple of 64"; // C2
  if (getBytes() > (uint64_t(1) << 60)) return emitOpError() << "has " << int64_t(getBytes()) << " bytes";       // C3
  return success();
}

LogicalResult StepOp::verify() {
  if (int64_t(getFactor()) < 1 || int64_t(getDivisor()) < 1 || int64_t(getGrain()) < 1)
    return emitOpError() << "needs a positive factor, divisor and grain"; // C2
  if (getWrites() > getOperands().size())                                 // C3
    return emitOpError() << "writes " << int64_t(getWrites()) << " of " << getOperands().size() << " operands";
  for (Value operand : getOperands())
    if (!operand.getDefiningOp<BufferOp>()) return emitOpError() << "has an operand that is no plan.buffer"; // C4
  return success();
}

LogicalResult StepOp::verifySymbolUses(SymbolTableCollection &symbols) {
  Operation *kernel = symbols.lookupNearestSymbolFrom(*this, getKernelAttr());
  // By name: this dialect needs neither of the two.
  StringRef kind = kernel ? kernel->getName().getStringRef() : "";
  if (kind != "kernel.func" && kind != "llvm.func") return emitOpError() << "runs @" << getKernel() << ", which is no kernel"; // C1
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
