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

namespace {

// Writes the logits of some prompts that share passes. Each prompt's rows stand in the file where they would without the others.
class LogitsWriter {
public:
  LogitsWriter(const Program &program, Session &session, const IdFile &prompts, OutputFile &file)
      : program(program), session(session), prompts(prompts), file(file),
        tokenClass(program.options.decode ? INGOT_TOKENS_GENERATED : INGOT_TOKENS_READ),
        rowBytes(uint64_t{program.model.vocabulary} * sizeof(float)) {}

  bool open();
  bool write(size_t first, size_t count);

private:
  bool pass(size_t first, size_t count);

  const Program &program;
  Session &session;
  const IdFile &prompts;
  OutputFile &file;
  const ingot_token_class tokenClass;
  const uint64_t rowBytes;
  uint32_t passTokens = 0;
  Region rows;
  Array<size_t> done;       // tokens of each prompt of the group
  Array<uint64_t> firstRow; // in the file
  uint64_t rowsBefore = 0;  // of all earlier groups
  Array<Run> runs;
};

bool LogitsWriter::open() {
  const ingot_plan &plan = program.model.plans[tokenClass];
  const uint32_t batch = program.options.batch;
  passTokens = batch && batch < plan.tokens_max ? batch : plan.tokens_max;
  // A large vocabulary: smaller pieces rather than gigabytes. The numbers are the same.
  while (!batch && passTokens > 1 && passTokens * rowBytes > (256u << 20)) passTokens /= 2;
  return rows.reserve(passTokens * rowBytes, Pages::large, "the logits of one pass", program.error);
}

// The prompts share a pass evenly; what one leaves goes to the next.
bool LogitsWriter::pass(size_t first, size_t count) {
  uint32_t room = passTokens, waiting = 0;
  for (size_t i = 0; i < count; i++) waiting += done[i] < prompts.size(first + i);
  runs.clear();
  for (size_t i = 0; i < count && room; i++) {
    const size_t left = prompts.size(first + i) - done[i];
    if (left == 0) continue;
    const uint32_t share = (room + waiting - 1) / waiting, size = left < share ? static_cast<uint32_t>(left) : share;
    runs.push({static_cast<uint32_t>(i), prompts.prompt(first + i) + done[i], size, size});
    room -= size, waiting--;
  }
  auto *const logits = reinterpret_cast<float *>(rows.data());
  if (!session.feedTogether(runs.data(), runs.size(), tokenClass, logits, program.error)) return false;
  const char *row = rows.data();
  for (const Run &run : runs) {
    const uint64_t bytes = run.count * rowBytes, offset = (firstRow[run.sequence] + done[run.sequence]) * rowBytes;
    // One prompt after the other may go through a pipe.
    if (!(count == 1 ? file.write(row, bytes, program.error) : file.writeAt(offset, row, bytes, program.error))) return false;
    row += bytes, done[run.sequence] += run.count;
  }
  return true;
}

bool LogitsWriter::write(size_t first, size_t count) {
  session.reset();
  done.clear(), firstRow.clear();
  size_t left = 0;
  for (size_t i = 0; i < count; i++) {
    done.push(0), firstRow.push(rowsBefore + left);
    left += prompts.size(first + i);
  }
  rowsBefore += left;
  for (uint64_t written = 0; written < left;) {
    if (!pass(first, count)) return false;
    for (const Run &run : runs) written += run.count;
  }
  return true;
}

} // namespace

bool writeLogits(const Program &program) {
  Session session;
  IdFile prompts;
  OutputFile file;
  LogitsWriter writer(program, session, prompts, file);
  if (!program.open(session) || !readPrompts(program, session, 0, prompts) || !writer.open()) return false;
  if (!file.open(program.options.out, program.error)) return false;
  for (size_t first = 0; first < prompts.prompts(); first += program.options.parallel) {
    const size_t left = prompts.prompts() - first;
    if (!writer.write(first, left < program.options.parallel ? left : program.options.parallel)) return false;
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
