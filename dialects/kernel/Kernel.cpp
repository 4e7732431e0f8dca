// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Verifiers, syntax and registration of the kernel dialect.
#include "dialects/kernel/Kernel.h"

#include "dialects/kernel/Gate.h"

#include "dialects/model/Model.h"
#include "dialects/packed/Packed.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/Interfaces/FunctionImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace ingot::kernel {

LogicalResult ScheduleAttr::verify(function_ref<InFlightDiagnostic()> emitError, int64_t grain, int64_t tokens, int64_t prefetch,
                                   int64_t prefetchOne) {
  if (grain < 1 || tokens < 1 || prefetch < 0 || prefetchOne < 0)
    return emitError() << "a schedule needs a positive grain and tokens, and no negative prefetch";
  return success();
}

Kind kindOf(Block &body) {
  for (Operation &op : body) {
    if (isa<packed::MatmulOp>(op)) return Kind::matmul;
    if (isa<packed::EmbedOp>(op)) return Kind::embed;
    if (isa<model::AttentionOp, model::ScoresOp, model::SoftmaxOp, model::MixOp>(op)) return Kind::attention;
  }
  return Kind::rows;
}

/// A matmul's result plus an argument of the kernel, which is then the memory of the sum: no two sums over one argument.
static bool isSumInPlace(Operation &op, llvm::SmallPtrSetImpl<Value> &sums) {
  auto add = dyn_cast<model::AddOp>(op);
  if (!add) return false;
  Value product = add.getLhs(), argument = add.getRhs();
  if (isa<BlockArgument>(product)) std::swap(product, argument);
  return isa_and_nonnull<packed::MatmulOp>(product.getDefiningOp()) && isa<BlockArgument>(argument) &&
         sums.insert(product).second && sums.insert(argument).second;
}

static LogicalResult verifyKind(Operation *kernel, Block &body) {
  auto ops = body.without_terminator();
  for (Operation &op : ops)
    if (op.getNumRegions()) return kernel->emitOpError() << "holds an operation with regions";
  llvm::SmallPtrSet<Value, 4> sums;
  switch (kindOf(body)) {
  case Kind::rows:
    return success();
  case Kind::embed:
  case Kind::attention:
    if (!llvm::hasSingleElement(ops)) return kernel->emitOpError() << "holds other work beside an embedding or attention";
    return success();
  case Kind::matmul:
    if (gateOf(body)) return success();
    for (Operation &op : ops)
      if (isa<packed::MatmulOp>(op) ? &op != &body.front() : !isSumInPlace(op, sums))
        return kernel->emitOpError()
               << "holds other work beside a matmul and the sums of its results with arguments, or a gate of them";
    return success();
  }
  llvm_unreachable("all kinds are above");
}

LogicalResult GroupOp::verify() {
  if (!llvm::equal(getInputs().getTypes(), block().getArgumentTypes())) // C1
    return emitOpError() << "has a body whose arguments differ from its inputs";
  if (!isa<YieldOp>(block().back())) return emitOpError() << "has a body that does not end with kernel.yield";
  if (!llvm::equal(getResultTypes(), block().back().getOperandTypes()))
    return emitOpError() << "yields other types than its results'";
  return verifyKind(*this, block()); // C2
}

ParseResult FuncOp::parse(OpAsmParser &parser, OperationState &result) {
  auto buildType = [](Builder &builder, ArrayRef<Type> inputs, ArrayRef<Type> results, function_interface_impl::VariadicFlag,
                      std::string &) { return builder.getFunctionType(inputs, results); };
  return function_interface_impl::parseFunctionOp(parser, result, /*allowVariadic=*/false, getFunctionTypeAttrName(result.name),
                                                  buildType, getArgAttrsAttrName(result.name), getResAttrsAttrName(result.name));
}

void FuncOp::print(OpAsmPrinter &printer) {
  function_interface_impl::printFunctionOp(printer, *this, /*isVariadic=*/false, getFunctionTypeAttrName(), getArgAttrsAttrName(),
                                           getResAttrsAttrName());
}

LogicalResult FuncOp::verify() {
  if (block().empty() || !isa<ReturnOp>(block().back()))
    return emitOpError() << "has a body that does not end with kernel.return"; // C1
  return verifyKind(*this, block());                                           // C2
}

LogicalResult ReturnOp::verify() {
  auto function = cast<FuncOp>((*this)->getParentOp());
  if (!llvm::equal(getOperandTypes(), function.getResultTypes())) // C1
    return emitOpError() << "returns other types than @" << function.getSymName() << " has";
  return success();
}

LogicalResult CallOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto function = symbols.lookupNearestSymbolFrom<FuncOp>(*this, getCalleeAttr());
  if (!function) return emitOpError() << "calls @" << getCallee() << ", which is no kernel"; // C1
  if (!llvm::equal(getInputs().getTypes(), function.getArgumentTypes()) ||
      !llvm::equal(getResultTypes(), function.getResultTypes()))
    return emitOpError() << "calls @" << getCallee() << " with other types than it has";
  return success();
}

void KernelDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/kernel/KernelAttributes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/kernel/KernelOps.cpp.inc"
      >();
}

} // namespace ingot::kernel

#include "dialects/kernel/KernelDialect.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/kernel/KernelAttributes.cpp.inc"
#define GET_OP_CLASSES
#include "dialects/kernel/KernelOps.cpp.inc"
