// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sequences of tokens and all that it takes to go on with them: memory, threads, positions. Feeding cuts tokens into passes of at
// most the plan's size, tokens of several sequences together; the kernels give the same bits for every cut and company.
#ifndef INGOT_RUNTIME_SESSION_SESSION_H
#define INGOT_RUNTIME_SESSION_SESSION_H

#include "runtime/abi/Ingot.h"
#include "runtime/abi/Model.h"
#include "runtime/memory/Blob.h"
#include "runtime/memory/Region.h"
#include "runtime/session/FrameTables.h"
#include "runtime/session/PlanTable.h"
#include "runtime/threads/Team.h"

namespace ingot::runtime {

struct SessionOptions {
  uint32_t threads = 0; ///< 0: every processor this process may use
  uint32_t context = 0; ///< tokens of a sequence; 0: as compiled
  uint32_t sequences = 1;
};

/// Time by step, while it is measured: one array for each plan, [threads][steps].
struct StepTimes {
  Array<StepTime> steps[INGOT_PLAN_COUNT];
  uint64_t passes[INGOT_PLAN_COUNT] = {};
  uint32_t threads = 0;

  /// Of all threads together.
  StepTime sum(int plan, uint32_t step) const;
};

class Session {
public:
  /// The model and the blob must outlive the session.
  bool open(const struct ingot_model &model, const Blob &blob, const SessionOptions &options, Error &error);

  /// Appends tokens to sequence 0 and keeps the logits of the last. The range of the ids and the room are checked.
  bool feed(const int32_t *tokens, size_t count, ingot_token_class tokenClass, Error &error);
  /// Appends tokens to sequence 0 and writes the logits of each: [count, vocabulary].
  bool feedAll(const int32_t *tokens, size_t count, ingot_token_class tokenClass, float *outLogits, Error &error);
  /// Appends runs of any sequences, as many in a pass as it holds, and writes the wanted logits in their order.
  bool feedTogether(const Run *runs, size_t count, ingot_token_class tokenClass, float *outLogits, Error &error);

  /// Logits of the last token fed to sequence 0 by feed or feedAll, or null.
  const float *logits() const { return hasLogits ? reinterpret_cast<const float *>(lastLogits.data()) : nullptr; }
  float *logits() { return hasLogits ? reinterpret_cast<float *>(lastLogits.data()) : nullptr; }

  uint32_t position(uint32_t sequence = 0) const { return positions[sequence]; }
  uint32_t sequences() const { return static_cast<uint32_t>(positions.size()); }
  uint32_t context() const { return contextTokens; }
  uint32_t threads() const { return team.threads(); }
  const struct ingot_model &model() const { return *compiled; }
  Team &threadTeam() { return team; }

  /// Forgets a sequence's tokens from `position` on.
  void rewind(uint32_t position, uint32_t sequence = 0);
  /// For measuring: fills the cache with random finite values, as if each sequence had been fed `position` tokens.
  void pretend(uint32_t position);
  /// Forgets all tokens of all sequences and gives the cache's memory back.
  void reset();
  /// Adds each step's time to `times` from now on; null: stops.
  void measureSteps(StepTimes *times);

private:
  bool check(const Run *runs, size_t count, Error &error) const;
  bool checkCount(size_t count, Error &error) const;
  void populate(const Blob &blob);
  void pass(ingot_token_class tokenClass, float *logits);

  const struct ingot_model *compiled = nullptr;
  uint32_t contextTokens = 0;
  uint64_t sequenceBytes = 0;
  Array<uint32_t> positions; // of the sequences
  bool hasLogits = false;
  FrameTables tables; // of the next pass
  Region arena, ownArenas, cache, lastLogits;
  PlanTable plans[INGOT_PLAN_COUNT];
  StepTimes *times = nullptr;
  Team team;
};

} // namespace ingot::runtime
#endif
