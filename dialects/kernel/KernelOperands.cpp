// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/kernel/KernelOperands.h"

#include "dialects/model/Model.h"
#include "dialects/packed/Packed.h"

using namespace mlir;

namespace ingot::kernel {

std::optional<unsigned> aliasedArgument(FuncOp kernel, unsigned index) {
  Operation *source = kernel.block().getTerminator()->getOperand(index).getDefiningOp();
  auto argumentNumber = [](Value value) -> std::optional<unsigned> {
    auto argument = dyn_cast<BlockArgument>(value);
    return argument ? std::optional<unsigned>(argument.getArgNumber()) : std::nullopt;
  };
  if (auto append = dyn_cast_or_null<model::AppendOp>(source)) return argumentNumber(append.getCache());
  auto add = dyn_cast_or_null<model::AddOp>(source);
  if (add && kindOf(kernel.block()) == Kind::matmul) {
    auto left = argumentNumber(add.getLhs());
    return left ? left : argumentNumber(add.getRhs());
  }
  return std::nullopt;
}

SmallVector<unsigned> operandArguments(FuncOp kernel) {
  llvm::SmallDenseSet<unsigned> omitted;
  for (unsigned index = 0; index < kernel.getResultTypes().size(); index++)
    if (auto argument = aliasedArgument(kernel, index)) omitted.insert(*argument);
  SmallVector<unsigned> arguments;
  for (BlockArgument argument : kernel.block().getArguments()) {
    bool isPositions = model::isTokenIntegers(argument.getType()) && kindOf(kernel.block()) != Kind::embed;
    if (!isPositions && !omitted.contains(argument.getArgNumber())) arguments.push_back(argument.getArgNumber());
  }
  return arguments;
}

std::optional<unsigned> operandOfArgument(FuncOp kernel, unsigned argument) {
  auto arguments = operandArguments(kernel);
  auto *found = llvm::find(arguments, argument);
  return found == arguments.end() ? std::nullopt : std::optional<unsigned>(found - arguments.begin());
}

unsigned operandOfResult(FuncOp kernel, unsigned result) { return operandArguments(kernel).size() + result; }

} // namespace ingot::kernel
