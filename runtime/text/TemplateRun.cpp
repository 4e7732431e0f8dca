// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Statements, variables and macros.
#include "runtime/text/TemplateRun.h"
#include <stdarg.h>
#include <stdio.h>

namespace ingot::runtime {

bool TemplateRun::run() {
  enter(frame);
  execute(0);
  return !failed();
}

void TemplateRun::setGlobal(std::string_view name, const Value &value) {
  if (!frame) enter(nullptr);
  uint32_t index = stringIndex(name);
  if (index != INGOT_TEXT_NONE) setVariable(index, value);
}

Value TemplateRun::fail(uint32_t line, const char *format, ...) {
  if (hasFailed) return {};
  hasFailed = true;
  char message[512];
  int used = line ? snprintf(message, sizeof(message), "line %u: ", line) : 0;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message + used, sizeof(message) - size_t(used), format, arguments);
  va_end(arguments);
  error.clear();
  append(error, message);
  return {};
}

Value TemplateRun::failUndefined(const Value &value, uint32_t line) {
  return fail(line, "'%.*s' is undefined", int(value.size), value.bytes);
}

Frame *TemplateRun::enter(Frame *outer) {
  frame = arena.make<Frame>();
  frame->outer = outer;
  return frame;
}

Value *TemplateRun::findVariable(uint32_t name) {
  for (Frame *at = frame; at; at = at->outer)
    for (Frame::Variable *variable = at->first; variable; variable = variable->next)
      if (variable->name == name) return &variable->value;
  return nullptr;
}

void TemplateRun::setVariable(uint32_t name, const Value &value) {
  for (Frame::Variable *variable = frame->first; variable; variable = variable->next)
    if (variable->name == name) {
      variable->value = value;
      return;
    }
  Frame::Variable *variable = arena.make<Frame::Variable>();
  *variable = {name, value, frame->first};
  frame->first = variable;
}

void TemplateRun::assignTargets(const uint32_t *names, uint32_t count, const Value &value, uint32_t line) {
  if (count == 1) return setVariable(names[0], value);
  const ListValue *items = iterate(value, line);
  if (!items) return;
  if (items->count != count) {
    fail(line, "%u values for %u variables", items->count, count);
    return;
  }
  for (uint32_t i = 0; i < count; ++i) setVariable(names[i], items->items[i]);
}

void TemplateRun::assign(uint32_t targets, const Value &value, uint32_t line) {
  assignTargets(words(targets) + 1, words(targets)[0], value, line);
}

void TemplateRun::execute(uint32_t index) {
  if (failed()) return;
  const ingot_template_node &node = tables.templateNodes[index];
  if (++depth > 600) {
    fail(node.line, "too deeply nested");
    return;
  }
  switch (node.kind) {
  case INGOT_TEMPLATE_BLOCK:
    executeBlock(node);
    break;
  case INGOT_TEMPLATE_TEXT:
    append(*out, string(node.a));
    break;
  case INGOT_TEMPLATE_PRINT: {
    Value value = evaluate(node.a);
    if (!failed()) print(value, *out);
    break;
  }
  case INGOT_TEMPLATE_IF:
    if (isTrue(evaluate(node.a)))
      execute(node.b);
    else if (node.c != INGOT_TEXT_NONE)
      execute(node.c);
    break;
  case INGOT_TEMPLATE_FOR: {
    Value iterable = evaluate(words(node.a)[0]);
    executeFor(node, iterable, 0);
    break;
  }
  case INGOT_TEMPLATE_BREAK:
    jump = Jump::Break;
    break;
  case INGOT_TEMPLATE_CONTINUE:
    jump = Jump::Continue;
    break;
  case INGOT_TEMPLATE_SET:
    assign(node.a, evaluate(node.b), node.line);
    break;
  case INGOT_TEMPLATE_SET_ATTRIBUTE:
    executeSetAttribute(node);
    break;
  case INGOT_TEMPLATE_SET_BLOCK: {
    Value before = captured;
    captured = capture(node.c);
    setVariable(node.a, evaluate(node.b));
    captured = before;
    break;
  }
  case INGOT_TEMPLATE_FILTER_BLOCK: {
    Value before = captured;
    captured = capture(node.c);
    Value value = evaluate(node.b);
    captured = before;
    if (!failed()) print(value, *out);
    break;
  }
  case INGOT_TEMPLATE_WITH: {
    Frame *outer = frame, *inner = enter(outer);
    const uint32_t *word = words(node.a);
    for (uint32_t i = 0; i < word[0]; ++i) {
      frame = outer; // the values don't see each other
      Value value = evaluate(word[2 + 2 * i]);
      frame = inner;
      setVariable(word[1 + 2 * i], value);
    }
    execute(node.b);
    frame = outer;
    break;
  }
  case INGOT_TEMPLATE_MACRO: {
    Value macro;
    macro.kind = ValueKind::Macro;
    macro.macro = static_cast<MacroValue *>(arena.allocate(sizeof(MacroValue)));
    *macro.macro = {node.a, node.b, node.c, frame};
    setVariable(node.a, macro);
    break;
  }
  case INGOT_TEMPLATE_CALL_BLOCK:
    executeCallBlock(node);
    break;
  default:
    fail(node.line, "the compiled template is damaged");
  }
  --depth;
}

void TemplateRun::executeBlock(const ingot_template_node &node) {
  const uint32_t *word = words(node.a);
  for (uint32_t i = 0; i < word[0] && !failed() && jump == Jump::None; ++i) execute(word[1 + i]);
}

void TemplateRun::executeFor(const ingot_template_node &node, const Value &iterable, uint32_t loopDepth) {
  const uint32_t *word = words(node.a);
  uint32_t condition = word[1], body = word[2], otherwise = word[3], targetCount = word[5];
  const uint32_t *targets = word + 6;
  const ListValue *items = iterate(iterable, node.line);
  if (!items) return;
  Frame *outer = frame;
  if (condition != INGOT_TEXT_NONE) {
    Array<Value> kept;
    for (uint32_t i = 0; i < items->count && !failed(); ++i) {
      enter(outer);
      assignTargets(targets, targetCount, items->items[i], node.line);
      if (isTrue(evaluate(condition))) kept.push(items->items[i]);
    }
    items = list(kept).list;
  }
  LoopValue *loop = arena.make<LoopValue>();
  loop->items = items;
  loop->depth = loopDepth;
  loop->node = word[4] ? &node : nullptr;
  loop->frame = outer;
  Value loopValue;
  loopValue.kind = ValueKind::Loop;
  loopValue.loop = loop;
  uint32_t loopName = stringIndex("loop");
  for (; loop->index < items->count && !failed(); ++loop->index) {
    enter(outer);
    if (loopName != INGOT_TEXT_NONE) setVariable(loopName, loopValue);
    assignTargets(targets, targetCount, items->items[loop->index], node.line);
    execute(body);
    bool ends = jump == Jump::Break;
    jump = Jump::None;
    if (ends) break;
  }
  frame = outer;
  if (items->count == 0 && otherwise != INGOT_TEXT_NONE) {
    enter(outer);
    execute(otherwise);
    frame = outer;
  }
}

void TemplateRun::executeSetAttribute(const ingot_template_node &node) {
  Value object = evaluate(node.a), value = evaluate(node.c);
  if (failed()) return;
  if (!object.is(ValueKind::Namespace)) {
    fail(node.line, "cannot set '%.*s' of a value of type %s, which is no namespace", int(string(node.b).size()),
         string(node.b).data(), typeName(object));
    return;
  }
  object.dict->set(arena, Value::of(string(node.b)), value);
}

void TemplateRun::executeCallBlock(const ingot_template_node &node) {
  const ingot_template_node &call = tables.templateNodes[node.a];
  Value callee = evaluate(call.a);
  if (!callee.is(ValueKind::Macro) || !callee.macro) {
    fail(node.line, "a value of type %s is called", typeName(callee));
    return;
  }
  Value caller;
  caller.kind = ValueKind::Macro;
  caller.macro = static_cast<MacroValue *>(arena.allocate(sizeof(MacroValue)));
  *caller.macro = {INGOT_TEXT_NONE, node.b, node.c, frame};
  Arguments arguments = readArguments(call.b);
  Value text = callMacro(*callee.macro, arguments, &caller, node.line);
  if (!failed()) print(text, *out);
}

Value TemplateRun::capture(uint32_t body) {
  Text captured;
  Text *before = out;
  out = &captured;
  execute(body);
  out = before;
  return text(captured);
}

Value TemplateRun::callMacro(const MacroValue &macro, const Arguments &arguments, const Value *caller, uint32_t line) {
  if (failed()) return {};
  const uint32_t *parameters = words(macro.parameters);
  uint32_t count = parameters[0], known = 0;
  if (arguments.positionalCount > count)
    return fail(line, "a macro of %u parameters is called with %u", count, arguments.positionalCount);
  Frame *before = frame;
  enter(macro.frame);
  for (uint32_t i = 0; i < count && !failed(); ++i) {
    uint32_t name = parameters[1 + 2 * i], otherwise = parameters[2 + 2 * i];
    if (i < arguments.positionalCount) {
      setVariable(name, arguments.positional[i]);
      continue;
    }
    uint32_t keyword = 0;
    while (keyword < arguments.keywordCount && arguments.names[2 * keyword] != name) ++keyword;
    if (keyword < arguments.keywordCount) {
      setVariable(name, arguments.keywords[keyword]);
      ++known;
    } else {
      setVariable(name, otherwise == INGOT_TEXT_NONE ? Value::undefined(string(name)) : evaluate(otherwise));
    }
  }
  if (known < arguments.keywordCount) fail(line, "a macro is called with a parameter that it does not have or twice with one");
  uint32_t callerName = stringIndex("caller");
  if (caller && callerName != INGOT_TEXT_NONE) setVariable(callerName, *caller);
  Value text = capture(macro.body);
  frame = before;
  return text;
}

uint32_t TemplateRun::stringIndex(std::string_view text) const {
  for (uint32_t i = 0; i < tables.templateStrings.count; ++i)
    if (string(i) == text) return i;
  return INGOT_TEXT_NONE;
}

} // namespace ingot::runtime
