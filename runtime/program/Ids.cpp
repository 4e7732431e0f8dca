// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// --logits and --generate: the interface of every numeric check. Ids are taken as they are, end tokens mean nothing.
#include "runtime/memory/Format.h"
#include "runtime/program/IdFile.h"
#include "runtime/program/Program.h"
#include "runtime/sampling/Sampler.h"

namespace ingot::runtime {

// All prompts are checked before the first is worked on.
static bool readPrompts(const Program &program, const Session &session, uint32_t generated, IdFile &prompts) {
  const char *path = program.options.tokens;
  if (!prompts.read(path, program.model.vocabulary, program.error)) return false;
  for (size_t i = 0; i < prompts.prompts(); i++)
    if (prompts.size(i) + generated > session.context())
      return errors::lineTooLong(program.error, path, i + 1, prompts.size(i), generated, session.context(), program.model.context);
  return true;
}

bool writeLogits(const Program &program) {
  const Options &options = program.options;
  Session session;
  IdFile prompts;
  OutputFile file;
  if (!program.open(session) || !readPrompts(program, session, 0, prompts)) return false;
  const ingot_token_class tokenClass = options.decode ? INGOT_TOKENS_GENERATED : INGOT_TOKENS_READ;
  const ingot_plan &plan = program.model.plans[options.decode ? INGOT_PLAN_GENERATED : INGOT_PLAN_READ];
  uint32_t piece = options.batch && options.batch < plan.tokens_max ? options.batch : plan.tokens_max;
  const uint64_t rowBytes = uint64_t{program.model.vocabulary} * sizeof(float);
  // A large vocabulary: smaller pieces rather than gigabytes. The numbers are the same.
  while (!options.batch && piece > 1 && piece * rowBytes > (256u << 20)) piece /= 2;
  Region rows;
  if (!rows.reserve(piece * rowBytes, Pages::large, "the logits of one pass", program.error)) return false;
  if (!file.open(options.out, program.error)) return false;
  float *const logits = reinterpret_cast<float *>(rows.data());
  for (size_t i = 0; i < prompts.prompts(); i++) {
    session.reset();
    for (size_t done = 0; done < prompts.size(i);) {
      const size_t left = prompts.size(i) - done, size = left < piece ? left : piece;
      if (!session.feedAll(prompts.prompt(i) + done, size, tokenClass, logits, program.error)) return false;
      if (!file.write(logits, size * rowBytes, program.error)) return false;
      done += size;
    }
  }
  return file.finish(program.error);
}

bool generateIds(const Program &program) {
  Session session;
  IdFile prompts;
  OutputFile file;
  const uint32_t count = program.options.count;
  if (!program.open(session) || !readPrompts(program, session, count, prompts)) return false;
  if (!file.open(program.options.out, program.error)) return false;
  for (size_t i = 0; i < prompts.prompts(); i++) {
    session.reset();
    if (!session.feed(prompts.prompt(i), prompts.size(i), INGOT_TOKENS_READ, program.error)) return false;
    Text line;
    for (uint32_t n = 0; n < count; n++) {
      const int32_t token = likeliest(session.logits(), program.model.vocabulary);
      if (token < 0) return errors::notFinite(program.error, session.position());
      appendFormat(line, "%s%d", n ? " " : "", token);
      if (n + 1 < count && !session.feed(&token, 1, INGOT_TOKENS_GENERATED, program.error)) return false;
    }
    line.push('\n');
    if (!file.write(line.data(), line.size(), program.error)) return false;
  }
  return file.finish(program.error);
}

} // namespace ingot::runtime
