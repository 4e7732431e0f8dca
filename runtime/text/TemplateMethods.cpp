// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Methods of texts, lists, dicts and loops; none changes its object, as in Jinja's immutable sandbox.
#include "runtime/text/TemplateRun.h"
#include "runtime/text/TemplateText.h"

namespace ingot::runtime {

static const char *methodName(unsigned method) {
#define X(name, text) text,
  constexpr const char *names[] = {INGOT_TEMPLATE_METHODS(X)};
#undef X
  return names[method];
}

Value TemplateRun::method(unsigned method, const Value &object, Arguments &arguments, uint32_t line) {
  if (object.is(ValueKind::Undefined)) return failUndefined(object, line);
  Value result;
  if (object.is(ValueKind::String))
    result = textMethod(method, object.text(), arguments, line);
  else if (object.is(ValueKind::Dict))
    result = dictMethod(method, *object.dict, arguments, line);
  else if (object.isList())
    result = listMethod(method, *object.list, arguments, line);
  else if (object.is(ValueKind::Loop))
    result = loopMethod(method, *object.loop, arguments, line);
  else
    return fail(line, "a value of type %s has no method '%s'", typeName(object), methodName(method));
  checkUsed(arguments, methodName(method), line);
  return result;
}

/// Whether the text ends or starts with the argument, a text or a tuple of them.
static bool hasAffix(std::string_view text, const Value &affix, bool atStart) {
  if (affix.is(ValueKind::String)) return atStart ? text.starts_with(affix.text()) : text.ends_with(affix.text());
  if (!affix.isList()) return false;
  for (uint32_t i = 0; i < affix.list->count; ++i)
    if (affix.list->items[i].is(ValueKind::String) && hasAffix(text, affix.list->items[i], atStart)) return true;
  return false;
}

template <typename Matches> static bool all(std::string_view text, Matches matches) {
  for (char c : text)
    if (!matches(c)) return false;
  return !text.empty();
}

static int64_t countOf(std::string_view text, std::string_view part) {
  if (part.empty()) return int64_t(characterCount(text)) + 1;
  int64_t count = 0;
  for (size_t at = text.find(part); at != text.npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

Value TemplateRun::textMethod(unsigned method, std::string_view text, Arguments &arguments, uint32_t line) {
  auto isDigit = [](char c) { return c >= '0' && c <= '9'; };
  switch (method) {
  case INGOT_TEMPLATE_METHOD_STRIP:
  case INGOT_TEMPLATE_METHOD_LSTRIP:
  case INGOT_TEMPLATE_METHOD_RSTRIP: {
    const Value *characters = argument(arguments, 0, "chars");
    bool given = characters && !characters->is(ValueKind::None);
    std::string_view set = given ? textArgument(arguments, 0, "chars", "", line) : std::string_view();
    if (given && set.empty()) return Value::of(text);
    return Value::of(strip(text, set, method != INGOT_TEMPLATE_METHOD_RSTRIP, method != INGOT_TEMPLATE_METHOD_LSTRIP));
  }
  case INGOT_TEMPLATE_METHOD_SPLIT:
  case INGOT_TEMPLATE_METHOD_RSPLIT: {
    const Value *separator = argument(arguments, 0, "sep");
    bool given = separator && !separator->is(ValueKind::None);
    std::string_view at = given ? textArgument(arguments, 0, "sep", "", line) : std::string_view();
    if (given && at.empty()) return fail(line, "split at an empty text");
    Array<Value> parts;
    split(text, at, integerArgument(arguments, 1, "maxsplit", -1, line), method == INGOT_TEMPLATE_METHOD_RSPLIT, parts);
    return list(parts);
  }
  case INGOT_TEMPLATE_METHOD_SPLITLINES: {
    Array<Value> lines;
    splitLines(text, booleanArgument(arguments, 0, "keepends", false), lines);
    return list(lines);
  }
  case INGOT_TEMPLATE_METHOD_STARTSWITH:
  case INGOT_TEMPLATE_METHOD_ENDSWITH: {
    const Value *affix = argument(arguments, 0, "prefix");
    if (!affix || !(affix->is(ValueKind::String) || affix->is(ValueKind::Tuple)))
      return fail(line, "%s needs a text or a tuple of texts", methodName(method));
    return Value::of(hasAffix(text, *affix, method == INGOT_TEMPLATE_METHOD_STARTSWITH));
  }
  case INGOT_TEMPLATE_METHOD_REMOVEPREFIX:
  case INGOT_TEMPLATE_METHOD_REMOVESUFFIX: {
    bool prefix = method == INGOT_TEMPLATE_METHOD_REMOVEPREFIX;
    std::string_view affix = textArgument(arguments, 0, "prefix", "", line);
    if (!hasAffix(text, Value::of(affix), prefix)) return Value::of(text);
    return Value::of(prefix ? slice(text, affix.size(), text.size()) : slice(text, 0, text.size() - affix.size()));
  }
  case INGOT_TEMPLATE_METHOD_REPLACE: {
    std::string_view old = textArgument(arguments, 0, "old", "", line), with = textArgument(arguments, 1, "new", "", line);
    return Value::of(replaced(arena, text, old, with, integerArgument(arguments, 2, "count", -1, line)));
  }
  case INGOT_TEMPLATE_METHOD_FIND:
  case INGOT_TEMPLATE_METHOD_RFIND:
  case INGOT_TEMPLATE_METHOD_INDEX: {
    std::string_view part = textArgument(arguments, 0, "sub", "", line);
    size_t at = method == INGOT_TEMPLATE_METHOD_RFIND ? text.rfind(part) : text.find(part);
    if (at == text.npos && method == INGOT_TEMPLATE_METHOD_INDEX) return fail(line, "index of a text that is not there");
    return Value::of(at == text.npos ? int64_t(-1) : int64_t(characterCount(slice(text, 0, at))));
  }
  case INGOT_TEMPLATE_METHOD_COUNT:
    return Value::of(countOf(text, textArgument(arguments, 0, "sub", "", line)));
  case INGOT_TEMPLATE_METHOD_JOIN: {
    const Value *items = argument(arguments, 0, "iterable");
    const ListValue *list = items ? iterate(*items, line) : nullptr;
    if (!items) return fail(line, "join needs a list");
    for (uint32_t i = 0; list && i < list->count; ++i)
      if (!list->items[i].is(ValueKind::String)) return fail(line, "join of a value of type %s", typeName(list->items[i]));
    return list ? joined(*list, text) : Value();
  }
  case INGOT_TEMPLATE_METHOD_LOWER:
    return Value::of(withCase(arena, text, Case::Lower));
  case INGOT_TEMPLATE_METHOD_UPPER:
    return Value::of(withCase(arena, text, Case::Upper));
  case INGOT_TEMPLATE_METHOD_CAPITALIZE:
    return Value::of(withCase(arena, text, Case::Capitalize));
  case INGOT_TEMPLATE_METHOD_TITLE:
    return Value::of(withCase(arena, text, Case::TitleByLetters));
  case INGOT_TEMPLATE_METHOD_ISDIGIT:
    return Value::of(all(text, isDigit));
  case INGOT_TEMPLATE_METHOD_ISALPHA:
    return Value::of(all(text, [](char c) { return isLetter(c) || uint8_t(c) >= 0x80; }));
  case INGOT_TEMPLATE_METHOD_ISALNUM:
    return Value::of(all(text, [&](char c) { return isLetter(c) || isDigit(c) || uint8_t(c) >= 0x80; }));
  case INGOT_TEMPLATE_METHOD_ISSPACE:
    return Value::of(!text.empty() && strip(text, {}, true, false).empty());
  case INGOT_TEMPLATE_METHOD_ISLOWER:
  case INGOT_TEMPLATE_METHOD_ISUPPER: {
    Arguments nothing;
    return Value::of(test(method == INGOT_TEMPLATE_METHOD_ISLOWER ? INGOT_TEMPLATE_TEST_LOWER : INGOT_TEMPLATE_TEST_UPPER,
                          Value::of(text), nothing, line));
  }
  default:
    return fail(line, "a text has no method '%s'", methodName(method));
  }
}

Value TemplateRun::dictMethod(unsigned method, DictValue &dict, Arguments &arguments, uint32_t line) {
  Array<Value> items;
  switch (method) {
  case INGOT_TEMPLATE_METHOD_GET: {
    const Value *key = argument(arguments, 0, "key"), *otherwise = argument(arguments, 1, "default");
    if (!key) return fail(line, "get needs a key");
    Value *found = dict.find(*key);
    return found ? *found : otherwise ? *otherwise : Value::none();
  }
  case INGOT_TEMPLATE_METHOD_ITEMS:
    for (uint32_t i = 0; i < dict.count; ++i) {
      Array<Value> pair;
      pair.push(dict.entries[i].key);
      pair.push(dict.entries[i].value);
      items.push(list(pair, ValueKind::Tuple));
    }
    return list(items);
  case INGOT_TEMPLATE_METHOD_KEYS:
  case INGOT_TEMPLATE_METHOD_VALUES:
    for (uint32_t i = 0; i < dict.count; ++i)
      items.push(method == INGOT_TEMPLATE_METHOD_KEYS ? dict.entries[i].key : dict.entries[i].value);
    return list(items);
  default:
    return fail(line, "a dict has no method '%s'", methodName(method));
  }
}

Value TemplateRun::listMethod(unsigned method, const ListValue &list, Arguments &arguments, uint32_t line) {
  const Value *wanted = argument(arguments, 0, "value");
  if ((method != INGOT_TEMPLATE_METHOD_COUNT && method != INGOT_TEMPLATE_METHOD_INDEX) || !wanted)
    return fail(line, "a list has no method '%s' of these arguments", methodName(method));
  int64_t count = 0;
  for (uint32_t i = 0; i < list.count; ++i) {
    if (!equal(list.items[i], *wanted)) continue;
    if (method == INGOT_TEMPLATE_METHOD_INDEX) return Value::of(int64_t(i));
    ++count;
  }
  return method == INGOT_TEMPLATE_METHOD_INDEX ? fail(line, "index of an item that is not there") : Value::of(count);
}

Value TemplateRun::loopMethod(unsigned method, LoopValue &loop, Arguments &arguments, uint32_t line) {
  arguments.positionalUsed = arguments.positionalCount;
  if (method == INGOT_TEMPLATE_METHOD_CYCLE && arguments.positionalCount)
    return arguments.positional[loop.index % arguments.positionalCount];
  if (method == INGOT_TEMPLATE_METHOD_CHANGED) {
    Array<Value> values;
    values.append(arguments.positional, arguments.positionalCount);
    Value now = list(values);
    bool changed = !loop.hasChanged || !equal(loop.changedLast, now);
    loop.hasChanged = true;
    loop.changedLast = now;
    return Value::of(changed);
  }
  return fail(line, "a loop has no method '%s' of these arguments", methodName(method));
}

} // namespace ingot::runtime
