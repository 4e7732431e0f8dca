// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/kernel/MergeGroups.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;

namespace ingot {

bool hasUseBetween(kernel::GroupOp first, kernel::GroupOp second) {
  return llvm::any_of(first->getUsers(), [&](Operation *user) {
    user = second->getBlock()->findAncestorOpInBlock(*user);
    return user && user != second && user->isBeforeInBlock(second);
  });
}

kernel::GroupOp mergeGroups(kernel::GroupOp first, kernel::GroupOp second) {
  OpBuilder builder(second);
  llvm::SetVector<Value> inputs(first.getInputs().begin(), first.getInputs().end());
  for (Value input : second.getInputs())
    if (input.getDefiningOp() != first) inputs.insert(input);
  SmallVector<unsigned> kept; // results of the first that someone else needs
  for (OpResult result : first->getResults())
    if (llvm::any_of(result.getUsers(), [&](Operation *user) { return user != second; })) kept.push_back(result.getResultNumber());
  SmallVector<Type> types;
  for (unsigned index : kept) types.push_back(first->getResult(index).getType());
  llvm::append_range(types, second.getResultTypes());

  auto merged =
      kernel::GroupOp::create(builder, second.getLoc(), types, inputs.getArrayRef(), second.getWanted(), kernel::ScheduleAttr());
  Block *body = builder.createBlock(&merged.getBody());
  IRMapping mapping;
  SmallVector<Value> arguments;
  for (Value input : inputs) arguments.push_back(body->addArgument(input.getType(), input.getLoc()));
  auto argumentFor = [&](Value input) { return arguments[std::distance(inputs.begin(), llvm::find(inputs, input))]; };
  for (auto [input, argument] : llvm::zip(first.getInputs(), first.block().getArguments()))
    mapping.map(argument, argumentFor(input));
  for (Operation &op : first.block().without_terminator()) builder.clone(op, mapping);
  Operation *firstYield = first.block().getTerminator(), *secondYield = second.block().getTerminator();
  for (auto [input, argument] : llvm::zip(second.getInputs(), second.block().getArguments())) {
    auto result = dyn_cast<OpResult>(input);
    bool isInside = result && result.getOwner() == first;
    mapping.map(argument, isInside ? mapping.lookup(firstYield->getOperand(result.getResultNumber())) : argumentFor(input));
  }
  for (Operation &op : second.block().without_terminator()) builder.clone(op, mapping);
  SmallVector<Value> yielded;
  for (unsigned index : kept) yielded.push_back(mapping.lookup(firstYield->getOperand(index)));
  for (Value value : secondYield->getOperands()) yielded.push_back(mapping.lookup(value));
  kernel::YieldOp::create(builder, second.getLoc(), yielded);

  for (auto [position, index] : llvm::enumerate(kept)) first->getResult(index).replaceAllUsesWith(merged->getResult(position));
  for (auto [position, result] : llvm::enumerate(second->getResults()))
    result.replaceAllUsesWith(merged->getResult(kept.size() + position));
  second.erase();
  first.erase();
  return merged;
}

} // namespace ingot
