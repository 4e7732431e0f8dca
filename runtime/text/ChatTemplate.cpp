// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/text/ChatTemplate.h"
#include "runtime/text/TemplateRun.h"

namespace ingot::runtime {

/// The variables that transformers gives a template. A special token that the model lacks is undefined and prints nothing.
static void setGlobals(TemplateRun &run, const Tokenizer &tokenizer, const Value &messages, bool addGenerationPrompt) {
  const ingot_text_tables &head = *tokenizer.textTables().head;
  struct {
    std::string_view name;
    int32_t id;
  } tokens[] = {{"bos_token", head.bos}, {"eos_token", head.eos}, {"unk_token", head.unknown}, {"pad_token", head.padding}};
  for (auto [name, id] : tokens)
    if (id >= 0) run.setGlobal(name, Value::of(tokenizer.tokenBytes(id)));
  run.setGlobal("messages", messages);
  run.setGlobal("add_generation_prompt", Value::of(addGenerationPrompt));
  run.setGlobal("tools", Value::none());
  run.setGlobal("documents", Value::none());
  // Templates ask whether they have strftime_now; a call of it is a node of its own.
  Value function;
  function.kind = ValueKind::Macro;
#define X(name, text) run.setGlobal(text, function);
  INGOT_TEMPLATE_FUNCTIONS(X)
#undef X
}

bool renderChat(const Tokenizer &tokenizer, const ChatMessage *messages, size_t count, const ChatOptions &options, Text &text,
                Text &error) {
  TemplateRun run(tokenizer.textTables(), options.now, text, error);
  ListValue *list = run.arena.make<ListValue>();
  list->count = uint32_t(count);
  list->items = run.arena.make<Value>(count);
  for (size_t i = 0; i < count; ++i) {
    DictValue *message = run.arena.make<DictValue>();
    message->set(run.arena, Value::of(std::string_view("role")), Value::of(messages[i].role));
    message->set(run.arena, Value::of(std::string_view("content")), Value::of(messages[i].content));
    list->items[i] = Value::of(message);
  }
  setGlobals(run, tokenizer, Value::of(list), options.addGenerationPrompt);
  return run.run();
}

} // namespace ingot::runtime
