// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/object/Contraction.h"

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Operator.h"
#include "llvm/Transforms/Utils/Local.h"

namespace ingot::cpu {

using namespace llvm;

static BinaryOperator *productIn(Value *value) {
  auto *product = dyn_cast<BinaryOperator>(value);
  return product && product->getOpcode() == Instruction::FMul ? product : nullptr;
}

static void contract(Instruction *sum) {
  const bool isDifference = sum->getOpcode() == Instruction::FSub;
  Value *left = sum->getOperand(0), *right = sum->getOperand(1);
  IRBuilder<> builder(sum);
  Value *fused = nullptr;
  const auto fuse = [&](Value *a, Value *b, Value *c) {
    return builder.CreateIntrinsic(Intrinsic::fma, {sum->getType()}, {a, b, c});
  };
  if (BinaryOperator *product = productIn(left))
    fused = fuse(product->getOperand(0), product->getOperand(1), isDifference ? builder.CreateFNeg(right) : right);
  else if (BinaryOperator *product = productIn(right)) {
    Value *factor = product->getOperand(0);
    fused = fuse(isDifference ? builder.CreateFNeg(factor) : factor, product->getOperand(1), left);
  } else
    return;
  fused->takeName(sum);
  sum->replaceAllUsesWith(fused);
  sum->eraseFromParent();
  for (Value *operand : {left, right}) RecursivelyDeleteTriviallyDeadInstructions(operand);
}

void contractMultiplyAdds(Module &module) {
  for (Function &function : module) {
    SmallVector<Instruction *> sums;
    for (Instruction &instruction : instructions(function)) {
      if (isa<FPMathOperator>(instruction)) instruction.copyFastMathFlags(FastMathFlags()); // "set" only adds
      if (instruction.getOpcode() == Instruction::FAdd || instruction.getOpcode() == Instruction::FSub)
        sums.push_back(&instruction);
    }
    for (Instruction *sum : sums) contract(sum);
  }
}

} // namespace ingot::cpu
