// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `ingot tune`: for each kernel that a model needs, tries schedules on this machine and writes the fastest into a tuning record.
//
// In up to three rounds a kernel: first schedules that differ from the defaults in one setting of the code, then the winner with
// one more setting, and its winner again; each round ends against the defaults (Contest.h). The record is rewritten, whole or not
// at all, after each kernel, and kernels that it has are not tuned again: what was interrupted goes on where it was.
#ifndef INGOT_COMPILER_TUNING_TUNE_H
#define INGOT_COMPILER_TUNING_TUNE_H

#include "compiler/Options.h"
#include "compiler/tuning/Record.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <chrono>

namespace ingot::tuning {

struct TuneRequest {
  CompileOptions compile;            ///< model (or none), target, activations, overrides
  std::vector<std::string> matrices; ///< instead of a model: "q8_0:4096x2048"
  std::string output;                ///< the record
  std::chrono::seconds budget{60};   ///< no kernel is begun after it; what is begun is finished
  bool again = false;                ///< tune what the record has, too
  std::string date;                  ///< of today, for the record
};

/// What is said while it goes on.
struct TuneEvent {
  enum class Kind { Planned, Begin, Timed, Broken, Done } kind;
  size_t number = 0, count = 0; ///< of kernels
  std::string text;             ///< Begin, Done: the kernel; Timed, Broken: what was measured of, or happened to, a candidate
  const Entry *entry = nullptr; ///< Done
  double secondsLeft = 0;
};

struct TuneResult {
  size_t tuned = 0, known = 0, left = 0, broken = 0; ///< kernels measured now, before, not yet; candidates that broke
  double bestGain = 1;
};

llvm::Expected<TuneResult> tune(const TuneRequest &request, llvm::function_ref<void(const TuneEvent &)> listen);

} // namespace ingot::tuning
#endif
