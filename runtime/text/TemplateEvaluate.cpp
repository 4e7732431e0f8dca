// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Expressions.
#include "runtime/text/TemplateRun.h"
#include "runtime/text/TemplateText.h"
#include <math.h>
#include <string.h>
#include <time.h>

namespace ingot::runtime {

Value TemplateRun::evaluate(uint32_t index) {
  if (failed()) return {};
  const ingot_template_node &node = tables.templateNodes[index];
  if (++depth > 600) return fail(node.line, "too deeply nested");
  Value value = evaluateInner(node);
  --depth;
  return value;
}

Value TemplateRun::evaluateInner(const ingot_template_node &node) {
  uint64_t bits = uint64_t(node.b) << 32 | node.a;
  switch (node.kind) {
  case INGOT_TEMPLATE_NONE_VALUE:
    return Value::none();
  case INGOT_TEMPLATE_BOOLEAN:
    return Value::of(node.a != 0);
  case INGOT_TEMPLATE_INTEGER:
    return Value::of(int64_t(bits));
  case INGOT_TEMPLATE_FLOAT: {
    double number;
    memcpy(&number, &bits, sizeof(number));
    return Value::of(number);
  }
  case INGOT_TEMPLATE_STRING:
    return Value::of(string(node.a));
  case INGOT_TEMPLATE_NAME:
    return evaluateName(node.a);
  case INGOT_TEMPLATE_LIST:
    return evaluateList(node);
  case INGOT_TEMPLATE_DICT:
    return evaluateDict(node);
  case INGOT_TEMPLATE_ATTRIBUTE:
    return attribute(evaluate(node.a), Value::of(string(node.b)), node.line);
  case INGOT_TEMPLATE_ITEM: {
    Value object = evaluate(node.a);
    return item(object, evaluate(node.b), node.line);
  }
  case INGOT_TEMPLATE_SLICE:
    return evaluateSlice(node);
  case INGOT_TEMPLATE_FUNCTION: {
    Arguments arguments = readArguments(node.b);
    return callFunction(node.operation, arguments, node.line);
  }
  case INGOT_TEMPLATE_CALL:
    return callValue(node);
  case INGOT_TEMPLATE_METHOD: {
    Value object = evaluate(node.a);
    Arguments arguments = readArguments(node.b);
    return failed() ? Value() : method(node.operation, object, arguments, node.line);
  }
  case INGOT_TEMPLATE_FILTER: {
    Value value = evaluate(node.a);
    Arguments arguments = readArguments(node.b);
    return failed() ? Value() : filter(node.operation, node.c, value, arguments, node.line);
  }
  case INGOT_TEMPLATE_TEST: {
    Value value = evaluate(node.a);
    Arguments arguments = readArguments(node.b);
    return failed() ? Value() : Value::of(test(node.operation, value, arguments, node.line));
  }
  case INGOT_TEMPLATE_NOT:
    return Value::of(!isTrue(evaluate(node.a)));
  case INGOT_TEMPLATE_NEGATIVE:
  case INGOT_TEMPLATE_POSITIVE: {
    Value value = evaluate(node.a);
    if (failed()) return {};
    if (value.is(ValueKind::Undefined)) return failUndefined(value, node.line);
    if (!value.isNumber()) return fail(node.line, "the sign of a value of type %s", typeName(value));
    bool negative = node.kind == INGOT_TEMPLATE_NEGATIVE;
    if (value.is(ValueKind::Float)) return Value::of(negative ? -value.number : value.number);
    return Value::of(negative ? int64_t(0 - uint64_t(value.asInteger())) : value.asInteger());
  }
  case INGOT_TEMPLATE_BINARY: {
    Value a = evaluate(node.a);
    return binary(node.operation, a, evaluate(node.b), node.line);
  }
  case INGOT_TEMPLATE_COMPARE:
    return evaluateCompare(node);
  case INGOT_TEMPLATE_AND: {
    Value a = evaluate(node.a);
    return isTrue(a) ? evaluate(node.b) : a;
  }
  case INGOT_TEMPLATE_OR: {
    Value a = evaluate(node.a);
    return isTrue(a) || failed() ? a : evaluate(node.b);
  }
  case INGOT_TEMPLATE_CONDITIONAL: {
    if (isTrue(evaluate(node.a))) return evaluate(node.b);
    return node.c == INGOT_TEXT_NONE ? Value::undefined("the inline if without else") : evaluate(node.c);
  }
  case INGOT_TEMPLATE_CAPTURED:
    return captured;
  default:
    return fail(node.line, "the compiled template is damaged");
  }
}

Value TemplateRun::evaluateName(uint32_t name) {
  if (Value *found = findVariable(name)) return *found;
  return Value::undefined(string(name));
}

Value TemplateRun::evaluateList(const ingot_template_node &node) {
  const uint32_t *word = words(node.a);
  Array<Value> items;
  for (uint32_t i = 0; i < word[0] && !failed(); ++i) items.push(evaluate(word[1 + i]));
  return list(items, node.operation ? ValueKind::Tuple : ValueKind::List);
}

Value TemplateRun::evaluateDict(const ingot_template_node &node) {
  const uint32_t *word = words(node.a);
  DictValue *dict = arena.make<DictValue>();
  for (uint32_t i = 0; i < word[0] && !failed(); ++i) {
    Value key = evaluate(word[1 + 2 * i]);
    dict->set(arena, key, evaluate(word[2 + 2 * i]));
  }
  return Value::of(dict);
}

/// Python's slice: negative positions count from the end, the step's sign is the direction.
Value TemplateRun::evaluateSlice(const ingot_template_node &node) {
  Value object = evaluate(node.a);
  const uint32_t *word = words(node.b);
  Value parts[3];
  for (int i = 0; i < 3; ++i) {
    parts[i] = word[i] == INGOT_TEXT_NONE ? Value::none() : evaluate(word[i]);
    if (!failed() && !parts[i].is(ValueKind::None) && !parts[i].isInteger())
      return fail(node.line, "a slice's position has type %s", typeName(parts[i]));
  }
  if (failed()) return {};
  if (object.is(ValueKind::Undefined)) return failUndefined(object, node.line);
  if (!object.isList() && !object.is(ValueKind::String)) return fail(node.line, "a slice of a value of type %s", typeName(object));
  Array<uint32_t> starts;
  if (!object.isList()) characterStarts(object.text(), starts);
  int64_t count = object.isList() ? object.list->count : int64_t(starts.size()) - 1;
  int64_t step = parts[2].is(ValueKind::None) ? 1 : parts[2].asInteger();
  if (step == 0) return fail(node.line, "a slice's step is 0");
  auto position = [&](const Value &part, int64_t otherwise) {
    if (part.is(ValueKind::None)) return otherwise;
    int64_t at = part.asInteger();
    if (at < 0) at = at < -count ? -1 : at + count;
    int64_t low = step > 0 ? 0 : -1, high = step > 0 ? count : count - 1;
    return at < low ? low : at > high ? high : at;
  };
  int64_t begin = position(parts[0], step > 0 ? 0 : count - 1), end = position(parts[1], step > 0 ? count : -1);
  Array<Value> items;
  Text text;
  for (int64_t at = begin; step > 0 ? at < end : at > end;) {
    if (object.isList())
      items.push(object.list->items[at]);
    else
      append(text, slice(object.text(), starts[size_t(at)], starts[size_t(at) + 1]));
    if (step > 0 ? step >= end - at : step <= end - at) break;
    at += step;
  }
  return object.isList() ? list(items, object.kind) : this->text(text);
}

Value TemplateRun::evaluateCompare(const ingot_template_node &node) {
  Value left = evaluate(node.a);
  const uint32_t *word = words(node.b);
  bool holds = true;
  for (uint32_t i = 0; i < word[0] && holds && !failed(); ++i) {
    unsigned operation = word[1 + 2 * i];
    Value right = evaluate(word[2 + 2 * i]);
    if (failed()) return {};
    switch (operation) {
    case INGOT_TEMPLATE_EQUAL:
      holds = equal(left, right);
      break;
    case INGOT_TEMPLATE_NOT_EQUAL:
      holds = !equal(left, right);
      break;
    case INGOT_TEMPLATE_LESS:
      holds = order(left, right, node.line) < 0;
      break;
    case INGOT_TEMPLATE_LESS_EQUAL:
      holds = order(left, right, node.line) <= 0;
      break;
    case INGOT_TEMPLATE_GREATER:
      holds = order(left, right, node.line) > 0;
      break;
    case INGOT_TEMPLATE_GREATER_EQUAL:
      holds = order(left, right, node.line) >= 0;
      break;
    case INGOT_TEMPLATE_IN:
      holds = contains(right, left, node.line);
      break;
    default:
      holds = !contains(right, left, node.line);
    }
    left = right;
  }
  return Value::of(holds);
}

int TemplateRun::order(const Value &a, const Value &b, uint32_t line) {
  if (a.is(ValueKind::Undefined)) return failUndefined(a, line), 0;
  if (b.is(ValueKind::Undefined)) return failUndefined(b, line), 0;
  if (a.isNumber() && b.isNumber()) {
    if (a.isInteger() && b.isInteger()) return a.asInteger() < b.asInteger() ? -1 : a.asInteger() > b.asInteger();
    return a.asNumber() < b.asNumber() ? -1 : a.asNumber() > b.asNumber();
  }
  if (a.is(ValueKind::String) && b.is(ValueKind::String)) {
    int compared = a.text().compare(b.text());
    return compared < 0 ? -1 : compared > 0;
  }
  if (a.isList() && a.kind == b.kind) {
    for (uint32_t i = 0; i < a.list->count && i < b.list->count; ++i)
      if (!equal(a.list->items[i], b.list->items[i])) return order(a.list->items[i], b.list->items[i], line);
    return a.list->count < b.list->count ? -1 : a.list->count > b.list->count;
  }
  fail(line, "values of type %s and %s have no order", typeName(a), typeName(b));
  return 0;
}

bool TemplateRun::contains(const Value &where, const Value &what, uint32_t line) {
  if (where.is(ValueKind::Undefined)) return false;
  if (where.is(ValueKind::String)) {
    if (what.is(ValueKind::Undefined)) return failUndefined(what, line), false;
    if (!what.is(ValueKind::String))
      return fail(line, "'in' a text looks for a text, not for a value of type %s", typeName(what)), false;
    return where.text().find(what.text()) != std::string_view::npos;
  }
  if (where.is(ValueKind::Dict)) return where.dict->find(what);
  if (!where.isList()) return fail(line, "'in' a value of type %s", typeName(where)), false;
  for (uint32_t i = 0; i < where.list->count; ++i)
    if (equal(where.list->items[i], what)) return true;
  return false;
}

Value TemplateRun::binary(unsigned operation, const Value &a, const Value &b, uint32_t line) {
  if (failed()) return {};
  if (operation == INGOT_TEMPLATE_CONCATENATE) {
    std::string_view first = asText(a);
    return Value::of(arena.join(first, asText(b)));
  }
  if (a.is(ValueKind::Undefined)) return failUndefined(a, line);
  if (b.is(ValueKind::Undefined)) return failUndefined(b, line);
  if (operation == INGOT_TEMPLATE_ADD && !a.isNumber()) return add(a, b, line);
  if (operation == INGOT_TEMPLATE_MULTIPLY && (a.isInteger() != b.isInteger()) && !(a.isNumber() && b.isNumber())) {
    const Value &repeated = a.isInteger() ? b : a;
    int64_t times = (a.isInteger() ? a : b).asInteger();
    size_t length = repeated.is(ValueKind::String) ? repeated.size : repeated.isList() ? repeated.list->count : 0;
    if (times > 0 && length > 0 && uint64_t(times) > (1u << 24) / length)
      return fail(line, "a value repeated %lld times", (long long)times);
    if (repeated.is(ValueKind::String)) {
      Text made;
      for (int64_t i = 0; i < times; ++i) append(made, repeated.text());
      return text(made);
    }
    if (repeated.isList()) {
      Array<Value> made;
      for (int64_t i = 0; i < times; ++i) made.append(repeated.list->items, repeated.list->count);
      return list(made, repeated.kind);
    }
  }
  if (operation == INGOT_TEMPLATE_MODULO && a.is(ValueKind::String)) return fail(line, "formatting with '%%' is not supported");
  if (!a.isNumber() || !b.isNumber()) {
    constexpr const char *signs[] = {"+", "-", "*", "/", "//", "%", "**"};
    return fail(line, "'%s' between values of type %s and %s", signs[operation], typeName(a), typeName(b));
  }
  return arithmetic(operation, a, b, line);
}

Value TemplateRun::add(const Value &a, const Value &b, uint32_t line) {
  if (a.is(ValueKind::String) && b.is(ValueKind::String)) return Value::of(arena.join(a.text(), b.text()));
  if (a.isList() && a.kind == b.kind) {
    Array<Value> items;
    items.append(a.list->items, a.list->count);
    items.append(b.list->items, b.list->count);
    return list(items, a.kind);
  }
  return fail(line, "'+' between values of type %s and %s", typeName(a), typeName(b));
}

Value TemplateRun::arithmetic(unsigned operation, const Value &a, const Value &b, uint32_t line) {
  bool divides =
      operation == INGOT_TEMPLATE_DIVIDE || operation == INGOT_TEMPLATE_FLOOR_DIVIDE || operation == INGOT_TEMPLATE_MODULO;
  if (divides && b.asNumber() == 0) return fail(line, "division by zero");
  bool integers = a.isInteger() && b.isInteger();
  if (operation == INGOT_TEMPLATE_POWER && integers && b.asInteger() < 0) integers = false;
  if (integers && operation != INGOT_TEMPLATE_DIVIDE) {
    int64_t x = a.asInteger(), y = b.asInteger(), result = 0;
    bool overflow = false;
    switch (operation) {
    case INGOT_TEMPLATE_ADD:
      overflow = __builtin_add_overflow(x, y, &result);
      break;
    case INGOT_TEMPLATE_SUBTRACT:
      overflow = __builtin_sub_overflow(x, y, &result);
      break;
    case INGOT_TEMPLATE_MULTIPLY:
      overflow = __builtin_mul_overflow(x, y, &result);
      break;
    case INGOT_TEMPLATE_POWER:
      result = 1;
      for (int64_t i = 0; i < y && !overflow && !(result == x && x >= 0 && x <= 1); ++i)
        overflow = __builtin_mul_overflow(result, x, &result);
      break;
    default: // floor division: the remainder has the divisor's sign
      if (y == -1) {
        overflow = operation == INGOT_TEMPLATE_FLOOR_DIVIDE && __builtin_sub_overflow(int64_t(0), x, &result);
        break;
      }
      int64_t quotient = x / y, remainder = x % y;
      if (remainder != 0 && (remainder < 0) != (y < 0)) quotient -= 1, remainder += y;
      result = operation == INGOT_TEMPLATE_MODULO ? remainder : quotient;
    }
    return overflow ? fail(line, "an integer exceeds 64 bits") : Value::of(result);
  }
  double x = a.asNumber(), y = b.asNumber();
  switch (operation) {
  case INGOT_TEMPLATE_ADD:
    return Value::of(x + y);
  case INGOT_TEMPLATE_SUBTRACT:
    return Value::of(x - y);
  case INGOT_TEMPLATE_MULTIPLY:
    return Value::of(x * y);
  case INGOT_TEMPLATE_DIVIDE:
    return Value::of(x / y);
  case INGOT_TEMPLATE_FLOOR_DIVIDE:
    return Value::of(floor(x / y));
  case INGOT_TEMPLATE_MODULO: {
    double remainder = fmod(x, y);
    return Value::of(remainder != 0 && (remainder < 0) != (y < 0) ? remainder + y : remainder);
  }
  default:
    return Value::of(pow(x, y));
  }
}

Value TemplateRun::attribute(const Value &object, const Value &name, uint32_t line) {
  if (failed()) return {};
  if (object.is(ValueKind::Undefined)) return failUndefined(object, line);
  if (object.isDict())
    if (Value *found = object.dict->find(name)) return *found;
  if (object.is(ValueKind::Loop)) return loopAttribute(*object.loop, name.text());
  return Value::undefined(name.text());
}

Value TemplateRun::item(const Value &object, const Value &index, uint32_t line) {
  if (failed()) return {};
  if (index.is(ValueKind::String)) return attribute(object, index, line);
  if (object.is(ValueKind::Undefined)) return failUndefined(object, line);
  if (object.isDict()) {
    Value *found = object.dict->find(index);
    return found ? *found : Value::undefined("an item");
  }
  if (!index.isInteger()) return Value::undefined("an item");
  int64_t at = index.asInteger();
  if (object.is(ValueKind::String)) {
    Array<uint32_t> starts;
    characterStarts(object.text(), starts);
    int64_t count = int64_t(starts.size()) - 1;
    if (at < 0) at += count;
    if (at < 0 || at >= count) return Value::undefined("an item");
    return Value::of(slice(object.text(), starts[size_t(at)], starts[size_t(at) + 1]));
  }
  if (!object.isList()) return Value::undefined("an item");
  if (at < 0) at += object.list->count;
  if (at < 0 || at >= object.list->count) return Value::undefined("an item");
  return object.list->items[at];
}

Value TemplateRun::loopAttribute(const LoopValue &loop, std::string_view name) {
  int64_t index = loop.index, count = loop.items->count;
  if (name == "index") return Value::of(index + 1);
  if (name == "index0") return Value::of(index);
  if (name == "first") return Value::of(index == 0);
  if (name == "last") return Value::of(index + 1 == count);
  if (name == "length") return Value::of(count);
  if (name == "revindex") return Value::of(count - index);
  if (name == "revindex0") return Value::of(count - index - 1);
  if (name == "depth") return Value::of(int64_t(loop.depth) + 1);
  if (name == "depth0") return Value::of(int64_t(loop.depth));
  if (name == "previtem" && index > 0) return loop.items->items[index - 1];
  if (name == "nextitem" && index + 1 < count) return loop.items->items[index + 1];
  return Value::undefined(name);
}

Value TemplateRun::callValue(const ingot_template_node &node) {
  Value callee = evaluate(node.a);
  Arguments arguments = readArguments(node.b);
  if (failed()) return {};
  if (callee.is(ValueKind::Macro) && callee.macro) return callMacro(*callee.macro, arguments, nullptr, node.line);
  if (callee.is(ValueKind::Undefined)) return failUndefined(callee, node.line);
  if (!callee.is(ValueKind::Loop) || !callee.loop->node) return fail(node.line, "a value of type %s is called", typeName(callee));
  const Value *items = argument(arguments, 0, "iterable");
  checkUsed(arguments, "loop", node.line);
  if (!items) return fail(node.line, "'loop' is called without a list");
  Text inner;
  Text *before = out;
  Frame *frameBefore = frame;
  out = &inner;
  frame = callee.loop->frame;
  executeFor(*callee.loop->node, *items, callee.loop->depth + 1);
  frame = frameBefore;
  out = before;
  return text(inner);
}

Value TemplateRun::callFunction(unsigned function, Arguments &arguments, uint32_t line) {
  if (failed()) return {};
  switch (function) {
  case INGOT_TEMPLATE_FUNCTION_RAISE_EXCEPTION: {
    std::string_view message = textArgument(arguments, 0, "message", "the chat template refuses this chat", line);
    return fail(0, "%.*s", int(message.size()), message.data());
  }
  case INGOT_TEMPLATE_FUNCTION_RANGE:
    return range(arguments, line);
  case INGOT_TEMPLATE_FUNCTION_STRFTIME_NOW:
    return strftimeNow(arguments, line);
  default: {
    DictValue *dict = arena.make<DictValue>();
    if (const Value *from = argument(arguments, 0, "")) {
      if (!from->isDict()) return fail(line, "a namespace or dict made of a value of type %s", typeName(*from));
      for (uint32_t i = 0; i < from->dict->count; ++i) dict->set(arena, from->dict->entries[i].key, from->dict->entries[i].value);
    }
    for (uint32_t i = 0; i < arguments.keywordCount; ++i)
      dict->set(arena, Value::of(string(arguments.names[2 * i])), arguments.keywords[i]);
    return Value::of(dict, function == INGOT_TEMPLATE_FUNCTION_DICT ? ValueKind::Dict : ValueKind::Namespace);
  }
  }
}

Value TemplateRun::range(Arguments &arguments, uint32_t line) {
  int64_t first = integerArgument(arguments, 0, "start", 0, line), begin = 0, end = first;
  if (arguments.positionalCount > 1) {
    begin = first;
    end = integerArgument(arguments, 1, "stop", 0, line);
  }
  int64_t step = integerArgument(arguments, 2, "step", 1, line);
  checkUsed(arguments, "range", line);
  if (!failed() && step == 0) return fail(line, "range's step is 0");
  Array<Value> items;
  for (int64_t at = begin; !failed() && (step > 0 ? at < end : at > end);) {
    if (items.size() == 100000) return fail(line, "range has more than 100000 items");
    items.push(Value::of(at));
    if (__builtin_add_overflow(at, step, &at)) break;
  }
  return list(items);
}

Value TemplateRun::strftimeNow(Arguments &arguments, uint32_t line) {
  std::string_view format = textArgument(arguments, 0, "format", "", line);
  checkUsed(arguments, "strftime_now", line);
  Text terminated;
  append(terminated, format);
  terminated.push(' '); // so that an empty result differs from one that does not fit
  terminated.push('\0');
  time_t seconds = now >= 0 ? time_t(now) : time(nullptr);
  tm parts;
  localtime_r(&seconds, &parts);
  char formatted[1024];
  size_t size = strftime(formatted, sizeof(formatted), terminated.data(), &parts);
  if (size == 0) return fail(line, "strftime_now gives more than 1000 characters");
  return Value::of(arena.copy({formatted, size - 1}));
}

} // namespace ingot::runtime
