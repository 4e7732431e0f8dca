// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/text/PreTokenizers.h"

namespace ingot::text {

// A new pre-tokeniser is a name in a row, a row, or (a regular expression of another shape) a matcher in runtime/text/Words.h.
static constexpr PreTokenizer preTokenizers[] = {
    // names, {words, digits_max, cut_numbers, cut_punctuation, cut_digits}, ignoreMerges, addBos
    {"default", {INGOT_TEXT_WORDS_GPT2, 0, 0, 1, 1, {}}, false, false},
    {"gpt-2 phi-2 olmo mpt jais trillion", {INGOT_TEXT_WORDS_GPT2, 0, 0, 0, 0, {}}, false, false},
    {"smollm starcoder refact command-r codeshell exaone minerva-7b", {INGOT_TEXT_WORDS_GPT2, 0, 1, 0, 0, {}}, false, false},
    {"llama-bpe llama3 llama-v3 falcon3 pixtral lfm2", {INGOT_TEXT_WORDS_GPT4, 3, 0, 0, 0, {}}, true, true},
    {"smaug-bpe dbrx", {INGOT_TEXT_WORDS_GPT4, 3, 0, 0, 0, {}}, false, false},
    {"qwen2 deepseek-r1-qwen stablelm2 hunyuan megrez", {INGOT_TEXT_WORDS_GPT4, 1, 0, 0, 0, {}}, false, false},
    {"tekken", {INGOT_TEXT_WORDS_TEKKEN, 1, 0, 0, 0, {}}, true, true},
};

static std::string_view takeName(std::string_view &names) {
  size_t blank = names.find(' ');
  std::string_view name = names.substr(0, blank);
  names = blank == names.npos ? std::string_view() : names.substr(blank + 1);
  return name;
}

const PreTokenizer *findPreTokenizer(std::string_view name) {
  if (name.empty()) name = "default";
  for (const PreTokenizer &row : preTokenizers)
    for (std::string_view names = row.names; !names.empty();)
      if (takeName(names) == name) return &row;
  return nullptr;
}

std::string knownPreTokenizers() {
  std::string list;
  for (const PreTokenizer &row : preTokenizers)
    for (std::string_view names = row.names; !names.empty();) {
      if (!list.empty()) list += ", ";
      list += takeName(names);
    }
  return list;
}

} // namespace ingot::text
