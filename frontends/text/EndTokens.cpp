// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/text/EndTokens.h"
#include "runtime/abi/Text.h"
#include <algorithm>

namespace ingot::text {

static constexpr const char *turnEnds[] = {
    "<|im_end|>",
    "<|eot_id|>",
    "<|eom_id|>",
    "<|eot|>",
    "<end_of_turn>",
    "<turn|>",
    "<|end|>",
    "<|return|>",
    "<|call|>",
    "<|endoftext|>",
    "<|end_of_text|>",
    "<end_of_utterance>",
    "<|endofturn|>",
    "<EOT>",
    "_<EOT>",
    "[EOT]",
    "[EOS]",
    "<eos>",
    "</s>",
    "<|END_OF_TURN_TOKEN|>",
    "<｜end▁of▁sentence｜>",
};

bool isTurnEnd(const std::string &text) { return std::find(std::begin(turnEnds), std::end(turnEnds), text) != std::end(turnEnds); }

std::vector<int32_t> endTokens(const TokenizerSource &source, const std::vector<uint8_t> &types) {
  std::vector<int32_t> ends;
  for (const std::optional<int64_t> &id : {source.eos, source.eot, source.eom})
    if (id && *id >= 0) ends.push_back(int32_t(*id));
  int32_t harmonyEnd = -1;
  unsigned harmonyMarks = 0;
  for (size_t id = 0; id < source.tokens.size(); ++id) {
    const std::string &text = source.tokens[id];
    if (types[id] != INGOT_TEXT_CONTROL) continue;
    if (isTurnEnd(text)) ends.push_back(int32_t(id));
    if (text == "<|end|>") harmonyEnd = int32_t(id);
    harmonyMarks += text == "<|return|>" || text == "<|call|>";
  }
  // In the harmony format <|end|> only closes one message of several.
  if (harmonyMarks == 2) std::erase(ends, harmonyEnd);
  std::sort(ends.begin(), ends.end());
  ends.erase(std::unique(ends.begin(), ends.end()), ends.end());
  return ends;
}

} // namespace ingot::text
