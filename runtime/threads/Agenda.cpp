// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/threads/Agenda.h"
#include "runtime/threads/Futex.h"

#include <algorithm>

namespace ingot::runtime {

// A step of so few items takes less time than handing its results from one processor to the others.
static constexpr uint32_t kMostRepeatedItems = 2;

// Items that are about so many tokens or more take long: a thread that is slowed down in the midst of three quarters of its range
// holds the step up. With half of what is left 1B in Q4_K_M reads prompts 1.17 times as fast (512 tokens, Emerald Rapids, two
// threads whose speeds differ from one moment to the next). Few tokens read long stretches of weights, and three quarters are
// better.
static constexpr int64_t kTokensOfLongItems = 16;

/// Positions up to the last one of any block.
static int64_t longest(const ingot_block *blocks, int64_t count) {
  int64_t end = 0;
  for (int64_t i = 0; i < count; i++)
    if (const int64_t own = int64_t{blocks[i].position} + blocks[i].count; own > end) end = own;
  return end;
}

uint32_t itemsOf(const ingot_step &step, const ingot_frame &frame) {
  const uint64_t divisor = step.divisor ? step.divisor : 1;
  const auto blocks = [divisor](int64_t tokens) { return (static_cast<uint64_t>(tokens) + divisor - 1) / divisor; };
  switch (step.domain) {
  case INGOT_DOMAIN_TOKENS:
    return static_cast<uint32_t>(step.factor * blocks(frame.count));
  case INGOT_DOMAIN_WANTED:
    return static_cast<uint32_t>(step.factor * blocks(frame.wanted_count));
  case INGOT_DOMAIN_BLOCKS:
    return static_cast<uint32_t>(step.factor * frame.block_count);
  case INGOT_DOMAIN_WANTED_BLOCKS:
    return static_cast<uint32_t>(step.factor * frame.wanted_block_count);
  case INGOT_DOMAIN_RANGES:
    return static_cast<uint32_t>(step.factor * frame.block_count * blocks(longest(frame.blocks, frame.block_count)));
  case INGOT_DOMAIN_WANTED_RANGES:
    return static_cast<uint32_t>(step.factor * frame.wanted_block_count *
                                 blocks(longest(frame.wanted_blocks, frame.wanted_block_count)));
  default:
    return step.factor;
  }
}

bool Agenda::isRepeated(const Work &work, uint32_t step, uint32_t items) {
  return work.ownOperands && work.steps[step].repeatable_results && items <= kMostRepeatedItems &&
         itemsOf(work.steps[step + 1], *work.frame) != 0;
}

void Agenda::reserve(uint32_t count) {
  if (count <= room) return;
  room = std::max(count, 2 * room);
  auto *table = static_cast<Entry *>(calloc(room, sizeof(Entry)));
  if (!table) smallAllocationFailed(room * sizeof(Entry));
  tables.push(table);
  entries.store(table, std::memory_order_release);
}

Agenda::~Agenda() {
  for (Entry *table : tables) free(table);
}

void Agenda::open(const Work &work, uint32_t threads) {
  const auto set = [](std::atomic<uint32_t> &field, uint32_t value) {
    if (field.load(std::memory_order_relaxed) != value) field.store(value, std::memory_order_relaxed);
  };
  const uint32_t before = number.load(std::memory_order_relaxed);
  number.store(before + 1, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_release);
  sequenceBefore.store(nextSequence(), std::memory_order_relaxed);
  itemsBefore.store(end(), std::memory_order_relaxed);
  reserve(work.stepCount);
  Entry *const table = entries.load(std::memory_order_relaxed);
  uint32_t legs = 0, repeated = 0, all = 0;
  for (uint32_t step = 0; step < work.stepCount; step++) {
    const uint32_t items = itemsOf(work.steps[step], *work.frame);
    if (items == 0) continue;
    if (isRepeated(work, step, items)) {
      repeated = items;
      continue;
    }
    const uint32_t grain = std::max(1u, work.steps[step].grain);
    Entry &entry = table[legs++];
    set(entry.step, step), set(entry.repeated, repeated), set(entry.items, items), set(entry.grain, grain);
    set(entry.ranges, std::min(threads, std::max(1u, items / grain)));
    set(entry.end, all += items);
    repeated = 0;
  }
  runItems = all;
  set(isTimed, work.times != nullptr);
  set(keptShift, work.frame->count >= kTokensOfLongItems ? 1 : 2);
  legCount.store(legs, std::memory_order_release); // behind the table that has room for them
  number.store(before + 2, std::memory_order_seq_cst);
}

bool Agenda::read(uint32_t run, uint32_t position, Leg &leg) const {
  const uint32_t legs = legCount.load(std::memory_order_acquire);
  if (position < legs) {
    const Entry &entry = entryAt(position);
    const auto get = [](const std::atomic<uint32_t> &field) { return field.load(std::memory_order_relaxed); };
    leg = {get(entry.step),
           get(entry.repeated),
           get(entry.items),
           get(entry.grain),
           get(entry.ranges),
           sequenceBefore.load(std::memory_order_relaxed) + position,
           itemsBefore.load(std::memory_order_relaxed) + get(entry.end),
           position + 1 == legs,
           get(isTimed) != 0,
           get(keptShift)};
  }
  std::atomic_thread_fence(std::memory_order_acquire);
  return position < legs && number.load(std::memory_order_relaxed) == run;
}

void Agenda::addTimes(const Work &work, uint64_t begin) const {
  const uint32_t legs = legCount.load(std::memory_order_relaxed);
  const uint64_t end = nanosecondsNow();
  for (uint32_t position = 0; position < legs; position++) {
    const Entry &entry = entryAt(position);
    // Not written yet where its finisher was displaced behind its last item.
    const uint64_t noted = entry.endedAt.load(std::memory_order_relaxed);
    const uint64_t at = position + 1 == legs || noted > end ? end : std::max(noted, begin);
    work.times[entry.step.load(std::memory_order_relaxed)].elapsed += at - begin;
    begin = at;
  }
}

} // namespace ingot::runtime
