// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The messages of a conversation, and their tokens by the model's chat template.
#ifndef INGOT_RUNTIME_PROGRAM_CONVERSATION_H
#define INGOT_RUNTIME_PROGRAM_CONVERSATION_H

#include "runtime/Errors.h"
#include "runtime/memory/Array.h"
#include "runtime/text/Tokenizer.h"

namespace ingot::runtime {

class Conversation {
public:
  explicit Conversation(const Tokenizer &tokenizer) : tokenizer(tokenizer) {}
  Conversation(const Conversation &) = delete;
  Conversation &operator=(const Conversation &) = delete;
  ~Conversation() { clear(); }

  void add(const char *role, std::string_view content);
  void removeLast();
  void clear();

  /// Tokens of all messages and of the beginning of the model's answer.
  bool tokens(Array<int32_t> &out, Error &error) const;
  /// The same, without the oldest turns as long as more than `most` tokens result. A system message at the start and the last
  /// message stay. `outDropped` is the number of messages that went.
  bool tokensWithin(size_t most, Array<int32_t> &out, unsigned &outDropped, Error &error);

private:
  struct Message {
    const char *role;
    char *content;
    size_t size;
  };
  void remove(size_t first, size_t last);

  const Tokenizer &tokenizer;
  Array<Message> messages;
};

} // namespace ingot::runtime
#endif
