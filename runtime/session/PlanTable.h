// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The operands of a plan's steps as addresses: resolved once, except the tokens and the logits, which differ from pass to pass.
#ifndef INGOT_RUNTIME_SESSION_PLANTABLE_H
#define INGOT_RUNTIME_SESSION_PLANTABLE_H

#include "runtime/abi/Model.h"
#include "runtime/memory/Array.h"

namespace ingot::runtime {

/// Where each space begins.
struct Spaces {
  char *arena, *cache;
  const char *weights;
};

class PlanTable {
public:
  /// The plan must outlive the table.
  void resolve(const ingot_plan &plan, const Spaces &spaces);
  void setTokens(const int32_t *tokens);
  void setLogits(float *logits);

  const ingot_plan &plan() const { return *resolved; }
  void *const *const *operands() const { return steps.data(); }

private:
  const ingot_plan *resolved = nullptr;
  Array<void *> addresses;                 // all steps' operands, one after the other
  Array<void *const *> steps;              // where each step's begin
  Array<uint32_t> tokenSlots, logitsSlots; // to be patched
};

} // namespace ingot::runtime
#endif
