// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The whole program: command line, weights, mode, exit status.
#include "runtime/memory/Format.h"
#include "runtime/program/Program.h"

#include <signal.h>
#include <unistd.h>

namespace ingot::runtime {

static const char *baseName(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

static bool runMode(const Program &program) {
  switch (program.options.mode) {
  case Mode::answer:
    return answer(program);
  case Mode::chat:
    return chat(program);
  case Mode::bench:
    return bench(program);
  case Mode::logits:
    return writeLogits(program);
  case Mode::generate:
    return generateIds(program);
  case Mode::info:
    return printInfo(program);
  case Mode::verify:
    return verify(program);
  case Mode::licenses:
    return printLicenses(program);
  case Mode::version:
  case Mode::help:
    break; // need no weights
  }
  return true;
}

int runProgram(const struct ingot_model &model, int count, char *const *arguments) {
  signal(SIGPIPE, SIG_IGN); // a write says so
  const char *name = count > 0 ? baseName(arguments[0]) : "program";
  Options options;
  Output output;
  Error error;
  if (parseOptions(count, arguments, options, error) && options.context > model.context)
    errors::contextTooLarge(error, options.context, model.context);
  if (error.status != INGOT_OK) {
    report(name, error);
    return 2;
  }
  Text text;
  if (options.mode == Mode::help) describeOptions(name, text);
  if (options.mode == Mode::version)
    appendFormat(text, "%s, compiled from %s by ingot %s\n", model.name, model.source, model.version);
  if (!text.empty()) return output.write(view(text)) ? 0 : 1;

  // A terminal gets a conversation, a pipe is the prompt.
  if (options.mode == Mode::answer && !options.prompt && !options.raw && isatty(STDIN_FILENO)) options.mode = Mode::chat;

  char path[4096];
  Blob blob;
  const bool good =
      ownFile(&model, path, error) && blob.open(model, path, error) && runMode({name, model, options, blob, output, error});
  if (error.status == INGOT_OK) output.explain(error);
  report(name, error);
  return good ? 0 : 1;
}

} // namespace ingot::runtime
