// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/session/PlanTable.h"

namespace ingot::runtime {

// Whether a repeatable step has this as a result.
static bool isResult(const ingot_step &step, const ingot_operand &operand) {
  for (uint32_t i = step.operand_count - step.repeatable_results; i < step.operand_count; i++)
    if (step.operands[i].space == operand.space && step.operands[i].offset == operand.offset) return true;
  return false;
}

// Steps with something of a thread's own: the repeatable ones and those behind them.
static bool isOwn(const ingot_plan &plan, uint32_t step) {
  return plan.steps[step].repeatable_results || (step > 0 && plan.steps[step - 1].repeatable_results);
}

void PlanTable::resolve(const ingot_plan &plan, const Spaces &spaces, unsigned threads, char *ownArenas, uint64_t ownArenaBytes) {
  resolved = &plan;
  addresses.clear(), steps.clear(), ownSteps.clear(), ownTables.clear(), tokenSlots.clear(), logitsSlots.clear();
  size_t count = 0, ownCount = 0;
  for (uint32_t i = 0; i < plan.step_count; i++) {
    count += plan.steps[i].operand_count;
    if (isOwn(plan, i)) ownCount += plan.steps[i].operand_count;
  }
  if (ownCount == 0) threads = 0;
  addresses.reserve(count + threads * ownCount); // before any address into it is taken
  for (uint32_t i = 0; i < plan.step_count; i++) {
    steps.push(addresses.end());
    for (uint32_t j = 0; j < plan.steps[i].operand_count; j++) addAddress(plan.steps[i].operands[j], spaces);
  }
  ownSteps.reserve(size_t{threads} * plan.step_count);
  for (unsigned thread = 0; thread < threads; thread++) {
    ownTables.push(ownSteps.end());
    addOwn(spaces, ownArenas + thread * ownArenaBytes);
  }
}

void PlanTable::addOwn(const Spaces &spaces, char *ownArena) {
  for (uint32_t i = 0; i < resolved->step_count; i++) {
    const ingot_step &step = resolved->steps[i];
    if (!isOwn(*resolved, i)) {
      ownSteps.push(steps[i]);
      continue;
    }
    ownSteps.push(addresses.end());
    const ingot_step &maker = step.repeatable_results ? step : resolved->steps[i - 1];
    for (uint32_t j = 0; j < step.operand_count; j++) {
      addAddress(step.operands[j], spaces);
      if (isResult(maker, step.operands[j])) addresses.back() = ownArena + step.operands[j].offset;
    }
  }
}

void PlanTable::addAddress(const ingot_operand &operand, const Spaces &spaces) {
  const uint32_t slot = static_cast<uint32_t>(addresses.size());
  switch (operand.space) {
  case INGOT_SPACE_ARENA:
    return addresses.push(spaces.arena + operand.offset);
  case INGOT_SPACE_WEIGHTS:
    return addresses.push(const_cast<char *>(spaces.weights) + operand.offset);
  case INGOT_SPACE_CACHE:
    return addresses.push(spaces.cache + operand.offset);
  case INGOT_SPACE_TOKENS:
    tokenSlots.push(slot);
    break;
  case INGOT_SPACE_LOGITS:
    logitsSlots.push(slot);
    break;
  }
  addresses.push(nullptr);
}

void PlanTable::setTokens(const int32_t *tokens) {
  for (const uint32_t slot : tokenSlots) addresses[slot] = const_cast<int32_t *>(tokens);
}

void PlanTable::setLogits(float *logits) {
  for (const uint32_t slot : logitsSlots) addresses[slot] = logits;
}

} // namespace ingot::runtime
