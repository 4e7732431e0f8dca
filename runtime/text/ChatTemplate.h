// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Renders a chat by the model's compiled template.
#ifndef INGOT_RUNTIME_TEXT_CHATTEMPLATE_H
#define INGOT_RUNTIME_TEXT_CHATTEMPLATE_H

#include "runtime/text/Tokenizer.h"

namespace ingot::runtime {

struct ChatMessage {
  std::string_view role, content;
};

struct ChatOptions {
  bool addGenerationPrompt = true; ///< ends with the beginning of the assistant's answer
  int64_t now = -1;                ///< seconds since 1970 for strftime_now; -1: the clock
};

/// Appends the text of the chat. False with a message in `error` if the template refuses the chat (it may demand, for instance,
/// that roles alternate) or fails; what `text` then holds is of no use. Needs `tokenizer.hasTemplate()`.
bool renderChat(const Tokenizer &tokenizer, const ChatMessage *messages, size_t count, const ChatOptions &options, Text &text,
                Text &error);

} // namespace ingot::runtime
#endif
