// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What `value is …` asks.
#include "runtime/text/TemplateRun.h"
#include "runtime/text/TemplateText.h"

namespace ingot::runtime {

/// Has letters, all of the one case.
static bool hasCase(std::string_view text, bool upper) {
  bool any = false;
  for (char c : text) {
    if (upper ? isLowerLetter(c) : isUpperLetter(c)) return false;
    any |= isLetter(c);
  }
  return any;
}

bool TemplateRun::test(unsigned test, const Value &value, Arguments &arguments, uint32_t line) {
  const Value *other = argument(arguments, 0, "other");
  checkUsed(arguments, "a test", line);
  bool needsOther = false;
  switch (test) {
  case INGOT_TEMPLATE_TEST_DIVISIBLEBY:
  case INGOT_TEMPLATE_TEST_EQ:
  case INGOT_TEMPLATE_TEST_NE:
  case INGOT_TEMPLATE_TEST_LT:
  case INGOT_TEMPLATE_TEST_LE:
  case INGOT_TEMPLATE_TEST_GT:
  case INGOT_TEMPLATE_TEST_GE:
  case INGOT_TEMPLATE_TEST_IN:
  case INGOT_TEMPLATE_TEST_SAMEAS:
    needsOther = true;
    break;
  default:
    break;
  }
  if (needsOther != (other != nullptr)) fail(line, needsOther ? "a test needs a value to compare with" : "a test takes no value");
  if (failed()) return false;
  bool isNumeric = test == INGOT_TEMPLATE_TEST_DIVISIBLEBY || test == INGOT_TEMPLATE_TEST_EVEN || test == INGOT_TEMPLATE_TEST_ODD;
  if (isNumeric && (!value.isInteger() || (other && !other->isInteger()))) {
    fail(line, "whether a value of type %s is even, odd or divisible", typeName(value));
    return false;
  }
  switch (test) {
  case INGOT_TEMPLATE_TEST_BOOLEAN:
    return value.is(ValueKind::Boolean);
  case INGOT_TEMPLATE_TEST_CALLABLE:
    return value.is(ValueKind::Macro) || value.is(ValueKind::Loop);
  case INGOT_TEMPLATE_TEST_DEFINED:
    return !value.is(ValueKind::Undefined);
  case INGOT_TEMPLATE_TEST_UNDEFINED:
    return value.is(ValueKind::Undefined);
  case INGOT_TEMPLATE_TEST_NONE:
    return value.is(ValueKind::None);
  case INGOT_TEMPLATE_TEST_TRUE:
    return value.is(ValueKind::Boolean) && value.boolean;
  case INGOT_TEMPLATE_TEST_FALSE:
    return value.is(ValueKind::Boolean) && !value.boolean;
  case INGOT_TEMPLATE_TEST_STRING:
    return value.is(ValueKind::String);
  case INGOT_TEMPLATE_TEST_INTEGER:
    return value.is(ValueKind::Integer);
  case INGOT_TEMPLATE_TEST_FLOAT:
    return value.is(ValueKind::Float);
  case INGOT_TEMPLATE_TEST_NUMBER:
    return value.isNumber();
  case INGOT_TEMPLATE_TEST_MAPPING:
    return value.is(ValueKind::Dict);
  case INGOT_TEMPLATE_TEST_SEQUENCE: // what has a length and items, so that Python counts dicts too
  case INGOT_TEMPLATE_TEST_ITERABLE:
    return value.isList() || value.is(ValueKind::Dict) || value.is(ValueKind::String) || value.is(ValueKind::Undefined);
  case INGOT_TEMPLATE_TEST_LOWER:
    return hasCase(asText(value), false);
  case INGOT_TEMPLATE_TEST_UPPER:
    return hasCase(asText(value), true);
  case INGOT_TEMPLATE_TEST_EVEN:
    return value.asInteger() % 2 == 0;
  case INGOT_TEMPLATE_TEST_ODD:
    return value.asInteger() % 2 != 0;
  case INGOT_TEMPLATE_TEST_DIVISIBLEBY:
    if (other->asInteger() == 0) return fail(line, "division by zero"), false;
    return other->asInteger() == -1 || value.asInteger() % other->asInteger() == 0;
  case INGOT_TEMPLATE_TEST_EQ:
    return equal(value, *other);
  case INGOT_TEMPLATE_TEST_NE:
    return !equal(value, *other);
  case INGOT_TEMPLATE_TEST_LT:
    return order(value, *other, line) < 0;
  case INGOT_TEMPLATE_TEST_LE:
    return order(value, *other, line) <= 0;
  case INGOT_TEMPLATE_TEST_GT:
    return order(value, *other, line) > 0;
  case INGOT_TEMPLATE_TEST_GE:
    return order(value, *other, line) >= 0;
  case INGOT_TEMPLATE_TEST_IN:
    return contains(*other, value, line);
  case INGOT_TEMPLATE_TEST_SAMEAS:
    return value.kind == other->kind && equal(value, *other);
  default:
    fail(line, "the compiled template is damaged");
    return false;
  }
}

} // namespace ingot::runtime
