// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/text/TemplateValue.h"
#include "runtime/text/Utf8.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

namespace ingot::runtime {

Arena::~Arena() {
  while (chunks) {
    Chunk *next = chunks->next;
    free(chunks);
    chunks = next;
  }
}

void *Arena::allocate(size_t bytes) {
  bytes = (bytes + 7) / 8 * 8;
  if (bytes > left) {
    size_t size = bytes > 1 << 14 ? bytes : 1 << 14;
    Chunk *chunk = static_cast<Chunk *>(malloc(sizeof(Chunk) + size));
    if (!chunk) smallAllocationFailed(size);
    chunk->next = chunks;
    chunks = chunk;
    at = reinterpret_cast<char *>(chunk + 1);
    left = size;
  }
  void *place = at;
  at += bytes;
  left -= bytes;
  return place;
}

std::string_view Arena::copy(std::string_view text) { return join(text, {}); }

std::string_view Arena::join(std::string_view first, std::string_view second) {
  char *place = static_cast<char *>(allocate(first.size() + second.size()));
  if (!first.empty()) memcpy(place, first.data(), first.size());
  if (!second.empty()) memcpy(place + first.size(), second.data(), second.size());
  return {place, first.size() + second.size()};
}

Value *DictValue::find(const Value &key) {
  for (uint32_t i = 0; i < count; ++i)
    if (equal(entries[i].key, key)) return &entries[i].value;
  return nullptr;
}

void DictValue::set(Arena &arena, const Value &key, const Value &value) {
  if (Value *found = find(key)) {
    *found = value;
    return;
  }
  if (count == room) {
    room = room ? room * 2 : 4;
    Entry *moved = arena.make<Entry>(room);
    for (uint32_t i = 0; i < count; ++i) moved[i] = entries[i];
    entries = moved;
  }
  entries[count++] = {key, value};
}

const char *typeName(const Value &value) {
  constexpr const char *names[] = {"undefined", "None",  "bool", "int",       "float", "str",
                                   "list",      "tuple", "dict", "namespace", "loop",  "macro"};
  return names[unsigned(value.kind)];
}

bool isTrue(const Value &value) {
  switch (value.kind) {
  case ValueKind::Undefined:
  case ValueKind::None:
    return false;
  case ValueKind::Boolean:
    return value.boolean;
  case ValueKind::Integer:
    return value.integer != 0;
  case ValueKind::Float:
    return value.number != 0;
  case ValueKind::String:
    return value.size != 0;
  case ValueKind::List:
  case ValueKind::Tuple:
    return value.list->count != 0;
  case ValueKind::Dict:
    return value.dict->count != 0;
  default:
    return true;
  }
}

bool equal(const Value &a, const Value &b) {
  if (a.isNumber() && b.isNumber())
    return a.isInteger() && b.isInteger() ? a.asInteger() == b.asInteger() : a.asNumber() == b.asNumber();
  if (a.kind != b.kind) return false;
  switch (a.kind) {
  case ValueKind::Undefined:
  case ValueKind::None:
    return true;
  case ValueKind::String:
    return a.text() == b.text();
  case ValueKind::List:
  case ValueKind::Tuple:
    if (a.list->count != b.list->count) return false;
    for (uint32_t i = 0; i < a.list->count; ++i)
      if (!equal(a.list->items[i], b.list->items[i])) return false;
    return true;
  case ValueKind::Dict:
    if (a.dict->count != b.dict->count) return false;
    for (uint32_t i = 0; i < a.dict->count; ++i) {
      Value *other = b.dict->find(a.dict->entries[i].key);
      if (!other || !equal(a.dict->entries[i].value, *other)) return false;
    }
    return true;
  default:
    return a.bytes == b.bytes;
  }
}

/// The shortest digits that read back as the same number, in Python's form: 1e+16 and 1e-05 get an exponent, 1.0 keeps its point.
static void printNumber(double number, Text &out) {
  if (isnan(number)) return append(out, "nan");
  if (isinf(number)) return append(out, number < 0 ? "-inf" : "inf");
  char digits[40];
  int precision = 0;
  do snprintf(digits, sizeof(digits), "%.*e", precision, number);
  while (strtod(digits, nullptr) != number && ++precision < 17);
  int exponent = atoi(strchr(digits, 'e') + 1);
  char text[64];
  if (exponent < -4 || exponent >= 16)
    snprintf(text, sizeof(text), "%.*e", precision, number);
  else
    snprintf(text, sizeof(text), "%.*f", precision > exponent ? (precision - exponent > 1 ? precision - exponent : 1) : 1, number);
  append(out, text);
}

static void printList(const ListValue &list, bool isTuple, Text &out) {
  out.push(isTuple ? '(' : '[');
  for (uint32_t i = 0; i < list.count; ++i) {
    if (i) append(out, ", ");
    printQuoted(list.items[i], out);
  }
  if (isTuple && list.count == 1) out.push(',');
  out.push(isTuple ? ')' : ']');
}

static void printDict(const DictValue &dict, Text &out) {
  out.push('{');
  for (uint32_t i = 0; i < dict.count; ++i) {
    if (i) append(out, ", ");
    printQuoted(dict.entries[i].key, out);
    append(out, ": ");
    printQuoted(dict.entries[i].value, out);
  }
  out.push('}');
}

void print(const Value &value, Text &out) {
  switch (value.kind) {
  case ValueKind::Undefined:
    return;
  case ValueKind::None:
    return append(out, "None");
  case ValueKind::Boolean:
    return append(out, value.boolean ? "True" : "False");
  case ValueKind::Integer: {
    char text[24];
    snprintf(text, sizeof(text), "%" PRId64, value.integer);
    return append(out, text);
  }
  case ValueKind::Float:
    return printNumber(value.number, out);
  case ValueKind::String:
    return append(out, value.text());
  case ValueKind::List:
  case ValueKind::Tuple:
    return printList(*value.list, value.is(ValueKind::Tuple), out);
  case ValueKind::Dict:
    return printDict(*value.dict, out);
  case ValueKind::Namespace:
    append(out, "<Namespace ");
    printDict(*value.dict, out);
    return out.push('>');
  case ValueKind::Loop:
    return append(out, "<LoopContext>");
  case ValueKind::Macro:
    return append(out, "<Macro>");
  }
}

void printQuoted(const Value &value, Text &out) {
  if (value.is(ValueKind::Undefined)) return append(out, "Undefined");
  if (!value.is(ValueKind::String)) return print(value, out);
  std::string_view text = value.text();
  char quote = text.find('\'') != text.npos && text.find('"') == text.npos ? '"' : '\'';
  out.push(quote);
  for (char c : text) {
    char escape[8];
    if (c == '\\' || c == quote) {
      out.push('\\');
      out.push(c);
    } else if (c == '\n' || c == '\r' || c == '\t') {
      out.push('\\');
      out.push(c == '\n' ? 'n' : c == '\r' ? 'r' : 't');
    } else if (uint8_t(c) < 0x20 || c == 0x7f) {
      snprintf(escape, sizeof(escape), "\\x%02x", uint8_t(c));
      append(out, escape);
    } else {
      out.push(c);
    }
  }
  out.push(quote);
}

static void printJsonString(std::string_view text, Text &out) {
  constexpr std::string_view letters = "\"\\\b\f\n\r\t", names = "\"\\bfnrt";
  out.push('"');
  for (char c : text) {
    size_t letter = letters.find(c);
    if (letter != letters.npos) {
      out.push('\\');
      out.push(names.data()[letter]);
    } else if (uint8_t(c) < 0x20) {
      char escape[8];
      snprintf(escape, sizeof(escape), "\\u%04x", uint8_t(c));
      append(out, escape);
    } else {
      out.push(c);
    }
  }
  out.push('"');
}

static void printIndent(int indent, int depth, Text &out) {
  if (indent < 0) return;
  out.push('\n');
  for (int i = 0; i < indent * depth; ++i) out.push(' ');
}

/// Keys in order of insertion or sorted; `order` gets the indices.
static void keyOrder(const DictValue &dict, bool sorted, Array<uint32_t> &order) {
  for (uint32_t i = 0; i < dict.count; ++i) {
    order.push(i);
    for (uint32_t at = i; sorted && at > 0 && dict.entries[order[at]].key.text() < dict.entries[order[at - 1]].key.text(); --at) {
      uint32_t swapped = order[at];
      order[at] = order[at - 1];
      order[at - 1] = swapped;
    }
  }
}

bool printJson(const Value &value, int indent, bool sortKeys, Text &out, int depth) {
  if (depth > 100) return false;
  switch (value.kind) {
  case ValueKind::None:
    return append(out, "null"), true;
  case ValueKind::Boolean:
    return append(out, value.boolean ? "true" : "false"), true;
  case ValueKind::Integer:
  case ValueKind::Float:
    return print(value, out), true;
  case ValueKind::String:
    return printJsonString(value.text(), out), true;
  case ValueKind::List:
  case ValueKind::Tuple:
    if (value.list->count == 0) return append(out, "[]"), true;
    out.push('[');
    for (uint32_t i = 0; i < value.list->count; ++i) {
      if (i) append(out, indent < 0 ? ", " : ",");
      printIndent(indent, depth + 1, out);
      if (!printJson(value.list->items[i], indent, sortKeys, out, depth + 1)) return false;
    }
    printIndent(indent, depth, out);
    return out.push(']'), true;
  case ValueKind::Dict: {
    if (value.dict->count == 0) return append(out, "{}"), true;
    Array<uint32_t> order;
    for (uint32_t i = 0; i < value.dict->count; ++i)
      if (!value.dict->entries[i].key.is(ValueKind::String)) return false;
    keyOrder(*value.dict, sortKeys, order);
    out.push('{');
    for (uint32_t i = 0; i < value.dict->count; ++i) {
      if (i) append(out, indent < 0 ? ", " : ",");
      printIndent(indent, depth + 1, out);
      printJsonString(value.dict->entries[order[i]].key.text(), out);
      append(out, ": ");
      if (!printJson(value.dict->entries[order[i]].value, indent, sortKeys, out, depth + 1)) return false;
    }
    printIndent(indent, depth, out);
    return out.push('}'), true;
  }
  default:
    return false;
  }
}

} // namespace ingot::runtime
