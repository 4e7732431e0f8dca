// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One rendering of a template: a walk over its tree with variables, output and the first error. After an error every method
// returns at once, with an undefined value; the callers need to look only where they loop.
#ifndef INGOT_RUNTIME_TEXT_TEMPLATERUN_H
#define INGOT_RUNTIME_TEXT_TEMPLATERUN_H

#include "runtime/text/TemplateValue.h"
#include "runtime/text/TextTables.h"

namespace ingot::runtime {

/// Variables of a loop's round, a macro's call or a `with`. Reading looks outwards, `set` writes here, so that what a loop sets
/// is gone in its next round: Jinja's rule, and the reason why templates have namespaces.
struct Frame {
  struct Variable {
    uint32_t name; ///< string index
    Value value;
    Variable *next;
  };
  Frame *outer = nullptr;
  Variable *first = nullptr;
};

struct LoopValue {
  const ListValue *items;
  uint32_t index = 0, depth = 0;
  const ingot_template_node *node = nullptr; ///< for a recursive call
  Frame *frame = nullptr;                    ///< around the loop
  Value changedLast;
  bool hasChanged = false;
};

struct MacroValue {
  uint32_t name, parameters, body;
  Frame *frame; ///< where it was defined
};

class TemplateRun {
public:
  TemplateRun(const TextTables &tables, int64_t now, Text &out, Text &error) : tables(tables), now(now), out(&out), error(error) {}

  Arena arena;
  /// A variable of the whole template. Names that it does not mention cost nothing.
  void setGlobal(std::string_view name, const Value &value);
  /// False if there was an error.
  bool run();

private:
  /// Arguments of a call, and which of them the callee knows.
  struct Arguments {
    const Value *positional = nullptr, *keywords = nullptr;
    const uint32_t *names = nullptr; ///< string indices of the keywords; the values lie beside them, two apart
    uint32_t positionalCount = 0, keywordCount = 0, used = 0, positionalUsed = 0;
  };

  // Statements (TemplateRun.cpp).
  void execute(uint32_t node);
  void executeBlock(const ingot_template_node &node);
  void executeFor(const ingot_template_node &node, const Value &iterable, uint32_t depth);
  void executeSetAttribute(const ingot_template_node &node);
  void executeCallBlock(const ingot_template_node &node);
  void assign(uint32_t targets, const Value &value, uint32_t line);
  void assignTargets(const uint32_t *names, uint32_t count, const Value &value, uint32_t line);
  Value capture(uint32_t body);
  Value callMacro(const MacroValue &macro, const Arguments &arguments, const Value *caller, uint32_t line);
  void setVariable(uint32_t name, const Value &value);
  Value *findVariable(uint32_t name);
  Frame *enter(Frame *outer);

  // Expressions (TemplateEvaluate.cpp).
  Value evaluate(uint32_t node);
  Value evaluateInner(const ingot_template_node &node);
  Value evaluateName(uint32_t name);
  Value evaluateList(const ingot_template_node &node);
  Value evaluateDict(const ingot_template_node &node);
  Value evaluateSlice(const ingot_template_node &node);
  Value evaluateCompare(const ingot_template_node &node);
  Value binary(unsigned operation, const Value &a, const Value &b, uint32_t line);
  Value arithmetic(unsigned operation, const Value &a, const Value &b, uint32_t line);
  Value add(const Value &a, const Value &b, uint32_t line);
  bool contains(const Value &where, const Value &what, uint32_t line);
  /// -1, 0, 1; an error if the two have no order.
  int order(const Value &a, const Value &b, uint32_t line);
  Value attribute(const Value &object, const Value &name, uint32_t line);
  Value item(const Value &object, const Value &index, uint32_t line);
  Value loopAttribute(const LoopValue &loop, std::string_view name);
  Value callFunction(unsigned function, Arguments &arguments, uint32_t line);
  Value callValue(const ingot_template_node &node);
  Value range(Arguments &arguments, uint32_t line);
  Value strftimeNow(Arguments &arguments, uint32_t line);

  // Filters, tests and methods (TemplateFilters.cpp, TemplateTests.cpp, TemplateMethods.cpp).
  Value filter(unsigned filter, uint32_t inner, const Value &value, Arguments &arguments, uint32_t line);
  Value filterText(unsigned filter, const Value &value, Arguments &arguments, uint32_t line);
  Value filterList(unsigned filter, uint32_t inner, const Value &value, Arguments &arguments, uint32_t line);
  Value filterMap(uint32_t inner, const ListValue &list, Arguments &arguments, uint32_t line);
  Value filterSelect(unsigned filter, uint32_t inner, const ListValue &list, Arguments &arguments, uint32_t line);
  Value filterRound(const Value &value, Arguments &arguments, uint32_t line);
  Value indented(const Value &value, Arguments &arguments);
  Value joined(const ListValue &list, std::string_view separator);
  Value sorted(const ListValue &list, const Value &attribute, bool reverse, bool caseSensitive, uint32_t line);
  /// "a.b.0" of a value.
  Value attributePath(Value value, const Value &path, uint32_t line);
  bool test(unsigned test, const Value &value, Arguments &arguments, uint32_t line);
  Value method(unsigned method, const Value &object, Arguments &arguments, uint32_t line);
  Value textMethod(unsigned method, std::string_view text, Arguments &arguments, uint32_t line);
  Value dictMethod(unsigned method, DictValue &dict, Arguments &arguments, uint32_t line);
  Value listMethod(unsigned method, const ListValue &list, Arguments &arguments, uint32_t line);
  Value loopMethod(unsigned method, LoopValue &loop, Arguments &arguments, uint32_t line);

  // Arguments.
  Arguments readArguments(uint32_t words);
  /// Null if it was not given.
  const Value *argument(Arguments &arguments, uint32_t index, std::string_view name);
  std::string_view textArgument(Arguments &arguments, uint32_t index, std::string_view name, std::string_view otherwise,
                                uint32_t line);
  int64_t integerArgument(Arguments &arguments, uint32_t index, std::string_view name, int64_t otherwise, uint32_t line);
  bool booleanArgument(Arguments &arguments, uint32_t index, std::string_view name, bool otherwise);
  /// The rest of the positional arguments, from `index` on, for a filter or test applied inside another.
  Arguments restOf(Arguments &arguments, uint32_t index);
  /// An error if an argument was given that the callee has not asked for.
  void checkUsed(const Arguments &arguments, const char *kind, uint32_t line);

  // Values.
  Value text(const Text &made) { return Value::of(arena.copy(view(made))); }
  Value list(const Array<Value> &items, ValueKind kind = ValueKind::List);
  /// What a loop over the value visits; an error if that is nothing.
  const ListValue *iterate(const Value &value, uint32_t line);
  std::string_view asText(const Value &value);
  std::string_view string(uint32_t index) const {
    const ingot_text_array &place = tables.templateStrings[index];
    return {tables.templateBytes.elements + place.offset, place.count};
  }
  /// The index of a string of the template; INGOT_TEXT_NONE if it has none like it.
  uint32_t stringIndex(std::string_view text) const;
  const uint32_t *words(uint32_t index) const { return tables.templateWords.elements + index; }

  bool failed() const { return hasFailed; }
  /// The first error stays. `line` 0: without a place.
  __attribute__((format(printf, 3, 4))) Value fail(uint32_t line, const char *format, ...);
  Value failUndefined(const Value &value, uint32_t line);

  const TextTables &tables;
  int64_t now;
  Text *out;
  Text &error;
  Frame *frame = nullptr;
  Value captured;
  bool hasFailed = false;
  enum class Jump { None, Break, Continue } jump = Jump::None;
  unsigned depth = 0;
};

} // namespace ingot::runtime
#endif
