// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/threads/Team.h"

#include <atomic>
#include <gtest/gtest.h>
#include <unistd.h>
#include <vector>

namespace ingot::runtime {
namespace {

struct Watch {
  std::vector<std::atomic<int>> done{std::vector<std::atomic<int>>(4096)};
  std::atomic<uint64_t> finished{0}; // items over all steps
  std::atomic<int> early{0};
  uint64_t before = 0; // what must be finished before this step begins
};

// Operands: the watch, the number of items of all earlier steps.
void countKernel(const ingot_frame *, void *const *operands, int64_t begin, int64_t end, void *scratch) {
  auto &watch = *static_cast<Watch *>(operands[0]);
  if (watch.finished.load() < reinterpret_cast<uintptr_t>(operands[1])) watch.early++;
  memset(scratch, static_cast<int>(begin), 64);
  for (int64_t i = begin; i < end; i++) watch.done[static_cast<size_t>(i)]++;
  watch.finished += static_cast<uint64_t>(end - begin);
}

// The first item of each step takes as long as a time slice of another process.
void stalledKernel(const ingot_frame *frame, void *const *operands, int64_t begin, int64_t end, void *scratch) {
  if (begin == 0) usleep(2000);
  countKernel(frame, operands, begin, end, scratch);
}

ingot_step makeStep(ingot_kernel kernel, uint32_t domain, uint32_t factor, uint32_t divisor, uint32_t grain) {
  return {"count", kernel, nullptr, 2, domain, factor, divisor, grain, 0, 0, 0, 0};
}

ingot_frame frameOf(int64_t count, int64_t wanted, int64_t blocks = 1, int64_t wantedBlocks = 0) {
  ingot_frame frame{};
  frame.count = count, frame.wanted_count = wanted, frame.block_count = blocks, frame.wanted_block_count = wantedBlocks;
  return frame;
}

// Runs the steps again and again; every item of every step must be done once a run, after all of the steps before.
void expectAllDone(Team &team, const std::vector<ingot_step> &steps, const ingot_frame &frame, int runs) {
  Watch watch;
  std::vector<std::array<void *, 2>> operands;
  std::vector<int> expected(watch.done.size(), 0);
  uint64_t items = 0;
  for (const ingot_step &step : steps) {
    operands.push_back({&watch, reinterpret_cast<void *>(items)});
    for (uint32_t i = 0; i < itemsOf(step, frame); i++) expected[i] += runs;
    items += itemsOf(step, frame);
  }
  std::vector<void *const *> table;
  for (auto &each : operands) table.push_back(each.data());
  for (int run = 0; run < runs; run++) {
    watch.finished = 0;
    team.run({steps.data(), static_cast<uint32_t>(steps.size()), table.data(), &frame});
    ASSERT_EQ(watch.finished, items);
  }
  EXPECT_EQ(watch.early, 0);
  for (size_t i = 0; i < expected.size(); i++) ASSERT_EQ(watch.done[i], expected[i]) << i;
}

class TeamSizes : public testing::TestWithParam<unsigned> {};

TEST_P(TeamSizes, DoesEveryItemOnceInOrder) {
  Team team;
  Error error;
  ASSERT_TRUE(team.start(GetParam(), 64, error)) << error.text;
  EXPECT_EQ(team.threads(), GetParam());
  std::vector<ingot_step> steps;
  for (uint32_t i = 0; i < 40; i++) steps.push_back(makeStep(countKernel, INGOT_DOMAIN_FIXED, 1 + i * 7 % 100, 1, 1 + i % 5));
  expectAllDone(team, steps, frameOf(1, 1), 500);
}

TEST_P(TeamSizes, WaitsForAStalledThread) {
  Team team;
  Error error;
  ASSERT_TRUE(team.start(GetParam(), 64, error));
  expectAllDone(team, {makeStep(stalledKernel, INGOT_DOMAIN_FIXED, 9, 1, 1), makeStep(stalledKernel, INGOT_DOMAIN_FIXED, 3, 1, 1)},
                frameOf(1, 1), 10);
}

TEST_P(TeamSizes, SkipsStepsWithoutItems) {
  Team team;
  Error error;
  ASSERT_TRUE(team.start(GetParam(), 64, error));
  const ingot_step none = makeStep(countKernel, INGOT_DOMAIN_WANTED, 5, 1, 1),
                   some = makeStep(countKernel, INGOT_DOMAIN_TOKENS, 3, 2, 4);
  const ingot_frame frame = frameOf(7, 0);
  expectAllDone(team, {none}, frame, 5);
  expectAllDone(team, {none, some, none, none, some, none}, frame, 50);
  expectAllDone(team, {}, frame, 5);
}

// 16: more threads than there are processors.
INSTANTIATE_TEST_SUITE_P(Team, TeamSizes, testing::Values(1u, 2u, 3u, 5u, 16u));

TEST(Team, CountsItemsByDomain) {
  const ingot_frame frame = frameOf(7, 3, 5, 2);
  EXPECT_EQ(itemsOf(makeStep(countKernel, INGOT_DOMAIN_FIXED, 12, 5, 1), frame), 12u);
  EXPECT_EQ(itemsOf(makeStep(countKernel, INGOT_DOMAIN_TOKENS, 3, 2, 1), frame), 12u);
  EXPECT_EQ(itemsOf(makeStep(countKernel, INGOT_DOMAIN_WANTED, 3, 2, 1), frame), 6u);
  EXPECT_EQ(itemsOf(makeStep(countKernel, INGOT_DOMAIN_WANTED, 3, 1, 1), frameOf(7, 0)), 0u);
  EXPECT_EQ(itemsOf(makeStep(countKernel, INGOT_DOMAIN_BLOCKS, 3, 1, 1), frame), 15u);
  EXPECT_EQ(itemsOf(makeStep(countKernel, INGOT_DOMAIN_WANTED_BLOCKS, 3, 1, 1), frame), 6u);
  EXPECT_EQ(itemsOf(makeStep(countKernel, INGOT_DOMAIN_WANTED_BLOCKS, 3, 1, 1), frameOf(7, 0)), 0u);
  const ingot_block blocks[] = {{0, 1, 63, 0}, {1, 1, 64, 1}};
  ingot_frame ranged = frame;
  ranged.blocks = blocks, ranged.block_count = 2;
  ranged.wanted_blocks = blocks, ranged.wanted_block_count = 1;
  EXPECT_EQ(itemsOf(makeStep(countKernel, INGOT_DOMAIN_RANGES, 3, 64, 1), ranged), 3u * 2 * 2) << "65 positions are two ranges";
  EXPECT_EQ(itemsOf(makeStep(countKernel, INGOT_DOMAIN_WANTED_RANGES, 3, 64, 1), ranged), 3u);
}

TEST(Team, MeasuresSteps) {
  Team team;
  Error error;
  ASSERT_TRUE(team.start(2, 64, error));
  Watch watch;
  void *operands[] = {&watch, nullptr};
  void *const *table[] = {operands, operands};
  const ingot_step steps[] = {makeStep(stalledKernel, INGOT_DOMAIN_FIXED, 4, 1, 4),
                              makeStep(countKernel, INGOT_DOMAIN_FIXED, 4, 1, 4)};
  const ingot_frame frame = frameOf(1, 1);
  StepTime times[2][2] = {}; // thread, step
  team.run({steps, 2, table, &frame, &times[0][0]});
  EXPECT_GE(times[0][0].elapsed, 2'000'000u);
  EXPECT_GE(times[0][0].busy + times[1][0].busy, 2'000'000u);
  EXPECT_LT(times[0][1].elapsed, times[0][0].elapsed);
  EXPECT_EQ(times[0][0].chunks + times[1][0].chunks, 1u);
}

struct Prepared {
  std::atomic<int> times{0};
  int value = 0;
};

// Operands: what is prepared.
void prepareKernel(const ingot_frame *, void *const *operands, int64_t begin, int64_t end, void *) {
  auto &prepared = *static_cast<Prepared *>(operands[0]);
  prepared.times++;
  prepared.value = static_cast<int>(end - begin);
}

// Operands: what was prepared, a counter of items, one of items that found it wrong.
void useKernel(const ingot_frame *frame, void *const *operands, int64_t begin, int64_t end, void *) {
  const auto &prepared = *static_cast<Prepared *>(operands[0]);
  *static_cast<std::atomic<int64_t> *>(operands[1]) += end - begin;
  if (prepared.value != frame->count || prepared.times == 0) ++*static_cast<std::atomic<int64_t> *>(operands[2]);
}

// Something before, so that any thread may open the steps behind it.
void nothingKernel(const ingot_frame *, void *const *, int64_t, int64_t, void *) {}

// With few items every thread that works prepares, in memory of its own; whoever takes item 0, in that of all. With many, one does.
TEST_P(TeamSizes, RepeatsShortSteps) {
  Team team;
  Error error;
  const unsigned threads = GetParam();
  ASSERT_TRUE(team.start(threads, 64, error));
  ingot_step steps[] = {makeStep(nothingKernel, INGOT_DOMAIN_FIXED, 40, 1, 1),
                        makeStep(prepareKernel, INGOT_DOMAIN_TOKENS, 1, 1, 100), makeStep(useKernel, INGOT_DOMAIN_FIXED, 40, 1, 1)};
  steps[1].repeatable_results = 1;
  constexpr int runs = 2000; // in some of them item 0 is left to a thread that has prepared for itself already
  for (const int64_t tokens : {1, 50}) {
    const bool isRepeated = tokens == 1 && threads > 1;
    std::atomic<int64_t> items{0}, wrong{0};
    std::vector<Prepared> prepared(threads + 1); // that of all is the last
    std::vector<std::array<void *, 3>> operands;
    for (Prepared &each : prepared) operands.push_back({&each, &items, &wrong});
    std::vector<std::array<void *const *, 3>> tables;
    for (auto &each : operands) tables.push_back({each.data(), each.data(), each.data()});
    std::vector<void *const *const *> own;
    for (unsigned thread = 0; thread < threads; thread++) own.push_back(tables[thread].data());
    const ingot_frame frame = frameOf(tokens, 1);
    for (int run = 0; run < runs; run++) {
      for (Prepared &each : prepared) each.times = 0, each.value = 0;
      team.run({steps, 3, tables.back().data(), &frame, nullptr, own.data()});
      EXPECT_EQ(prepared.back().times, 1);
      EXPECT_EQ(prepared.back().value, tokens);
      for (unsigned thread = 0; thread < threads; thread++) EXPECT_LE(prepared[thread].times, isRepeated ? 1 : 0);
    }
    EXPECT_EQ(items, runs * 40);
    EXPECT_EQ(wrong, 0);
  }
}

TEST(Team, StartsAgain) {
  Team team;
  Error error;
  for (unsigned threads : {3u, 1u, 2u}) {
    ASSERT_TRUE(team.start(threads, 64, error));
    expectAllDone(team, {makeStep(countKernel, INGOT_DOMAIN_FIXED, 100, 1, 3)}, frameOf(1, 1), 20);
  }
}

} // namespace
} // namespace ingot::runtime
