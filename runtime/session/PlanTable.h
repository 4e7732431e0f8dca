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
  /// The plan must outlive the table. `ownArenas` are `threads` copies of the arena, `ownArenaBytes` apart; without threads there
  /// are no own operands.
  void resolve(const ingot_plan &plan, const Spaces &spaces, unsigned threads = 0, char *ownArenas = nullptr,
               uint64_t ownArenaBytes = 0);
  void setTokens(const int32_t *tokens);
  void setLogits(float *logits);

  const ingot_plan &plan() const { return *resolved; }
  void *const *const *operands() const { return steps.data(); }
  /// For each thread, the same with the results of repeatable steps in its own arena; null when no step is repeatable.
  void *const *const *const *ownOperands() const { return ownTables.empty() ? nullptr : ownTables.data(); }

private:
  void addAddress(const ingot_operand &operand, const Spaces &spaces);
  void addOwn(const Spaces &spaces, char *ownArena);

  const ingot_plan *resolved = nullptr;
  Array<void *> addresses;                 // all steps' operands, one after the other; then what each thread has of its own
  Array<void *const *> steps;              // where each step's begin
  Array<void *const *> ownSteps;           // the same for each thread, one after the other
  Array<void *const *const *> ownTables;   // where each thread's begin
  Array<uint32_t> tokenSlots, logitsSlots; // to be patched
};

} // namespace ingot::runtime
#endif
