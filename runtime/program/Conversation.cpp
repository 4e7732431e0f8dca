// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/program/Conversation.h"
#include "runtime/text/ChatTemplate.h"

namespace ingot::runtime {

void Conversation::add(const char *role, std::string_view content) {
  char *copy = static_cast<char *>(malloc(content.size() + 1));
  if (!copy) smallAllocationFailed(content.size() + 1);
  memcpy(copy, content.data(), content.size());
  copy[content.size()] = 0;
  messages.push({role, copy, content.size()});
}

void Conversation::remove(size_t first, size_t last) {
  for (size_t i = first; i < last; i++) free(messages[i].content);
  messages.erase(first, last);
}

void Conversation::removeLast() { remove(messages.size() - 1, messages.size()); }
void Conversation::clear() { remove(0, messages.size()); }

bool Conversation::tokens(Array<int32_t> &out, Error &error) const {
  Array<ChatMessage> views;
  for (const Message &message : messages) views.push({message.role, {message.content, message.size}});
  Text rendered, reason;
  if (!renderChat(tokenizer, views.data(), views.size(), {}, rendered, reason)) {
    reason.push(0);
    return errors::templateFailed(error, reason.data());
  }
  out.clear();
  tokenizer.encodeChat(view(rendered), out);
  return true;
}

bool Conversation::tokensWithin(size_t most, Array<int32_t> &out, unsigned &outDropped, Error &error) {
  outDropped = 0;
  while (tokens(out, error)) {
    const size_t oldest = strcmp(messages[0].role, "system") == 0 ? 1 : 0;
    if (out.size() <= most || oldest + 1 >= messages.size()) return true;
    size_t next = oldest + 1; // a turn goes as a whole: a question and what answered it
    while (next + 1 < messages.size() && strcmp(messages[next].role, "user") != 0) next++;
    outDropped += static_cast<unsigned>(next - oldest);
    remove(oldest, next);
  }
  return false;
}

} // namespace ingot::runtime
