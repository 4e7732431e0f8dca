// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/program/Options.h"
#include "runtime/memory/Format.h"

#include <errno.h>
#include <stdio.h>

namespace ingot::runtime {

namespace {

constexpr uint32_t bit(Mode mode) { return 1u << static_cast<unsigned>(mode); }
constexpr uint32_t kText = bit(Mode::answer) | bit(Mode::chat);
constexpr uint32_t kFiles = bit(Mode::logits) | bit(Mode::generate);
constexpr uint32_t kRuns = kText | kFiles | bit(Mode::bench);

enum class Id : uint8_t {
  mode,
  system,
  raw,
  count,
  seed,
  temperature,
  topK,
  topP,
  minP,
  repeatPenalty,
  threads,
  context,
  tokens,
  out,
  batch,
  parallel,
  decode,
  prefill,
  past,
  repeat,
  roofline,
  json,
};

struct Row {
  const char *name;
  char letter;       // 0: none
  const char *value; // null: a flag
  Id id;
  uint32_t modes;    // where it has a meaning
  const char *needs; // said where it has none
  const char *help;
  Mode mode = Mode::answer;    // Id::mode: the one it selects
  const char *title = nullptr; // a heading before it in --help
};

// clang-format off
constexpr Row kRows[] = {
    {"--chat", 0, nullptr, Id::mode, 0, "", "a conversation; the default at a terminal without a prompt", Mode::chat, "What to do, instead of answering one prompt:"},
    {"--bench", 0, nullptr, Id::mode, 0, "", "measure tokens/s, beside the machine's limits", Mode::bench},
    {"--logits", 0, nullptr, Id::mode, 0, "", "write the logits of every token of --tokens to --out (float32)", Mode::logits},
    {"--generate", 0, nullptr, Id::mode, 0, "", "continue each prompt of --tokens by -n likeliest tokens, ids to --out", Mode::generate},
    {"--info", 0, nullptr, Id::mode, 0, "", "what model this is and what it was compiled for", Mode::info},
    {"--verify", 0, nullptr, Id::mode, 0, "", "check every byte of the weights", Mode::verify},
    {"--licenses", 0, nullptr, Id::mode, 0, "", "the notices of what is inside", Mode::licenses},
    {"--version", 0, nullptr, Id::mode, 0, "", "the compiler's version", Mode::version},
    {"--help", 'h', nullptr, Id::mode, 0, "", "this text", Mode::help},
    {"--system", 0, "TEXT", Id::system, kText, "a prompt or --chat", "the system message before the conversation", Mode::answer, "Answering:"},
    {"--raw", 0, nullptr, Id::raw, bit(Mode::answer), "a prompt", "continue the prompt as it is, without the chat template"},
    {"--count", 'n', "N", Id::count, kText | bit(Mode::generate) | bit(Mode::bench), "a prompt, --chat, --generate or --bench", "at most N new tokens (--bench: 128 tokens to decode)"},
    {"--temperature", 0, "X", Id::temperature, kText, "a prompt or --chat", "0: always the likeliest token; default 0.8"},
    {"--top-k", 0, "N", Id::topK, kText, "a prompt or --chat", "of the N likeliest tokens; 0: off; default 40"},
    {"--top-p", 0, "X", Id::topP, kText, "a prompt or --chat", "of the likeliest tokens that hold this probability; 1: off; default 0.95"},
    {"--min-p", 0, "X", Id::minP, kText, "a prompt or --chat", "of tokens at least X times as likely as the best; 0: off; default 0.05"},
    {"--repeat-penalty", 0, "X", Id::repeatPenalty, kText, "a prompt or --chat", "against the last 64 tokens; 1: off; default 1"},
    {"--seed", 0, "N", Id::seed, kText, "a prompt or --chat", "the same random choices again"},
    {"--threads", 't', "N", Id::threads, kRuns, "a prompt, --chat, --bench, --logits or --generate", "default: every processor", Mode::answer, "Running:"},
    {"--context", 0, "N", Id::context, kRuns, "a prompt, --chat, --bench, --logits or --generate", "tokens of room; default and at most: as compiled"},
    {"--tokens", 0, "FILE", Id::tokens, kFiles, "--logits or --generate", "one prompt a line, token ids separated by blanks", Mode::answer, "With --logits and --generate:"},
    {"--out", 'o', "FILE", Id::out, kFiles, "--logits or --generate", "where the result goes"},
    {"--batch", 0, "N", Id::batch, bit(Mode::logits), "--logits", "at most N tokens a pass"},
    {"--parallel", 0, "N", Id::parallel, bit(Mode::logits) | bit(Mode::bench), "--logits or --bench", "N sequences at once: prompts of the file in the same passes; tokens decoded together"},
    {"--decode", 0, nullptr, Id::decode, bit(Mode::logits), "--logits", "feed each token as if it had been generated"},
    {"--prefill", 0, "N", Id::prefill, bit(Mode::bench), "--bench", "tokens to read; default 512", Mode::answer, "With --bench:"},
    {"--past", 0, "N", Id::past, bit(Mode::bench), "--bench", "after N tokens, whose keys and values are random"},
    {"--repeat", 0, "N", Id::repeat, bit(Mode::bench), "--bench", "the median of N runs; default 5"},
    {"--roofline", 0, nullptr, Id::roofline, bit(Mode::bench), "--bench", "each kernel's time, share of the machine's limit, and waiting"},
    {"--json", 0, nullptr, Id::json, bit(Mode::bench) | bit(Mode::info), "--bench or --info", "one JSON object (also with --info)"},
};
// clang-format on

uint32_t editDistance(const char *a, const char *b) {
  constexpr size_t most = 32;
  const size_t n = strlen(a), m = strlen(b);
  if (n > most || m > most) return most;
  uint32_t row[most + 1];
  for (size_t j = 0; j <= m; j++) row[j] = static_cast<uint32_t>(j);
  for (size_t i = 1; i <= n; i++) {
    uint32_t diagonal = row[0];
    row[0] = static_cast<uint32_t>(i);
    for (size_t j = 1; j <= m; j++) {
      const uint32_t above = row[j], replaced = diagonal + (a[i - 1] != b[j - 1]);
      const uint32_t shorter = (above < row[j - 1] ? above : row[j - 1]) + 1;
      diagonal = above;
      row[j] = replaced < shorter ? replaced : shorter;
    }
  }
  return row[m];
}

bool unknown(const char *name, Error &error) {
  const char *nearest = nullptr;
  uint32_t least = 4;
  for (const Row &row : kRows) {
    const uint32_t distance = editDistance(name, row.name);
    if (distance < least && distance * 2 < strlen(name)) nearest = row.name, least = distance;
  }
  return errors::unknownOption(error, name, nearest);
}

bool readInteger(const char *option, const char *text, uint64_t low, uint64_t high, uint64_t &out, Error &error) {
  char *end;
  errno = 0;
  const unsigned long long value = strtoull(text, &end, 10);
  if (*text < '0' || *text > '9' || *end) return errors::badValue(error, option, text, "a whole number");
  if (errno || value < low || value > high)
    return errors::valueOutOfRange(error, option, static_cast<double>(value), static_cast<double>(low), static_cast<double>(high));
  out = value;
  return true;
}

bool readInteger(const char *option, const char *text, uint32_t low, uint32_t high, uint32_t &out, Error &error) {
  uint64_t value;
  if (!readInteger(option, text, uint64_t{low}, uint64_t{high}, value, error)) return false;
  out = static_cast<uint32_t>(value);
  return true;
}

bool readNumber(const char *option, const char *text, double low, double high, float &out, Error &error) {
  char *end;
  const double value = strtod(text, &end);
  if (end == text || *end) return errors::badValue(error, option, text, "a number");
  if (!(value >= low && value <= high)) return errors::valueOutOfRange(error, option, value, low, high);
  out = static_cast<float>(value);
  return true;
}

bool assign(const Row &row, const char *name, const char *value, Options &out, Error &error) {
  constexpr uint32_t tokensMost = 1u << 30;
  switch (row.id) {
  case Id::mode:
    out.mode = row.mode;
    return true;
  case Id::raw:
    return out.raw = true;
  case Id::decode:
    return out.decode = true;
  case Id::roofline:
    return out.roofline = true;
  case Id::json:
    return out.json = true;
  case Id::system:
    out.system = value;
    return true;
  case Id::tokens:
    out.tokens = value;
    return true;
  case Id::out:
    out.out = value;
    return true;
  case Id::count:
    return readInteger(name, value, 1, tokensMost, out.count, error);
  case Id::threads:
    return readInteger(name, value, 1, 1024, out.threads, error);
  case Id::context:
    return readInteger(name, value, 1, tokensMost, out.context, error);
  case Id::batch:
    return readInteger(name, value, 1, tokensMost, out.batch, error);
  case Id::parallel:
    return readInteger(name, value, 1, 1024, out.parallel, error);
  case Id::prefill:
    return readInteger(name, value, 1, tokensMost, out.prefill, error);
  case Id::past:
    return readInteger(name, value, 1, tokensMost, out.past, error);
  case Id::repeat:
    return readInteger(name, value, 1, 1000, out.repeat, error);
  case Id::topK:
    return readInteger(name, value, 0, tokensMost, out.sampling.top_k, error);
  case Id::seed:
    out.seeded = true;
    return readInteger(name, value, uint64_t{0}, UINT64_MAX, out.seed, error);
  case Id::temperature:
    return readNumber(name, value, 0, 100, out.sampling.temperature, error);
  case Id::topP:
    return readNumber(name, value, 0, 1, out.sampling.top_p, error);
  case Id::minP:
    return readNumber(name, value, 0, 1, out.sampling.min_p, error);
  case Id::repeatPenalty:
    return readNumber(name, value, 0.01, 100, out.sampling.repeat_penalty, error);
  }
  return true;
}

bool checkTogether(const Options &options, const Row *const *given, Error &error) {
  const char *modeName = nullptr;
  for (const Row &row : kRows)
    if (row.id == Id::mode && row.mode == options.mode) modeName = row.name;
  for (size_t i = 0; i < sizeof kRows / sizeof kRows[0]; i++)
    if (given[i] && given[i]->id != Id::mode && !(given[i]->modes & bit(options.mode)))
      return errors::optionNeeds(error, given[i]->name, given[i]->needs);
  if (options.prompt && modeName) return errors::conflictingOptions(error, modeName, "a prompt");
  if (options.raw && options.system) return errors::conflictingOptions(error, "--system", "--raw");
  if (bit(options.mode) & kFiles) {
    if (!options.tokens) return errors::optionNeeds(error, modeName, "--tokens FILE");
    if (!options.out) return errors::optionNeeds(error, modeName, "--out FILE");
  }
  if (options.mode == Mode::generate && !options.count) return errors::optionNeeds(error, modeName, "-n N");
  return true;
}

} // namespace

bool parseOptions(int count, char *const *arguments, Options &out, Error &error) {
  const Row *given[sizeof kRows / sizeof kRows[0]] = {};
  const Row *selected = nullptr;
  bool onlyPrompts = false;
  for (int i = 1; i < count; i++) {
    const char *argument = arguments[i];
    if (onlyPrompts || argument[0] != '-' || argument[1] == 0) {
      if (out.prompt) return errors::severalPrompts(error, argument);
      out.prompt = argument;
      continue;
    }
    if (strcmp(argument, "--") == 0) {
      onlyPrompts = true;
      continue;
    }
    // --name, --name=value, -x, -xvalue
    const bool isLong = argument[1] == '-';
    char name[64];
    const char *equals = isLong ? strchr(argument, '=') : nullptr;
    snprintf(name, sizeof name, "%.*s", static_cast<int>(equals ? equals - argument : isLong ? strlen(argument) : 2), argument);
    const Row *row = nullptr;
    for (const Row &candidate : kRows)
      if (isLong ? strcmp(name, candidate.name) == 0 : candidate.letter && candidate.letter == name[1]) row = &candidate;
    if (!row) return unknown(isLong ? name : argument, error);
    const char *value = equals ? equals + 1 : !isLong && argument[2] ? argument + 2 : nullptr;
    if (row->value && !value) {
      if (i + 1 == count) return errors::missingValue(error, name, row->value);
      value = arguments[++i];
    }
    if (!row->value && value) return isLong ? errors::unexpectedValue(error, name) : unknown(argument, error);
    if (row->id == Id::mode && selected && selected != row) return errors::conflictingOptions(error, row->name, selected->name);
    if (row->id == Id::mode) selected = row;
    given[row - kRows] = row;
    if (!assign(*row, name, value, out, error)) return false;
  }
  if (out.mode == Mode::help || out.mode == Mode::version) return true;
  return checkTogether(out, given, error);
}

void describeOptions(const char *program, Text &out) {
  appendFormat(out, "usage: %s [options] \"prompt\"\n", program);
  appendFormat(out, "       %s            (at a terminal: a conversation; in a pipe: the input is the prompt)\n", program);
  for (const Row &row : kRows) {
    if (row.title) appendFormat(out, "\n%s\n", row.title);
    char names[64];
    const int used =
        row.letter ? snprintf(names, sizeof names, "-%c, %s", row.letter, row.name) : snprintf(names, sizeof names, "%s", row.name);
    if (row.value) snprintf(names + used, sizeof names - static_cast<size_t>(used), " %s", row.value);
    appendFormat(out, "  %-24s %s\n", names, row.help);
  }
  append(out, "\nExit status: 0 well, 1 failed, 2 wrong command line.\n");
}

} // namespace ingot::runtime
