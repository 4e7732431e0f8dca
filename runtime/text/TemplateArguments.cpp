// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Arguments of calls, and values as lists and texts.
#include "runtime/text/TemplateRun.h"
#include "runtime/text/TemplateText.h"

namespace ingot::runtime {

TemplateRun::Arguments TemplateRun::readArguments(uint32_t index) {
  const uint32_t *word = words(index);
  Arguments arguments;
  arguments.positionalCount = word[0];
  arguments.keywordCount = word[1];
  Value *values = arena.make<Value>(size_t(word[0]) + word[1]);
  arguments.positional = values;
  arguments.keywords = values + word[0];
  arguments.names = word + 2 + word[0];
  for (uint32_t i = 0; i < word[0] && !failed(); ++i) values[i] = evaluate(word[2 + i]);
  for (uint32_t i = 0; i < word[1] && !failed(); ++i) values[word[0] + i] = evaluate(arguments.names[2 * i + 1]);
  return arguments;
}

const Value *TemplateRun::argument(Arguments &arguments, uint32_t index, std::string_view name) {
  if (index < arguments.positionalCount) {
    if (arguments.positionalUsed <= index) arguments.positionalUsed = index + 1;
    return &arguments.positional[index];
  }
  for (uint32_t i = 0; i < arguments.keywordCount; ++i)
    if (string(arguments.names[2 * i]) == name) {
      arguments.used |= 1u << (i & 31);
      return &arguments.keywords[i];
    }
  return nullptr;
}

std::string_view TemplateRun::textArgument(Arguments &arguments, uint32_t index, std::string_view name, std::string_view otherwise,
                                           uint32_t line) {
  const Value *value = argument(arguments, index, name);
  if (!value) return otherwise;
  if (value->is(ValueKind::Undefined)) failUndefined(*value, line);
  if (!value->is(ValueKind::String)) {
    fail(line, "argument '%.*s' should be a text, but has type %s", int(name.size()), name.data(), typeName(*value));
    return otherwise;
  }
  return value->text();
}

int64_t TemplateRun::integerArgument(Arguments &arguments, uint32_t index, std::string_view name, int64_t otherwise,
                                     uint32_t line) {
  const Value *value = argument(arguments, index, name);
  if (!value || value->is(ValueKind::None)) return otherwise;
  if (!value->isInteger()) {
    fail(line, "argument '%.*s' should be an integer, but has type %s", int(name.size()), name.data(), typeName(*value));
    return otherwise;
  }
  return value->asInteger();
}

bool TemplateRun::booleanArgument(Arguments &arguments, uint32_t index, std::string_view name, bool otherwise) {
  const Value *value = argument(arguments, index, name);
  return value ? isTrue(*value) : otherwise;
}

TemplateRun::Arguments TemplateRun::restOf(Arguments &arguments, uint32_t index) {
  Arguments rest;
  if (index < arguments.positionalCount) {
    rest.positional = arguments.positional + index;
    rest.positionalCount = arguments.positionalCount - index;
  }
  rest.keywords = arguments.keywords;
  rest.names = arguments.names;
  rest.keywordCount = arguments.keywordCount;
  return rest;
}

void TemplateRun::checkUsed(const Arguments &arguments, const char *kind, uint32_t line) {
  if (arguments.positionalCount > arguments.positionalUsed) {
    fail(line, "%s takes %u arguments, but gets %u", kind, arguments.positionalUsed, arguments.positionalCount);
    return;
  }
  for (uint32_t i = 0; i < arguments.keywordCount; ++i)
    if (!(arguments.used >> (i & 31) & 1)) {
      std::string_view name = string(arguments.names[2 * i]);
      fail(line, "%s has no argument '%.*s'", kind, int(name.size()), name.data());
      return;
    }
}

Value TemplateRun::list(const Array<Value> &items, ValueKind kind) {
  ListValue *list = arena.make<ListValue>();
  list->count = uint32_t(items.size());
  list->items = arena.make<Value>(items.size());
  for (size_t i = 0; i < items.size(); ++i) list->items[i] = items[i];
  return Value::of(list, kind);
}

const ListValue *TemplateRun::iterate(const Value &value, uint32_t line) {
  if (failed()) return nullptr;
  Array<Value> items;
  switch (value.kind) {
  case ValueKind::List:
  case ValueKind::Tuple:
    return value.list;
  case ValueKind::Undefined:
    break;
  case ValueKind::Dict:
    for (uint32_t i = 0; i < value.dict->count; ++i) items.push(value.dict->entries[i].key);
    break;
  case ValueKind::String: {
    Array<uint32_t> starts;
    characterStarts(value.text(), starts);
    for (size_t i = 0; i + 1 < starts.size(); ++i) items.push(Value::of(slice(value.text(), starts[i], starts[i + 1])));
    break;
  }
  default:
    fail(line, "a loop over a value of type %s", typeName(value));
    return nullptr;
  }
  return list(items).list;
}

std::string_view TemplateRun::asText(const Value &value) {
  if (value.is(ValueKind::String)) return value.text();
  Text made;
  print(value, made);
  return arena.copy(view(made));
}

} // namespace ingot::runtime
