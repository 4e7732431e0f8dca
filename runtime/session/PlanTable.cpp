// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/session/PlanTable.h"

namespace ingot::runtime {

void PlanTable::resolve(const ingot_plan &plan, const Spaces &spaces) {
  resolved = &plan;
  addresses.clear(), steps.clear(), tokenSlots.clear(), logitsSlots.clear();
  size_t count = 0;
  for (uint32_t i = 0; i < plan.step_count; i++) count += plan.steps[i].operand_count;
  addresses.resize(count); // before any address into it is taken
  uint32_t slot = 0;
  for (uint32_t i = 0; i < plan.step_count; i++) {
    steps.push(addresses.data() + slot);
    for (uint32_t j = 0; j < plan.steps[i].operand_count; j++, slot++) {
      const ingot_operand &operand = plan.steps[i].operands[j];
      switch (operand.space) {
      case INGOT_SPACE_ARENA:
        addresses[slot] = spaces.arena + operand.offset;
        break;
      case INGOT_SPACE_WEIGHTS:
        addresses[slot] = const_cast<char *>(spaces.weights) + operand.offset;
        break;
      case INGOT_SPACE_CACHE:
        addresses[slot] = spaces.cache + operand.offset;
        break;
      case INGOT_SPACE_TOKENS:
        tokenSlots.push(slot);
        break;
      case INGOT_SPACE_LOGITS:
        logitsSlots.push(slot);
        break;
      }
    }
  }
}

void PlanTable::setTokens(const int32_t *tokens) {
  for (const uint32_t slot : tokenSlots) addresses[slot] = const_cast<int32_t *>(tokens);
}

void PlanTable::setLogits(float *logits) {
  for (const uint32_t slot : logitsSlots) addresses[slot] = logits;
}

} // namespace ingot::runtime
