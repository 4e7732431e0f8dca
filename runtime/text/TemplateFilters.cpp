// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Filters, with Jinja's meaning; tojson is that of transformers (json.dumps without ASCII escapes and HTML escapes).
#include "runtime/text/TemplateRun.h"
#include "runtime/text/TemplateText.h"
#include <math.h>
#include <stdio.h>

namespace ingot::runtime {

Value TemplateRun::filter(unsigned filter, uint32_t inner, const Value &value, Arguments &arguments, uint32_t line) {
  if (failed()) return {};
  Value result;
  switch (filter) {
  case INGOT_TEMPLATE_FILTER_DEFAULT: {
    const Value *otherwise = argument(arguments, 0, "default_value");
    bool alsoFalse = booleanArgument(arguments, 1, "boolean", false);
    bool missing = value.is(ValueKind::Undefined) || (alsoFalse && !isTrue(value));
    result = !missing ? value : otherwise ? *otherwise : Value::of(std::string_view());
    break;
  }
  case INGOT_TEMPLATE_FILTER_ABS:
    if (!value.isNumber()) return fail(line, "filter 'abs' on a value of type %s", typeName(value));
    result = value.is(ValueKind::Float)
                 ? Value::of(fabs(value.number))
                 : Value::of(value.asInteger() < 0 ? int64_t(0 - uint64_t(value.asInteger())) : value.asInteger());
    break;
  case INGOT_TEMPLATE_FILTER_ROUND:
    result = filterRound(value, arguments, line);
    break;
  case INGOT_TEMPLATE_FILTER_INT:
  case INGOT_TEMPLATE_FILTER_FLOAT: {
    bool toInteger = filter == INGOT_TEMPLATE_FILTER_INT;
    const Value *otherwise = argument(arguments, 0, "default");
    result = otherwise ? *otherwise : toInteger ? Value::of(int64_t(0)) : Value::of(0.0);
    double number = 0;
    bool isNumber = value.isNumber();
    if (isNumber) {
      number = value.asNumber();
    } else if (value.is(ValueKind::String)) {
      std::string_view digits = arena.join(strip(value.text(), {}, true, true), std::string_view("", 1));
      char *end = nullptr;
      if (toInteger) {
        long long integer = strtoll(digits.data(), &end, 10);
        if (digits.size() > 1 && end + 1 == digits.data() + digits.size()) {
          result = Value::of(int64_t(integer));
          break;
        }
      }
      number = strtod(digits.data(), &end);
      isNumber = digits.size() > 1 && end + 1 == digits.data() + digits.size();
    }
    if (isNumber && toInteger && value.isInteger())
      result = Value::of(value.asInteger());
    else if (isNumber && (!toInteger || fabs(number) < 9e18))
      result = toInteger ? Value::of(int64_t(number)) : Value::of(number);
    break;
  }
  case INGOT_TEMPLATE_FILTER_TOJSON: {
    Text json;
    int indent = int(integerArgument(arguments, 2, "indent", -1, line));
    bool ascii = booleanArgument(arguments, 0, "ensure_ascii", false), sort = booleanArgument(arguments, 4, "sort_keys", false);
    if (ascii) return fail(line, "filter 'tojson' with ensure_ascii is not supported");
    if (value.is(ValueKind::Undefined)) return failUndefined(value, line);
    if (!printJson(value, indent > 64 ? 64 : indent, sort, json))
      return fail(line, "filter 'tojson' on a value of type %s", typeName(value));
    result = text(json);
    break;
  }
  case INGOT_TEMPLATE_FILTER_LENGTH:
    if (value.is(ValueKind::String))
      result = Value::of(int64_t(characterCount(value.text())));
    else if (value.isList())
      result = Value::of(int64_t(value.list->count));
    else if (value.is(ValueKind::Dict))
      result = Value::of(int64_t(value.dict->count));
    else if (value.is(ValueKind::Undefined))
      result = Value::of(int64_t(0));
    else
      return fail(line, "the length of a value of type %s", typeName(value));
    break;
  case INGOT_TEMPLATE_FILTER_ITEMS:
    if (value.is(ValueKind::Undefined)) return list(Array<Value>());
    if (!value.is(ValueKind::Dict)) return fail(line, "filter 'items' on a value of type %s", typeName(value));
    result = dictMethod(INGOT_TEMPLATE_METHOD_ITEMS, *value.dict, arguments, line);
    break;
  case INGOT_TEMPLATE_FILTER_CAPITALIZE:
  case INGOT_TEMPLATE_FILTER_INDENT:
  case INGOT_TEMPLATE_FILTER_LOWER:
  case INGOT_TEMPLATE_FILTER_REPLACE:
  case INGOT_TEMPLATE_FILTER_SAFE:
  case INGOT_TEMPLATE_FILTER_STRING:
  case INGOT_TEMPLATE_FILTER_TITLE:
  case INGOT_TEMPLATE_FILTER_TRIM:
  case INGOT_TEMPLATE_FILTER_UPPER:
    result = filterText(filter, value, arguments, line);
    break;
  default:
    result = filterList(filter, inner, value, arguments, line);
  }
  if (filter != INGOT_TEMPLATE_FILTER_MAP && inner == INGOT_TEXT_NONE) checkUsed(arguments, "a filter", line);
  return result;
}

Value TemplateRun::filterText(unsigned filter, const Value &value, Arguments &arguments, uint32_t line) {
  std::string_view text = asText(value);
  switch (filter) {
  case INGOT_TEMPLATE_FILTER_CAPITALIZE:
    return Value::of(withCase(arena, text, Case::Capitalize));
  case INGOT_TEMPLATE_FILTER_INDENT:
    return indented(Value::of(text), arguments);
  case INGOT_TEMPLATE_FILTER_LOWER:
    return Value::of(withCase(arena, text, Case::Lower));
  case INGOT_TEMPLATE_FILTER_UPPER:
    return Value::of(withCase(arena, text, Case::Upper));
  case INGOT_TEMPLATE_FILTER_TITLE:
    return Value::of(withCase(arena, text, Case::TitleByBlanks));
  case INGOT_TEMPLATE_FILTER_TRIM: {
    const Value *characters = argument(arguments, 0, "chars");
    bool given = characters && characters->is(ValueKind::String);
    if (given && characters->size == 0) return Value::of(text);
    return Value::of(strip(text, given ? characters->text() : std::string_view(), true, true));
  }
  case INGOT_TEMPLATE_FILTER_REPLACE: {
    std::string_view old = textArgument(arguments, 0, "old", "", line), with = textArgument(arguments, 1, "new", "", line);
    return Value::of(replaced(arena, text, old, with, integerArgument(arguments, 2, "count", -1, line)));
  }
  default:
    return Value::of(text);
  }
}

/// Every line but the first is indented; empty ones only with `blank`.
Value TemplateRun::indented(const Value &value, Arguments &arguments) {
  Text indent, made;
  const Value *width = argument(arguments, 0, "width");
  if (width && width->is(ValueKind::String))
    append(indent, width->text());
  else
    for (int64_t i = 0, end = width && width->isInteger() ? width->asInteger() : 4; i < end && i < 1000; ++i) indent.push(' ');
  bool first = booleanArgument(arguments, 1, "first", false), blank = booleanArgument(arguments, 2, "blank", false);
  Array<Value> lines;
  splitLines(arena.join(value.text(), "\n"), false, lines);
  for (size_t i = 0; i < lines.size(); ++i) {
    if (i) made.push('\n');
    if (i ? blank || lines[i].size : first) append(made, view(indent));
    append(made, lines[i].text());
  }
  return text(made);
}

Value TemplateRun::filterRound(const Value &value, Arguments &arguments, uint32_t line) {
  int64_t precision = integerArgument(arguments, 0, "precision", 0, line);
  std::string_view method = textArgument(arguments, 1, "method", "common", line);
  if (!value.isNumber()) return fail(line, "filter 'round' on a value of type %s", typeName(value));
  double number = value.asNumber(), scale = pow(10, double(precision));
  if (method == "ceil") return Value::of(ceil(number * scale) / scale);
  if (method == "floor") return Value::of(floor(number * scale) / scale);
  if (value.isInteger() && precision >= 0) return Value::of(value.asInteger());
  char digits[400];
  snprintf(digits, sizeof(digits), "%.*f", int(precision < 0 ? 0 : precision > 30 ? 30 : precision), number);
  return Value::of(precision < 0 ? nearbyint(number * scale) / scale : strtod(digits, nullptr));
}

Value TemplateRun::filterList(unsigned filter, uint32_t inner, const Value &value, Arguments &arguments, uint32_t line) {
  if (filter == INGOT_TEMPLATE_FILTER_DICTSORT) {
    if (!value.is(ValueKind::Dict)) return fail(line, "filter 'dictsort' on a value of type %s", typeName(value));
    bool caseSensitive = booleanArgument(arguments, 0, "case_sensitive", false);
    std::string_view by = textArgument(arguments, 1, "by", "key", line);
    bool reverse = booleanArgument(arguments, 2, "reverse", false);
    Arguments nothing;
    Value items = dictMethod(INGOT_TEMPLATE_METHOD_ITEMS, *value.dict, nothing, line);
    return sorted(*items.list, Value::of(int64_t(by == "value")), reverse, caseSensitive, line);
  }
  const ListValue *items = iterate(value, line);
  if (!items) return {};
  uint32_t count = items->count;
  switch (filter) {
  case INGOT_TEMPLATE_FILTER_FIRST:
    return count ? items->items[0] : Value::undefined("the first item of an empty list");
  case INGOT_TEMPLATE_FILTER_LAST:
    return count ? items->items[count - 1] : Value::undefined("the last item of an empty list");
  case INGOT_TEMPLATE_FILTER_LIST:
    return Value::of(const_cast<ListValue *>(items));
  case INGOT_TEMPLATE_FILTER_REVERSE: {
    Array<Value> reversed;
    for (uint32_t i = count; i-- > 0;) reversed.push(items->items[i]);
    Value made = list(reversed);
    return value.is(ValueKind::String) ? joined(*made.list, "") : made;
  }
  case INGOT_TEMPLATE_FILTER_JOIN: {
    const Value *separator = argument(arguments, 0, "d"), *path = argument(arguments, 1, "attribute");
    Array<Value> parts;
    for (uint32_t i = 0; i < count && !failed(); ++i)
      parts.push(path ? attributePath(items->items[i], *path, line) : items->items[i]);
    return joined(*list(parts).list, separator ? asText(*separator) : std::string_view());
  }
  case INGOT_TEMPLATE_FILTER_SORT: {
    bool reverse = booleanArgument(arguments, 0, "reverse", false),
         caseSensitive = booleanArgument(arguments, 1, "case_sensitive", false);
    const Value *path = argument(arguments, 2, "attribute");
    return sorted(*items, path ? *path : Value::none(), reverse, caseSensitive, line);
  }
  case INGOT_TEMPLATE_FILTER_MIN:
  case INGOT_TEMPLATE_FILTER_MAX: {
    bool caseSensitive = booleanArgument(arguments, 0, "case_sensitive", false);
    const Value *path = argument(arguments, 1, "attribute");
    if (count == 0) return Value::undefined("the least or greatest item of an empty list");
    Value ordered = sorted(*items, path ? *path : Value::none(), filter == INGOT_TEMPLATE_FILTER_MAX, caseSensitive, line);
    return failed() ? Value() : ordered.list->items[0];
  }
  case INGOT_TEMPLATE_FILTER_SUM: {
    const Value *path = argument(arguments, 0, "attribute"), *start = argument(arguments, 1, "start");
    Value sum = start ? *start : Value::of(int64_t(0));
    for (uint32_t i = 0; i < count && !failed(); ++i) {
      Value item = path && !path->is(ValueKind::None) ? attributePath(items->items[i], *path, line) : items->items[i];
      sum = binary(INGOT_TEMPLATE_ADD, sum, item, line);
    }
    return sum;
  }
  case INGOT_TEMPLATE_FILTER_UNIQUE: {
    bool caseSensitive = booleanArgument(arguments, 0, "case_sensitive", false);
    const Value *path = argument(arguments, 1, "attribute");
    Array<Value> kept, keys;
    for (uint32_t i = 0; i < count && !failed(); ++i) {
      Value key = path ? attributePath(items->items[i], *path, line) : items->items[i];
      if (!caseSensitive && key.is(ValueKind::String)) key = Value::of(withCase(arena, key.text(), Case::Lower));
      bool known = false;
      for (const Value &other : keys) known |= equal(other, key);
      if (known) continue;
      keys.push(key);
      kept.push(items->items[i]);
    }
    return list(kept);
  }
  case INGOT_TEMPLATE_FILTER_MAP:
    return filterMap(inner, *items, arguments, line);
  default:
    return filterSelect(filter, inner, *items, arguments, line);
  }
}

Value TemplateRun::filterMap(uint32_t inner, const ListValue &items, Arguments &arguments, uint32_t line) {
  Array<Value> mapped;
  if (inner != INGOT_TEXT_NONE) {
    for (uint32_t i = 0; i < items.count && !failed(); ++i) {
      Arguments rest = restOf(arguments, 0);
      mapped.push(filter(inner, INGOT_TEXT_NONE, items.items[i], rest, line));
    }
    return list(mapped);
  }
  const Value *path = argument(arguments, INGOT_TEXT_NONE, "attribute"),
              *otherwise = argument(arguments, INGOT_TEXT_NONE, "default");
  checkUsed(arguments, "filter 'map'", line);
  if (!path) return fail(line, "filter 'map' needs a filter's name or an attribute");
  for (uint32_t i = 0; i < items.count && !failed(); ++i) {
    Value value = attributePath(items.items[i], *path, line);
    mapped.push(value.is(ValueKind::Undefined) && otherwise ? *otherwise : value);
  }
  return list(mapped);
}

/// select, reject: by a test on the item; selectattr, rejectattr: on one of its attributes. Without a test: by truth.
Value TemplateRun::filterSelect(unsigned filter, uint32_t inner, const ListValue &items, Arguments &arguments, uint32_t line) {
  bool byAttribute = filter == INGOT_TEMPLATE_FILTER_SELECTATTR || filter == INGOT_TEMPLATE_FILTER_REJECTATTR;
  bool keeps = filter == INGOT_TEMPLATE_FILTER_SELECT || filter == INGOT_TEMPLATE_FILTER_SELECTATTR;
  const Value *path = byAttribute ? argument(arguments, 0, "attribute") : nullptr;
  if (byAttribute && !path) return fail(line, "a filter needs an attribute's name");
  Array<Value> kept;
  for (uint32_t i = 0; i < items.count && !failed(); ++i) {
    Value value = path ? attributePath(items.items[i], *path, line) : items.items[i];
    Arguments rest = restOf(arguments, byAttribute ? 1 : 0);
    bool holds = inner == INGOT_TEXT_NONE ? isTrue(value) : test(inner, value, rest, line);
    if (holds == keeps) kept.push(items.items[i]);
  }
  return list(kept);
}

Value TemplateRun::joined(const ListValue &items, std::string_view separator) {
  Text made;
  for (uint32_t i = 0; i < items.count; ++i) {
    if (i) append(made, separator);
    print(items.items[i], made);
  }
  return text(made);
}

/// Stable, by insertion: the lists of a chat are short.
Value TemplateRun::sorted(const ListValue &items, const Value &path, bool reverse, bool caseSensitive, uint32_t line) {
  Array<Value> ordered, keys;
  for (uint32_t i = 0; i < items.count && !failed(); ++i) {
    Value key = path.is(ValueKind::None) ? items.items[i] : attributePath(items.items[i], path, line);
    if (!caseSensitive && key.is(ValueKind::String)) key = Value::of(withCase(arena, key.text(), Case::Lower));
    ordered.push(items.items[i]);
    keys.push(key);
    for (size_t at = i; at > 0 && !failed(); --at) {
      int compared = order(keys[at], keys[at - 1], line);
      if (reverse ? compared <= 0 : compared >= 0) break;
      Value item = ordered[at], itemKey = keys[at];
      ordered[at] = ordered[at - 1];
      keys[at] = keys[at - 1];
      ordered[at - 1] = item;
      keys[at - 1] = itemKey;
    }
  }
  return list(ordered);
}

Value TemplateRun::attributePath(Value value, const Value &path, uint32_t line) {
  if (!path.is(ValueKind::String)) return item(value, path, line);
  Array<Value> names;
  split(path.text(), ".", -1, false, names);
  for (const Value &name : names) {
    bool isIndex = name.size != 0;
    int64_t index = 0;
    for (char digit : name.text()) {
      isIndex &= digit >= '0' && digit <= '9';
      index = isIndex && index < 100000000 ? index * 10 + (digit - '0') : index;
    }
    value = item(value, isIndex ? Value::of(index) : name, line);
  }
  return value;
}

} // namespace ingot::runtime
