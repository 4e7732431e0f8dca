// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One prompt, one answer.
#include "runtime/program/Conversation.h"
#include "runtime/program/IdFile.h"
#include "runtime/program/Speaker.h"

#include <unistd.h>

namespace ingot::runtime {

// The prompt of the command line, or all of the input without its last line's end, as a shell's $(…) would give it.
static bool readPrompt(const Program &program, Text &out) {
  if (program.options.prompt) {
    append(out, program.options.prompt);
  } else {
    if (!readDescriptor(STDIN_FILENO, "standard input", out, program.error)) return false;
    if (!out.empty() && out.back() == '\n') out.truncate(out.size() - 1);
  }
  return !out.empty() || errors::noPrompt(program.error);
}

bool answer(const Program &program) {
  Text prompt, spoken;
  Array<int32_t> tokens;
  Speaker speaker(program);
  if (!readPrompt(program, prompt) || !speaker.open()) return false;
  const Tokenizer &tokenizer = speaker.tokenizer();
  if (program.options.system && !tokenizer.hasTemplate()) return errors::noTemplate(program.error, "--system");
  if (program.options.raw || !tokenizer.hasTemplate()) {
    tokenizer.encodeChat(view(prompt), tokens); // special tokens count, BOS once
  } else {
    Conversation conversation(tokenizer);
    if (program.options.system) conversation.add("system", program.options.system);
    conversation.add("user", view(prompt));
    if (!conversation.tokens(tokens, program.error)) return false;
  }
  if (!speaker.read(tokens) || !speaker.speak(spoken)) return false;
  return (!spoken.empty() && spoken.back() == '\n') || program.output.write("\n");
}

} // namespace ingot::runtime
