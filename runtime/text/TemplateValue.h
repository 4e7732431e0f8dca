// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The values of a template: Python's, as far as chat templates see them. Memory comes from an arena that lives as long as the
// rendering; nothing is freed before.
#ifndef INGOT_RUNTIME_TEXT_TEMPLATEVALUE_H
#define INGOT_RUNTIME_TEXT_TEMPLATEVALUE_H

#include "runtime/memory/Array.h"
#include <stddef.h>
#include <stdint.h>
#include <string_view>

namespace ingot::runtime {

class Arena {
public:
  Arena() = default;
  Arena(const Arena &) = delete;
  ~Arena();

  void *allocate(size_t bytes);
  template <typename Element> Element *make(size_t count = 1) {
    Element *elements = static_cast<Element *>(allocate(count * sizeof(Element)));
    for (size_t i = 0; i < count; ++i) elements[i] = Element();
    return elements;
  }
  std::string_view copy(std::string_view text);
  std::string_view join(std::string_view first, std::string_view second);

private:
  struct Chunk {
    Chunk *next;
  };
  Chunk *chunks = nullptr;
  char *at = nullptr;
  size_t left = 0;
};

enum class ValueKind : uint8_t { Undefined, None, Boolean, Integer, Float, String, List, Tuple, Dict, Namespace, Loop, Macro };

struct ListValue;
struct DictValue;
struct LoopValue;
struct MacroValue;

struct Value {
  ValueKind kind = ValueKind::Undefined;
  uint32_t size = 0; ///< of a String's bytes, or of the name of something Undefined
  union {
    bool boolean;
    int64_t integer;
    double number;
    const char *bytes;
    ListValue *list; ///< List, Tuple
    DictValue *dict; ///< Dict, Namespace
    LoopValue *loop;
    MacroValue *macro; ///< null for a function
  };

  Value() : integer(0) {}
  static Value none() { return ofKind(ValueKind::None); }
  static Value of(bool boolean) {
    Value value = ofKind(ValueKind::Boolean);
    value.boolean = boolean;
    return value;
  }
  static Value of(int64_t integer) {
    Value value = ofKind(ValueKind::Integer);
    value.integer = integer;
    return value;
  }
  static Value of(double number) {
    Value value = ofKind(ValueKind::Float);
    value.number = number;
    return value;
  }
  static Value of(std::string_view text) {
    Value value = ofKind(ValueKind::String);
    value.size = uint32_t(text.size());
    value.bytes = text.data();
    return value;
  }
  /// `name` says in messages what it is that is undefined.
  static Value undefined(std::string_view name) {
    Value value = of(name);
    value.kind = ValueKind::Undefined;
    return value;
  }
  static Value of(ListValue *list, ValueKind kind = ValueKind::List) {
    Value value = ofKind(kind);
    value.list = list;
    return value;
  }
  static Value of(DictValue *dict, ValueKind kind = ValueKind::Dict) {
    Value value = ofKind(kind);
    value.dict = dict;
    return value;
  }

  bool is(ValueKind other) const { return kind == other; }
  bool isList() const { return kind == ValueKind::List || kind == ValueKind::Tuple; }
  bool isDict() const { return kind == ValueKind::Dict || kind == ValueKind::Namespace; }
  /// A bool counts as an integer, as in Python.
  bool isInteger() const { return kind == ValueKind::Integer || kind == ValueKind::Boolean; }
  bool isNumber() const { return isInteger() || kind == ValueKind::Float; }
  int64_t asInteger() const { return kind == ValueKind::Boolean ? boolean : integer; }
  double asNumber() const { return kind == ValueKind::Float ? number : double(asInteger()); }
  std::string_view text() const { return {bytes, size}; }

private:
  static Value ofKind(ValueKind kind) {
    Value value;
    value.kind = kind;
    return value;
  }
};

struct ListValue {
  Value *items = nullptr;
  uint32_t count = 0;
};

/// Entries in order of insertion; few, so that a search is a walk.
struct DictValue {
  struct Entry {
    Value key, value;
  };
  Entry *entries = nullptr;
  uint32_t count = 0, room = 0;

  Value *find(const Value &key);
  void set(Arena &arena, const Value &key, const Value &value);
};

/// The name of a value's type, as in Python's messages.
const char *typeName(const Value &value);
bool isTrue(const Value &value);
bool equal(const Value &a, const Value &b);
/// Appends what `{{ value }}` prints.
void print(const Value &value, Text &out);
/// Appends Python's repr(value), which is what lists print of their elements.
void printQuoted(const Value &value, Text &out);
/// Appends JSON as Python's json.dumps(value, ensure_ascii=False, indent=indent); indent -1: on one line. False if the value has
/// no JSON form.
bool printJson(const Value &value, int indent, bool sortKeys, Text &out, int depth = 0);

} // namespace ingot::runtime
#endif
