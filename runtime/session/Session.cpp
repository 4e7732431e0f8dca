// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/session/Session.h"
#include "runtime/session/Features.h"
#include "runtime/threads/Processors.h"

namespace ingot::runtime {

static_assert(int{INGOT_TOKENS_READ} == int{INGOT_PLAN_READ} && int{INGOT_TOKENS_GENERATED} == int{INGOT_PLAN_GENERATED});

static constexpr uint64_t kPageBytes = 4096;

static bool hasRepeatable(const ingot_plan &plan) {
  for (uint32_t i = 0; i < plan.step_count; i++)
    if (plan.steps[i].repeatable_results) return true;
  return false;
}

// All threads together: the system needs a tenth of a millisecond for a megabyte.
static void populateKernel(const ingot_frame *, void *const *operands, int64_t begin, int64_t end, void *) {
  static_cast<const Blob *>(operands[0])->populate(static_cast<uint64_t>(begin), static_cast<uint64_t>(end));
}

void Session::populate(const Blob &blob) {
  ingot_step step{};
  step.name = "populate", step.kernel = populateKernel, step.operand_count = 1, step.domain = INGOT_DOMAIN_FIXED;
  step.factor = blob.piecesToPopulate(), step.divisor = 1, step.grain = 1;
  void *const operands[] = {const_cast<Blob *>(&blob)};
  void *const *const table[] = {operands};
  const ingot_frame frame{};
  team.run({&step, 1, table, &frame});
}

bool Session::open(const struct ingot_model &model, const Blob &blob, const SessionOptions &options, Error &error) {
  if (!checkFeatures(model.features, processorFeatures(), error)) return false;
  if (options.context > model.context) return errors::contextTooLarge(error, options.context, model.context);
  compiled = &model;
  contextTokens = options.context ? options.context : model.context;

  const unsigned threads = options.threads ? options.threads : availableProcessors();
  uint64_t arenaBytes = 0, scratchBytes = 0, ownArenaBytes = 0;
  for (const ingot_plan &plan : model.plans) {
    tables.reserve(plan.tokens_max);
    arenaBytes = plan.arena_bytes > arenaBytes ? plan.arena_bytes : arenaBytes;
    scratchBytes = plan.scratch_bytes > scratchBytes ? plan.scratch_bytes : scratchBytes;
    if (threads > 1 && hasRepeatable(plan) && plan.arena_bytes > ownArenaBytes) ownArenaBytes = plan.arena_bytes;
  }
  if (!arena.reserve(arenaBytes, Pages::large, "the activations", error)) return false;
  // Whole pages, so that no sequence touches another's.
  sequenceBytes = (model.cache_bytes + kPageBytes - 1) / kPageBytes * kPageBytes;
  positions.resize(options.sequences);
  if (!cache.reserve(sequenceBytes * options.sequences, Pages::small, "the cache of keys and values", error)) return false;
  if (!lastLogits.reserve(uint64_t{model.vocabulary} * sizeof(float), Pages::small, "the logits", error)) return false;
  ownArenaBytes = (ownArenaBytes + kPageBytes - 1) / kPageBytes * kPageBytes; // no page of one thread's is another's
  if (!ownArenas.reserve(ownArenaBytes * threads, Pages::small, "the threads' own activations", error)) return false;
  for (int i = 0; i < INGOT_PLAN_COUNT; i++)
    plans[i].resolve(model.plans[i], {arena.data(), cache.data(), blob.data()},
                     threads > 1 && hasRepeatable(model.plans[i]) ? threads : 0, ownArenas.data(), ownArenaBytes);
  if (!team.start(threads, scratchBytes, error)) return false;
  populate(blob);
  return true;
}

// A run's count has 32 bits.
bool Session::checkCount(size_t count, Error &error) const {
  return count <= contextTokens || errors::contextFull(error, positions[0], count, contextTokens);
}

bool Session::check(const Run *runs, size_t count, Error &error) const {
  if (count == 0) return errors::noTokens(error);
  for (size_t i = 0; i < count; i++) {
    const Run &run = runs[i];
    if (run.count == 0) return errors::noTokens(error);
    if (run.sequence >= sequences() || run.wanted > run.count)
      return errors::badArgument(error, "a run names a sequence or wants logits that there are not");
    uint64_t before = positions[run.sequence];
    for (size_t j = 0; j < i; j++) before += runs[j].sequence == run.sequence ? runs[j].count : 0;
    if (before + run.count > contextTokens) return errors::contextFull(error, before, run.count, contextTokens);
    for (uint32_t j = 0; j < run.count; j++)
      if (static_cast<uint32_t>(run.tokens[j]) >= compiled->vocabulary)
        return errors::tokenOutOfRange(error, run.tokens[j], compiled->vocabulary);
  }
  return true;
}

bool Session::feed(const int32_t *tokens, size_t count, ingot_token_class tokenClass, Error &error) {
  const Run run = {0, tokens, static_cast<uint32_t>(count), 1};
  if (!checkCount(count, error) || !feedTogether(&run, 1, tokenClass, reinterpret_cast<float *>(lastLogits.data()), error))
    return false;
  return hasLogits = true;
}

bool Session::feedAll(const int32_t *tokens, size_t count, ingot_token_class tokenClass, float *outLogits, Error &error) {
  const Run run = {0, tokens, static_cast<uint32_t>(count), static_cast<uint32_t>(count)};
  if (!checkCount(count, error) || !feedTogether(&run, 1, tokenClass, outLogits, error)) return false;
  memcpy(lastLogits.data(), outLogits + (count - 1) * compiled->vocabulary, compiled->vocabulary * sizeof(float));
  return hasLogits = true;
}

bool Session::feedTogether(const Run *runs, size_t count, ingot_token_class tokenClass, float *outLogits, Error &error) {
  if (!check(runs, count, error)) return false;
  const ingot_plan &plan = plans[tokenClass].plan();
  tables.clear();
  const auto flush = [&] {
    pass(tokenClass, outLogits);
    outLogits += uint64_t{tables.wantedCount()} * compiled->vocabulary;
    tables.clear();
  };
  for (size_t i = 0; i < count; i++) {
    const Run &run = runs[i];
    const uint32_t notWanted = run.count - run.wanted;
    for (uint32_t done = 0; done < run.count;) {
      const uint32_t left = run.count - done, room = plan.tokens_max - tables.count(), size = left < room ? left : room;
      const uint32_t end = done + size, wanted = end <= notWanted ? 0 : end - notWanted < size ? end - notWanted : size;
      tables.add({run.sequence, run.tokens + done, size, wanted}, positions[run.sequence], plan.block_tokens);
      positions[run.sequence] += size;
      if (run.sequence == 0) hasLogits = false;
      done = end;
      if (tables.count() == plan.tokens_max) flush();
    }
  }
  if (tables.count()) flush();
  return true;
}

void Session::pass(ingot_token_class tokenClass, float *logits) {
  PlanTable &table = plans[tokenClass];
  table.setTokens(tables.tokens());
  table.setLogits(logits);
  const ingot_frame frame = tables.frame(sequenceBytes);
  if (times) times->passes[tokenClass]++;
  team.run({table.plan().steps, table.plan().step_count, table.operands(), &frame,
            times ? times->steps[tokenClass].data() : nullptr, table.ownOperands()});
}

void Session::rewind(uint32_t position, uint32_t sequence) {
  if (position >= positions[sequence]) return;
  positions[sequence] = position;
  if (sequence == 0) hasLogits = false;
}

void Session::pretend(uint32_t position) {
  // Read as F16 such bytes are 1/16 … 1/4 of either sign, and nothing infinite in any other type: random, because a page never
  // written reads from one page of zeros, which lies in the first-level cache.
  auto *words = reinterpret_cast<uint64_t *>(cache.data());
  uint64_t random = 1;
  for (uint64_t i = 0; i < sequenceBytes * positions.size() / sizeof(uint64_t); i++) {
    random = random * 6364136223846793005 + 1442695040888963407;
    words[i] = (random >> 5 & 0x8787878787878787) + 0x2c2c2c2c2c2c2c2c;
  }
  for (uint32_t &each : positions) each = position;
  hasLogits = false;
}

void Session::reset() {
  for (uint32_t sequence = 0; sequence < sequences(); sequence++) rewind(0, sequence);
  cache.forget();
}

StepTime StepTimes::sum(int plan, uint32_t step) const {
  StepTime sum = {};
  for (size_t i = step; i < steps[plan].size(); i += steps[plan].size() / threads) {
    const StepTime &one = steps[plan][i];
    sum.elapsed += one.elapsed, sum.busy += one.busy, sum.chunks += one.chunks;
  }
  return sum;
}

void Session::measureSteps(StepTimes *newTimes) {
  times = newTimes;
  if (!times) return;
  times->threads = threads();
  for (int i = 0; i < INGOT_PLAN_COUNT; i++) times->steps[i].resize(compiled->plans[i].step_count * threads());
}

} // namespace ingot::runtime
