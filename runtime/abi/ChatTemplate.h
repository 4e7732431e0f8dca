// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A compiled chat template: a tree of nodes, 16 bytes each, that the runtime walks. Node 0 is the whole template's block. Lists
// of children lie in `template_words` and start with their length. Names and literals are indices into `template_strings`, where
// each string occurs once, so that equal indices mean equal names.
#ifndef INGOT_RUNTIME_ABI_CHAT_TEMPLATE_H
#define INGOT_RUNTIME_ABI_CHAT_TEMPLATE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The meaning of a node's fields: N a node, S a string, W a word index; `?` may be INGOT_TEXT_NONE.
enum ingot_template_kind {
  // Expressions.
  INGOT_TEMPLATE_NONE_VALUE,
  INGOT_TEMPLATE_BOOLEAN,     ///< a: 0, 1
  INGOT_TEMPLATE_INTEGER,     ///< a, b: low and high half
  INGOT_TEMPLATE_FLOAT,       ///< a, b: bits of a double
  INGOT_TEMPLATE_STRING,      ///< a: S
  INGOT_TEMPLATE_NAME,        ///< a: S
  INGOT_TEMPLATE_LIST,        ///< a: W count, N…; operation 1: a tuple
  INGOT_TEMPLATE_DICT,        ///< a: W count, (N key, N value)…
  INGOT_TEMPLATE_ATTRIBUTE,   ///< a: N object, b: S
  INGOT_TEMPLATE_ITEM,        ///< a: N object, b: N index
  INGOT_TEMPLATE_SLICE,       ///< a: N object, b: W N? start, N? stop, N? step
  INGOT_TEMPLATE_FUNCTION,    ///< operation: ingot_template_function, b: W arguments
  INGOT_TEMPLATE_CALL,        ///< a: N callee, b: W arguments
  INGOT_TEMPLATE_METHOD,      ///< operation: ingot_template_method, a: N object, b: W arguments
  INGOT_TEMPLATE_FILTER,      ///< operation: ingot_template_filter, a: N value, b: W arguments, c: filter or test of map, select …
  INGOT_TEMPLATE_TEST,        ///< operation: ingot_template_test, a: N value, b: W arguments
  INGOT_TEMPLATE_NOT,         ///< a: N
  INGOT_TEMPLATE_NEGATIVE,    ///< a: N
  INGOT_TEMPLATE_POSITIVE,    ///< a: N
  INGOT_TEMPLATE_BINARY,      ///< operation: ingot_template_operator, a, b: N
  INGOT_TEMPLATE_COMPARE,     ///< a: N, b: W count, (ingot_template_operator, N)…: a < b < c means a < b and b < c
  INGOT_TEMPLATE_AND,         ///< a, b: N
  INGOT_TEMPLATE_OR,          ///< a, b: N
  INGOT_TEMPLATE_CONDITIONAL, ///< a: N condition, b: N value, c: N? otherwise
  INGOT_TEMPLATE_CAPTURED,    ///< the text that the enclosing set, call or filter block has captured
  // Statements.
  INGOT_TEMPLATE_BLOCK,         ///< a: W count, N…
  INGOT_TEMPLATE_TEXT,          ///< a: S
  INGOT_TEMPLATE_PRINT,         ///< a: N
  INGOT_TEMPLATE_IF,            ///< a: N condition, b: N block, c: N? otherwise
  INGOT_TEMPLATE_FOR,           ///< a: W N iterable, N? condition, N block, N? otherwise, recursive, count, S target…
  INGOT_TEMPLATE_BREAK,         ///<
  INGOT_TEMPLATE_CONTINUE,      ///<
  INGOT_TEMPLATE_SET,           ///< a: W count, S…, b: N value
  INGOT_TEMPLATE_SET_ATTRIBUTE, ///< a: N namespace, b: S, c: N value
  INGOT_TEMPLATE_SET_BLOCK,     ///< a: S, b: N value (of CAPTURED), c: N block
  INGOT_TEMPLATE_FILTER_BLOCK,  ///< b: N value (of CAPTURED), c: N block
  INGOT_TEMPLATE_WITH,          ///< a: W count, (S, N)…, b: N block
  INGOT_TEMPLATE_MACRO,         ///< a: S name, b: W count, (S, N? default)…, c: N block
  INGOT_TEMPLATE_CALL_BLOCK,    ///< a: N call, b: W as in MACRO, c: N block: `caller` in the macro
};

/// Arguments: W positional count, keyword count, N…, (S, N)….
struct ingot_template_node {
  uint8_t kind; ///< ingot_template_kind
  uint8_t operation;
  uint16_t line;
  uint32_t a, b, c;
};

enum ingot_template_operator {
  INGOT_TEMPLATE_ADD,
  INGOT_TEMPLATE_SUBTRACT,
  INGOT_TEMPLATE_MULTIPLY,
  INGOT_TEMPLATE_DIVIDE,
  INGOT_TEMPLATE_FLOOR_DIVIDE,
  INGOT_TEMPLATE_MODULO,
  INGOT_TEMPLATE_POWER,
  INGOT_TEMPLATE_CONCATENATE,
  INGOT_TEMPLATE_EQUAL,
  INGOT_TEMPLATE_NOT_EQUAL,
  INGOT_TEMPLATE_LESS,
  INGOT_TEMPLATE_LESS_EQUAL,
  INGOT_TEMPLATE_GREATER,
  INGOT_TEMPLATE_GREATER_EQUAL,
  INGOT_TEMPLATE_IN,
  INGOT_TEMPLATE_NOT_IN,
};

// The names a template may use, each list once for the compiler (which looks the name up) and the runtime (which does it):
// X(enumerator, "name"). Aliases are in the compiler alone.
// clang-format off
#define INGOT_TEMPLATE_FUNCTIONS(X) \
  X(DICT, "dict") X(NAMESPACE, "namespace") X(RAISE_EXCEPTION, "raise_exception") X(RANGE, "range") \
  X(STRFTIME_NOW, "strftime_now")

#define INGOT_TEMPLATE_METHODS(X) \
  X(CAPITALIZE, "capitalize") X(CHANGED, "changed") X(COUNT, "count") X(CYCLE, "cycle") X(ENDSWITH, "endswith") \
  X(FIND, "find") X(GET, "get") X(INDEX, "index") X(ISALNUM, "isalnum") X(ISALPHA, "isalpha") X(ISDIGIT, "isdigit") \
  X(ISLOWER, "islower") X(ISSPACE, "isspace") X(ISUPPER, "isupper") X(ITEMS, "items") X(JOIN, "join") X(KEYS, "keys") \
  X(LOWER, "lower") X(LSTRIP, "lstrip") X(REMOVEPREFIX, "removeprefix") X(REMOVESUFFIX, "removesuffix") X(REPLACE, "replace") \
  X(RFIND, "rfind") X(RSPLIT, "rsplit") X(RSTRIP, "rstrip") X(SPLIT, "split") X(SPLITLINES, "splitlines") \
  X(STARTSWITH, "startswith") X(STRIP, "strip") X(TITLE, "title") X(UPPER, "upper") X(VALUES, "values")

#define INGOT_TEMPLATE_FILTERS(X) \
  X(ABS, "abs") X(CAPITALIZE, "capitalize") X(DEFAULT, "default") X(DICTSORT, "dictsort") X(FIRST, "first") X(FLOAT, "float") \
  X(INDENT, "indent") X(INT, "int") X(ITEMS, "items") X(JOIN, "join") X(LAST, "last") X(LENGTH, "length") X(LIST, "list") \
  X(LOWER, "lower") X(MAP, "map") X(MAX, "max") X(MIN, "min") X(REJECT, "reject") X(REJECTATTR, "rejectattr") \
  X(REPLACE, "replace") X(REVERSE, "reverse") X(ROUND, "round") X(SAFE, "safe") X(SELECT, "select") \
  X(SELECTATTR, "selectattr") X(SORT, "sort") X(STRING, "string") X(SUM, "sum") X(TITLE, "title") X(TOJSON, "tojson") \
  X(TRIM, "trim") X(UNIQUE, "unique") X(UPPER, "upper")

#define INGOT_TEMPLATE_TESTS(X) \
  X(BOOLEAN, "boolean") X(CALLABLE, "callable") X(DEFINED, "defined") X(DIVISIBLEBY, "divisibleby") X(EQ, "eq") \
  X(EVEN, "even") X(FALSE, "false") X(FLOAT, "float") X(GE, "ge") X(GT, "gt") X(IN, "in") X(INTEGER, "integer") \
  X(ITERABLE, "iterable") X(LE, "le") X(LOWER, "lower") X(LT, "lt") X(MAPPING, "mapping") X(NE, "ne") X(NONE, "none") \
  X(NUMBER, "number") X(ODD, "odd") X(SAMEAS, "sameas") X(SEQUENCE, "sequence") X(STRING, "string") X(TRUE, "true") \
  X(UNDEFINED, "undefined") X(UPPER, "upper")
// clang-format on

enum ingot_template_function {
#define X(name, text) INGOT_TEMPLATE_FUNCTION_##name,
  INGOT_TEMPLATE_FUNCTIONS(X)
#undef X
};
enum ingot_template_method {
#define X(name, text) INGOT_TEMPLATE_METHOD_##name,
  INGOT_TEMPLATE_METHODS(X)
#undef X
};
enum ingot_template_filter {
#define X(name, text) INGOT_TEMPLATE_FILTER_##name,
  INGOT_TEMPLATE_FILTERS(X)
#undef X
};
enum ingot_template_test {
#define X(name, text) INGOT_TEMPLATE_TEST_##name,
  INGOT_TEMPLATE_TESTS(X)
#undef X
};

#ifdef __cplusplus
}
#endif
#endif
