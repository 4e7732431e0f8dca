// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the modes of a compiled program share. Each mode is one function in a file of its own; it returns false with an error, or
// with none where the reason needs no words (a closed pipe).
#ifndef INGOT_RUNTIME_PROGRAM_PROGRAM_H
#define INGOT_RUNTIME_PROGRAM_PROGRAM_H

#include "runtime/memory/Blob.h"
#include "runtime/program/Options.h"
#include "runtime/program/Output.h"
#include "runtime/session/Session.h"

namespace ingot::runtime {

struct Program {
  const char *name; ///< as it was called
  const struct ingot_model &model;
  const Options &options;
  const Blob &blob;
  Output &output;
  Error &error;

  bool open(Session &session) const {
    return session.open(model, blob, {.threads = options.threads, .context = options.context, .sequences = options.parallel},
                        error);
  }
};

bool answer(const Program &program);
bool chat(const Program &program);
bool bench(const Program &program);
bool writeLogits(const Program &program);
bool generateIds(const Program &program);
bool printInfo(const Program &program);
bool printLicenses(const Program &program);
bool verify(const Program &program);

/// The whole program; its exit status.
int runProgram(const struct ingot_model &model, int count, char *const *arguments);

} // namespace ingot::runtime
#endif
