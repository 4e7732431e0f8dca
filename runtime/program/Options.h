// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The command line of a compiled program.
#ifndef INGOT_RUNTIME_PROGRAM_OPTIONS_H
#define INGOT_RUNTIME_PROGRAM_OPTIONS_H

#include "runtime/Errors.h"
#include "runtime/memory/Array.h"

namespace ingot::runtime {

enum class Mode : uint8_t { answer, chat, bench, logits, generate, info, verify, licenses, version, help };

struct Options {
  Mode mode = Mode::answer;
  const char *prompt = nullptr;
  const char *system = nullptr;
  const char *tokens = nullptr; ///< file of token ids
  const char *out = nullptr;
  bool raw = false, json = false, decode = false, roofline = false;
  bool seeded = false;
  uint64_t seed = 0;
  uint32_t threads = 0;  ///< 0: all
  uint32_t context = 0;  ///< 0: as compiled
  uint32_t count = 0;    ///< -n; 0: not given
  uint32_t batch = 0;    ///< 0: as large as the program likes
  uint32_t parallel = 1; ///< sequences
  uint32_t prefill = 512;
  uint32_t past = 0; ///< tokens that the cache is filled for before anything is measured
  uint32_t repeat = 5;
  ingot_sampling sampling = {.temperature = 0.8f, .top_k = 40, .top_p = 0.95f, .min_p = 0.05f, .repeat_penalty = 1};
};

bool parseOptions(int count, char *const *arguments, Options &out, Error &error);

/// The text of --help.
void describeOptions(const char *program, Text &out);

} // namespace ingot::runtime
#endif
