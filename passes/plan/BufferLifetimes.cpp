// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/plan/BufferLifetimes.h"

#include "llvm/ADT/MapVector.h"

using namespace mlir;

namespace ingot {

SmallVector<BufferLifetime> bufferLifetimes(plan::ProgramOp program) {
  llvm::MapVector<Operation *, BufferLifetime> lifetimes;
  int64_t index = 0;
  for (auto step : program.getBody().getOps<plan::StepOp>()) {
    for (Value operand : step.getOperands()) {
      auto buffer = operand.getDefiningOp<plan::BufferOp>();
      if (buffer.getSpace() != plan::Space::arena) continue;
      auto [entry, isNew] = lifetimes.insert({buffer, {buffer, index, index}});
      entry->second.last = std::max(entry->second.last, index + step.getRepeatable());
    }
    index++;
  }
  SmallVector<BufferLifetime> result;
  for (auto &[op, lifetime] : lifetimes) result.push_back(lifetime);
  return result;
}

} // namespace ingot
