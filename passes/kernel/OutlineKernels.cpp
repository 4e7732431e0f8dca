// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// OutlineKernels: groups with the same text are one kernel.
#include "passes/Explain.h"
#include "passes/kernel/KernelNames.h"
#include "passes/kernel/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace ingot {
#define GEN_PASS_DEF_OUTLINEKERNELS
#include "passes/kernel/Passes.h.inc"

namespace {
struct OutlineKernels : impl::OutlineKernelsBase<OutlineKernels> {
  /// Everything that makes a kernel: types, body, schedule; the names of the values in it are numbers.
  static std::string textOf(kernel::GroupOp group) {
    std::string text;
    llvm::raw_string_ostream stream(text);
    stream << group->getAttrDictionary();
    for (Type type : group.block().getArgumentTypes()) stream << type << ',';
    for (Operation &op : group.block()) { // operands by number, so that equal bodies read equal
      stream << op.getName() << op.getAttrDictionary() << '(';
      for (Value operand : op.getOperands()) stream << numberOf(operand, group.block()) << ' ';
      stream << ')';
      for (Type type : op.getResultTypes()) stream << type << ',';
    }
    return text;
  }

  static std::string numberOf(Value value, Block &body) {
    if (auto argument = dyn_cast<BlockArgument>(value)) return "a" + std::to_string(argument.getArgNumber());
    auto result = cast<OpResult>(value);
    int64_t index = std::distance(body.begin(), result.getOwner()->getIterator());
    return std::to_string(index) + "#" + std::to_string(result.getResultNumber());
  }

  kernel::FuncOp outline(kernel::GroupOp group, StringRef name) {
    OpBuilder builder(getOperation().getBody(), getOperation().getBody()->begin());
    for (Operation &op : *getOperation().getBody())
      if (isa<kernel::FuncOp>(op)) builder.setInsertionPointAfter(&op);
    auto type = builder.getFunctionType(group.getInputs().getTypes(), group.getResultTypes());
    auto function = kernel::FuncOp::create(builder, group.getLoc(), builder.getStringAttr(name), TypeAttr::get(type),
                                           group.getWantedAttr(), group.getScheduleAttr(), ArrayAttr(), ArrayAttr());
    Block *body = builder.createBlock(&function.getBody());
    IRMapping mapping;
    for (BlockArgument argument : group.block().getArguments())
      mapping.map(argument, body->addArgument(argument.getType(), argument.getLoc()));
    for (Operation &op : group.block().without_terminator()) builder.clone(op, mapping);
    SmallVector<Value> results;
    for (Value value : group.block().getTerminator()->getOperands()) results.push_back(mapping.lookup(value));
    kernel::ReturnOp::create(builder, group.getLoc(), results);
    return function;
  }

  void runOnOperation() override {
    llvm::StringMap<kernel::FuncOp> byText;
    llvm::StringSet<> names;
    SmallVector<kernel::GroupOp> groups;
    for (Operation &op : *getOperation().getBody())
      if (auto symbol = dyn_cast<SymbolOpInterface>(op)) names.insert(symbol.getName());
    for (auto function : getOperation().getOps<func::FuncOp>())
      function.walk([&](kernel::GroupOp group) { groups.push_back(group); });
    for (kernel::GroupOp group : groups) {
      kernel::FuncOp &function = byText[textOf(group)];
      if (!function) {
        std::string base = kernelName(group), name = base;
        for (int number = 2; !names.insert(name).second; number++) name = base + "_v" + std::to_string(number);
        function = outline(group, name);
      }
      OpBuilder builder(group);
      auto call = kernel::CallOp::create(builder, group.getLoc(), group.getResultTypes(), function.getSymName(), group.getInputs());
      group.replaceAllUsesWith(call.getResults());
      group.erase();
    }
    explainDone(getOperation(), "outline-kernels",
                Twine(groups.size()) + " steps share the code of " + Twine(byText.size()) + " kernels");
  }
};
} // namespace
} // namespace ingot
