// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// --chat: a conversation at a terminal, or line by line from a pipe. Every turn renders the whole conversation by the template;
// the speaker reads only what is new.
#include "runtime/program/Conversation.h"
#include "runtime/program/Interrupt.h"
#include "runtime/program/Speaker.h"

#include <errno.h>
#include <unistd.h>

namespace ingot::runtime {

namespace {

enum class Line : uint8_t { complete, interrupted, ended };

class Input {
public:
  Line readLine(Text &out) {
    out.clear();
    for (;;) {
      for (; begin < end; begin++) {
        if (buffer[begin] != '\n') {
          out.push(buffer[begin]);
          continue;
        }
        begin++;
        return Line::complete;
      }
      if (!waitForInput()) return Line::interrupted;
      const ssize_t got = ::read(STDIN_FILENO, buffer, sizeof buffer);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return out.empty() ? Line::ended : Line::complete;
      begin = 0, end = static_cast<size_t>(got);
    }
  }

private:
  char buffer[4096];
  size_t begin = 0, end = 0;
};

class Chat {
public:
  explicit Chat(const Program &program)
      : program(program), speaker(program), conversation(speaker.tokenizer()),
        terminal(isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)) {}

  bool run();

private:
  bool turn(std::string_view message);
  bool command(std::string_view line, bool &outLeave);
  void start() {
    conversation.clear();
    if (program.options.system) conversation.add("system", program.options.system);
  }

  const Program &program;
  Speaker speaker;
  Conversation conversation;
  const bool terminal;
};

bool Chat::run() {
  if (!speaker.open()) return false;
  if (!speaker.tokenizer().hasTemplate()) return errors::noTemplate(program.error, "a conversation");
  start();
  noteInterrupts();
  if (terminal) say("%s. /help lists the commands, Ctrl-D leaves, Ctrl-C stops an answer.", program.model.name);
  Input input;
  Text line;
  for (bool leave = false; !leave;) {
    clearInterrupt();
    if (terminal && !program.output.write("> ")) return false;
    const Line got = input.readLine(line);
    if (got == Line::ended) return !terminal || program.output.write("\n");
    if (got == Line::interrupted) {
      if (!program.output.write("\n")) return false;
      say("(/exit or Ctrl-D leaves)");
      continue;
    }
    if (line.empty() || command(view(line), leave)) continue;
    if (!turn(view(line))) return false;
  }
  return true;
}

// A word alone that begins with a slash.
bool Chat::command(std::string_view line, bool &outLeave) {
  if (line[0] != '/' || line.find_first_of(" /", 1) != std::string_view::npos) return false;
  if (line == "/exit" || line == "/quit") {
    outLeave = true;
  } else if (line == "/reset") {
    start();
    say("note: the conversation begins anew");
  } else if (line == "/help") {
    say("/reset  forget the conversation\n/exit   leave (also Ctrl-D)\nCtrl-C  stop the answer");
  } else {
    say("error: unknown command '%.*s'\nnote: /help lists them; a message may begin with a blank", static_cast<int>(line.size()),
        line.data());
  }
  return true;
}

bool Chat::turn(std::string_view message) {
  conversation.add("user", message);
  // Room for an answer is kept free: a quarter of the context, but not more than an answer usually needs.
  const uint32_t context = speaker.context(), quarter = context / 4, room = quarter < 256 ? quarter : 256;
  Array<int32_t> tokens;
  unsigned dropped = 0;
  if (!conversation.tokensWithin(context - room, tokens, dropped, program.error)) return false;
  if (dropped) say("note: the context of %u tokens is full: the oldest %u messages were dropped", context, dropped);
  if (!speaker.read(tokens)) {
    if (program.error.status != INGOT_CONTEXT_FULL) return false;
    report(program.name, program.error); // this message is too long, the conversation goes on without it
    program.error = {};
    conversation.removeLast();
    return true;
  }
  if (interrupted()) {
    conversation.removeLast();
    return program.output.write("\n");
  }
  Text spoken;
  if (!speaker.speak(spoken)) return false;
  conversation.add("assistant", view(spoken));
  return program.output.write(terminal ? "\n\n" : "\n");
}

} // namespace

bool chat(const Program &program) { return Chat(program).run(); }

} // namespace ingot::runtime
