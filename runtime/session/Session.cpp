// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/session/Session.h"
#include "runtime/session/Features.h"

namespace ingot::runtime {

static_assert(int{INGOT_TOKENS_READ} == int{INGOT_PLAN_READ} && int{INGOT_TOKENS_GENERATED} == int{INGOT_PLAN_GENERATED});

bool Session::open(const struct ingot_model &model, const Blob &blob, const SessionOptions &options, Error &error) {
  if (!checkFeatures(model.features, processorFeatures(), error)) return false;
  if (options.context > model.context) return errors::contextTooLarge(error, options.context, model.context);
  blob.populate();
  compiled = &model;
  contextTokens = options.context ? options.context : model.context;

  uint64_t arenaBytes = 0, scratchBytes = 0;
  for (const ingot_plan &plan : model.plans) {
    arenaBytes = plan.arena_bytes > arenaBytes ? plan.arena_bytes : arenaBytes;
    scratchBytes = plan.scratch_bytes > scratchBytes ? plan.scratch_bytes : scratchBytes;
  }
  if (!arena.reserve(arenaBytes, Pages::large, "the activations", error)) return false;
  if (!cache.reserve(model.cache_bytes, Pages::small, "the cache of keys and values", error)) return false;
  if (!lastLogits.reserve(uint64_t{model.vocabulary} * sizeof(float), Pages::small, "the logits", error)) return false;
  for (int i = 0; i < INGOT_PLAN_COUNT; i++) plans[i].resolve(model.plans[i], {arena.data(), cache.data(), blob.data()});
  return team.start(options.threads ? options.threads : availableProcessors(), scratchBytes, error);
}

bool Session::check(const int32_t *tokens, size_t count, Error &error) const {
  if (count == 0) return errors::noTokens(error);
  if (count > contextTokens - positionNow) return errors::contextFull(error, positionNow, count, contextTokens);
  for (size_t i = 0; i < count; i++)
    if (static_cast<uint32_t>(tokens[i]) >= compiled->vocabulary)
      return errors::tokenOutOfRange(error, tokens[i], compiled->vocabulary);
  return true;
}

bool Session::feed(const int32_t *tokens, size_t count, ingot_token_class tokenClass, Error &error) {
  if (!check(tokens, count, error)) return false;
  const uint32_t most = plans[tokenClass].plan().tokens_max;
  for (size_t done = 0; done < count;) {
    const uint32_t size = count - done < most ? static_cast<uint32_t>(count - done) : most;
    const bool last = done + size == count;
    pass(tokenClass, tokens + done, size, last ? 1 : 0, reinterpret_cast<float *>(lastLogits.data()));
    done += size;
  }
  hasLogits = true;
  return true;
}

bool Session::feedAll(const int32_t *tokens, size_t count, ingot_token_class tokenClass, float *outLogits, Error &error) {
  if (!check(tokens, count, error)) return false;
  const uint32_t most = plans[tokenClass].plan().tokens_max;
  for (size_t done = 0; done < count;) {
    const uint32_t size = count - done < most ? static_cast<uint32_t>(count - done) : most;
    pass(tokenClass, tokens + done, size, size, outLogits + done * compiled->vocabulary);
    done += size;
  }
  memcpy(lastLogits.data(), outLogits + (count - 1) * compiled->vocabulary, compiled->vocabulary * sizeof(float));
  hasLogits = true;
  return true;
}

void Session::pass(ingot_token_class tokenClass, const int32_t *tokens, uint32_t count, uint32_t wanted, float *logits) {
  PlanTable &table = plans[tokenClass];
  table.setTokens(tokens);
  table.setLogits(logits);
  const ingot_frame frame = {count, positionNow, count - wanted};
  if (times) times->passes[tokenClass]++;
  team.run({table.plan().steps, table.plan().step_count, table.operands(), &frame,
            times ? times->nanoseconds[tokenClass].data() : nullptr});
  positionNow += count;
}

void Session::rewind(uint32_t position) {
  if (position >= positionNow) return;
  positionNow = position;
  hasLogits = false;
}

void Session::reset() {
  rewind(0);
  cache.forget();
}

void Session::measureSteps(StepTimes *newTimes) {
  times = newTimes;
  for (int i = 0; times && i < INGOT_PLAN_COUNT; i++) times->nanoseconds[i].resize(compiled->plans[i].step_count);
}

} // namespace ingot::runtime
