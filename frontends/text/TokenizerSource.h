// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A tokeniser as model files describe it, whatever their format; the names are those of GGUF's `tokenizer.ggml.*`.
#ifndef INGOT_FRONTENDS_TEXT_TOKENIZERSOURCE_H
#define INGOT_FRONTENDS_TEXT_TOKENIZERSOURCE_H

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ingot::text {

struct TokenizerSource {
  std::string model;               ///< "gpt2" or "llama"
  std::string pre;                 ///< the pre-tokeniser's name; empty means "default"
  std::vector<std::string> tokens; ///< texts; "gpt2": bytes spelled as printable characters
  std::vector<int32_t> tokenTypes; ///< ingot_text_type; empty means all normal
  std::vector<float> scores;       ///< "llama" only
  std::vector<std::string> merges; ///< "left right", best first; "gpt2" only
  std::optional<int64_t> bos, eos, eot, eom, unknown, padding;
  std::optional<bool> addBos, addEos, addSpacePrefix; ///< the model's usual setting where missing
  std::string chatTemplate;                           ///< Jinja; empty means none
};

} // namespace ingot::text
#endif
