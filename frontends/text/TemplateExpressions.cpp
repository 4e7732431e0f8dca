// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Expressions, in Jinja's order of precedence:
//   a if b else c · or · and · not · comparisons, in · + - · ~ · * / // % · ** · unary + - · postfix, then | filters and is tests
#include "frontends/text/TemplateNames.h"
#include "frontends/text/TemplateParser.h"
#include <bit>

namespace ingot::text {

uint32_t ExpressionParser::parseTuple(bool withConditional, bool inParentheses) {
  unsigned line = peek().line;
  std::vector<uint32_t> elements;
  bool isTuple = false;
  auto atEnd = [&] {
    return peek().kind == TokenKind::PrintEnd || peek().kind == TokenKind::BlockEnd || isOperator(")") || isName("recursive") ||
           failed();
  };
  while (!atEnd()) {
    elements.push_back(withConditional ? parseConditional() : parseOr());
    if (!takeOperator(",")) break;
    isTuple = true;
  }
  if (!isTuple && elements.size() == 1) return elements[0];
  if (elements.empty() && !inParentheses) return fail("expected an expression instead of " + describe(peek()));
  elements.insert(elements.begin(), uint32_t(elements.size()));
  return tree.node(INGOT_TEMPLATE_LIST, line, tree.list(elements), 0, 0, 1);
}

uint32_t ExpressionParser::parseConditional() {
  if (++depth > depthMax) return fail("the expression is nested too deeply");
  uint32_t value = parseOr();
  while (isName("if")) {
    unsigned line = take().line;
    uint32_t condition = parseOr();
    uint32_t otherwise = takeName("else") ? parseConditional() : none;
    value = tree.node(INGOT_TEMPLATE_CONDITIONAL, line, condition, value, otherwise);
  }
  --depth;
  return value;
}

uint32_t ExpressionParser::parseOr() {
  uint32_t left = parseAnd();
  while (isName("or")) {
    unsigned line = take().line;
    left = tree.node(INGOT_TEMPLATE_OR, line, left, parseAnd());
  }
  return left;
}

uint32_t ExpressionParser::parseAnd() {
  uint32_t left = parseNot();
  while (isName("and")) {
    unsigned line = take().line;
    left = tree.node(INGOT_TEMPLATE_AND, line, left, parseNot());
  }
  return left;
}

uint32_t ExpressionParser::parseNot() {
  if (!isName("not")) return parseCompare();
  if (++depth > depthMax) return fail("the expression is nested too deeply");
  unsigned line = take().line;
  uint32_t value = tree.node(INGOT_TEMPLATE_NOT, line, parseNot());
  --depth;
  return value;
}

uint32_t ExpressionParser::parseCompare() {
  unsigned line = peek().line;
  uint32_t first = parseSum();
  std::vector<uint32_t> rest;
  constexpr std::pair<std::string_view, unsigned> operators[] = {
      {"==", INGOT_TEMPLATE_EQUAL},      {"!=", INGOT_TEMPLATE_NOT_EQUAL}, {"<", INGOT_TEMPLATE_LESS},
      {"<=", INGOT_TEMPLATE_LESS_EQUAL}, {">", INGOT_TEMPLATE_GREATER},    {">=", INGOT_TEMPLATE_GREATER_EQUAL}};
  while (!failed()) {
    unsigned operation = ~0u;
    for (auto [text, value] : operators)
      if (takeOperator(text)) {
        operation = value;
        break;
      }
    if (operation == ~0u && takeName("in")) operation = INGOT_TEMPLATE_IN;
    if (operation == ~0u && isName("not") && peek(1).kind == TokenKind::Name && peek(1).text == "in") {
      take(), take();
      operation = INGOT_TEMPLATE_NOT_IN;
    }
    if (operation == ~0u) break;
    rest.push_back(operation);
    rest.push_back(parseSum());
  }
  if (rest.empty()) return first;
  rest.insert(rest.begin(), uint32_t(rest.size() / 2));
  return tree.node(INGOT_TEMPLATE_COMPARE, line, first, tree.list(rest));
}

uint32_t ExpressionParser::parseSum() {
  uint32_t left = parseConcatenation();
  while (isOperator("+") || isOperator("-")) {
    TemplateToken sign = take();
    left = tree.node(INGOT_TEMPLATE_BINARY, sign.line, left, parseConcatenation(), 0,
                     sign.text == "+" ? INGOT_TEMPLATE_ADD : INGOT_TEMPLATE_SUBTRACT);
  }
  return left;
}

uint32_t ExpressionParser::parseConcatenation() {
  uint32_t left = parseProduct();
  while (isOperator("~")) {
    unsigned line = take().line;
    left = tree.node(INGOT_TEMPLATE_BINARY, line, left, parseProduct(), 0, INGOT_TEMPLATE_CONCATENATE);
  }
  return left;
}

uint32_t ExpressionParser::parseProduct() {
  uint32_t left = parsePower();
  while (isOperator("*") || isOperator("/") || isOperator("//") || isOperator("%")) {
    TemplateToken sign = take();
    unsigned operation = sign.text == "*"    ? INGOT_TEMPLATE_MULTIPLY
                         : sign.text == "/"  ? INGOT_TEMPLATE_DIVIDE
                         : sign.text == "//" ? INGOT_TEMPLATE_FLOOR_DIVIDE
                                             : INGOT_TEMPLATE_MODULO;
    left = tree.node(INGOT_TEMPLATE_BINARY, sign.line, left, parsePower(), 0, operation);
  }
  return left;
}

uint32_t ExpressionParser::parsePower() {
  uint32_t left = parseUnary();
  while (isOperator("**")) {
    unsigned line = take().line;
    left = tree.node(INGOT_TEMPLATE_BINARY, line, left, parseUnary(), 0, INGOT_TEMPLATE_POWER);
  }
  return left;
}

uint32_t ExpressionParser::parseUnary(bool withFilters) {
  if (++depth > depthMax) return fail("the expression is nested too deeply");
  unsigned line = peek().line;
  uint32_t value;
  if (takeOperator("-"))
    value = tree.node(INGOT_TEMPLATE_NEGATIVE, line, parseUnary(false));
  else if (takeOperator("+"))
    value = tree.node(INGOT_TEMPLATE_POSITIVE, line, parseUnary(false));
  else
    value = parsePrimary();
  value = parsePostfix(value);
  if (withFilters) value = parsePostfixAndFilters(value);
  --depth;
  return value;
}

uint32_t ExpressionParser::parsePrimary() {
  TemplateToken token = take();
  unsigned line = token.line;
  switch (token.kind) {
  case TokenKind::Name:
    if (token.text == "true" || token.text == "True") return tree.node(INGOT_TEMPLATE_BOOLEAN, line, 1);
    if (token.text == "false" || token.text == "False") return tree.node(INGOT_TEMPLATE_BOOLEAN, line, 0);
    if (token.text == "none" || token.text == "None") return tree.node(INGOT_TEMPLATE_NONE_VALUE, line);
    if (token.text == "varargs" || token.text == "kwargs") return failAt(line, "'" + token.text + "' is not supported");
    return tree.node(INGOT_TEMPLATE_NAME, line, tree.string(token.text));
  case TokenKind::String: {
    std::string text = token.text;
    while (peek().kind == TokenKind::String) text += take().text;
    return tree.node(INGOT_TEMPLATE_STRING, line, tree.string(text));
  }
  case TokenKind::Integer:
    return tree.node(INGOT_TEMPLATE_INTEGER, line, uint32_t(token.integer), uint32_t(uint64_t(token.integer) >> 32));
  case TokenKind::Float: {
    uint64_t bits = std::bit_cast<uint64_t>(token.number);
    return tree.node(INGOT_TEMPLATE_FLOAT, line, uint32_t(bits), uint32_t(bits >> 32));
  }
  default:
    break;
  }
  if (token.kind == TokenKind::Operator && token.text == "(") {
    uint32_t value = parseTuple(true, true);
    expectOperator(")");
    return value;
  }
  if (token.kind == TokenKind::Operator && (token.text == "[" || token.text == "{")) {
    bool isDict = token.text == "{";
    std::vector<uint32_t> elements;
    while (!failed() && !isOperator(isDict ? "}" : "]")) {
      elements.push_back(parseExpression());
      if (isDict) {
        expectOperator(":");
        elements.push_back(parseExpression());
      }
      if (!takeOperator(",")) break;
    }
    expectOperator(isDict ? "}" : "]");
    elements.insert(elements.begin(), uint32_t(isDict ? elements.size() / 2 : elements.size()));
    return tree.node(isDict ? INGOT_TEMPLATE_DICT : INGOT_TEMPLATE_LIST, line, tree.list(elements));
  }
  return failAt(line, "expected an expression instead of " + describe(token));
}

uint32_t ExpressionParser::parsePostfix(uint32_t value) {
  while (!failed()) {
    unsigned line = peek().line;
    if (takeOperator(".")) {
      if (peek().kind == TokenKind::Integer) {
        TemplateToken index = take();
        uint32_t node = tree.node(INGOT_TEMPLATE_INTEGER, line, uint32_t(index.integer), uint32_t(uint64_t(index.integer) >> 32));
        value = tree.node(INGOT_TEMPLATE_ITEM, line, value, node);
        continue;
      }
      std::string name = expectName("an attribute's name");
      value =
          isOperator("(") ? parseMethod(value, name, line) : tree.node(INGOT_TEMPLATE_ATTRIBUTE, line, value, tree.string(name));
    } else if (takeOperator("[")) {
      value = parseSubscript(value);
    } else if (isOperator("(")) {
      value = parseCall(value);
    } else {
      break;
    }
  }
  return value;
}

uint32_t ExpressionParser::parsePostfixAndFilters(uint32_t value) {
  while (!failed()) {
    if (isOperator("|"))
      value = parseFilters(value);
    else if (isName("is"))
      value = parseTest(value);
    else if (isOperator("("))
      value = parseCall(value);
    else
      break;
  }
  return value;
}

uint32_t ExpressionParser::parseSubscript(uint32_t value) {
  unsigned line = peek().line;
  uint32_t parts[3] = {none, none, none};
  unsigned part = 0;
  bool isSlice = false;
  while (!failed() && !isOperator("]")) {
    if (takeOperator(":")) {
      isSlice = true;
      if (++part > 2) return fail("a slice has more than three parts");
    } else if (isOperator(",")) {
      return fail("an index of several values is not supported");
    } else if (parts[part] != none) {
      return fail("expected ']' instead of " + describe(peek()));
    } else {
      parts[part] = parseExpression();
    }
  }
  expectOperator("]");
  if (isSlice) return tree.node(INGOT_TEMPLATE_SLICE, line, value, tree.list({parts[0], parts[1], parts[2]}));
  if (parts[0] == none) return fail("an index is missing");
  return tree.node(INGOT_TEMPLATE_ITEM, line, value, parts[0]);
}

ExpressionParser::Arguments ExpressionParser::parseArguments() {
  Arguments arguments;
  expectOperator("(");
  while (!failed() && !isOperator(")")) {
    if (isOperator("*") || isOperator("**")) {
      fail("unpacked arguments ('" + peek().text + "') are not supported");
    } else if (peek().kind == TokenKind::Name && peek(1).kind == TokenKind::Operator && peek(1).text == "=") {
      std::string name = take().text;
      take();
      arguments.keywords.emplace_back(name, parseExpression());
    } else if (!arguments.keywords.empty()) {
      fail("an argument without name follows one with a name");
    } else {
      arguments.positional.push_back(parseExpression());
    }
    if (!takeOperator(",")) break;
  }
  expectOperator(")");
  return arguments;
}

uint32_t ExpressionParser::argumentWords(const Arguments &arguments) {
  std::vector<uint32_t> words = {uint32_t(arguments.positional.size()), uint32_t(arguments.keywords.size())};
  words.insert(words.end(), arguments.positional.begin(), arguments.positional.end());
  for (auto &[name, value] : arguments.keywords) {
    words.push_back(tree.string(name));
    words.push_back(value);
  }
  return tree.list(words);
}

uint32_t ExpressionParser::parseCall(uint32_t callee) {
  unsigned line = peek().line;
  const ingot_template_node node = tree.nodes.empty() ? ingot_template_node{} : tree.nodes[callee];
  std::string name;
  if (node.kind == INGOT_TEMPLATE_NAME) name = tree.bytes.substr(tree.strings[node.a].offset, tree.strings[node.a].count);
  if (int function = macros.count(name) ? -1 : findFunction(name); function >= 0)
    return tree.node(INGOT_TEMPLATE_FUNCTION, line, 0, argumentWords(parseArguments()), 0, unsigned(function));
  if (name.empty()) return fail("a call of something other than a function, method or macro is not supported");
  if (!macros.count(name) && name != "caller" && name != "loop") return fail("unknown function '" + name + "'");
  return tree.node(INGOT_TEMPLATE_CALL, line, callee, argumentWords(parseArguments()));
}

uint32_t ExpressionParser::parseMethod(uint32_t object, const std::string &name, unsigned line) {
  int method = findMethod(name);
  if (method < 0) return failAt(line, "unknown method '" + name + "'");
  return tree.node(INGOT_TEMPLATE_METHOD, line, object, argumentWords(parseArguments()), 0, unsigned(method));
}

uint32_t ExpressionParser::parseFilters(uint32_t value) {
  while (!failed() && takeOperator("|")) value = parseFilter(value);
  return value;
}

uint32_t ExpressionParser::parseFilter(uint32_t value) {
  unsigned line = peek().line;
  std::string name = expectName("a filter's name");
  int filter = findFilter(name);
  if (filter < 0) return failAt(line, "unknown filter '" + name + "'");
  Arguments arguments;
  if (isOperator("(")) arguments = parseArguments();
  if (failed()) return 0;
  uint32_t applied = inner(unsigned(filter), arguments, line);
  return tree.node(INGOT_TEMPLATE_FILTER, line, value, argumentWords(arguments), applied, unsigned(filter));
}

uint32_t ExpressionParser::inner(unsigned filter, Arguments &arguments, unsigned line) {
  bool attribute = filter == INGOT_TEMPLATE_FILTER_SELECTATTR || filter == INGOT_TEMPLATE_FILTER_REJECTATTR;
  bool test = attribute || filter == INGOT_TEMPLATE_FILTER_SELECT || filter == INGOT_TEMPLATE_FILTER_REJECT;
  size_t at = attribute ? 1 : 0;
  if ((!test && filter != INGOT_TEMPLATE_FILTER_MAP) || arguments.positional.size() <= at) return none;
  const ingot_template_node &node = tree.nodes[arguments.positional[at]];
  if (node.kind != INGOT_TEMPLATE_STRING) return failAt(line, "the name of a filter or test must be a literal string");
  std::string name = tree.bytes.substr(tree.strings[node.a].offset, tree.strings[node.a].count);
  int found = test ? findTest(name) : findFilter(name);
  if (found < 0) return failAt(line, std::string(test ? "unknown test '" : "unknown filter '") + name + "'");
  arguments.positional.erase(arguments.positional.begin() + long(at));
  return uint32_t(found);
}

uint32_t ExpressionParser::parseTest(uint32_t value) {
  unsigned line = take().line;
  bool negated = takeName("not");
  std::string name = expectName("a test's name");
  int test = findTest(name);
  if (test < 0) return failed() ? 0 : failAt(line, "unknown test '" + name + "'");
  Arguments arguments;
  bool hasArgument = peek().kind == TokenKind::String || peek().kind == TokenKind::Integer || peek().kind == TokenKind::Float ||
                     isOperator("[") || isOperator("{") ||
                     (peek().kind == TokenKind::Name && !isName("else") && !isName("or") && !isName("and") && !isName("if") &&
                      !isName("is") && !isName("in") && !isName("not") && !isName("recursive"));
  if (isOperator("("))
    arguments = parseArguments();
  else if (hasArgument)
    arguments.positional.push_back(parsePostfix(parsePrimary()));
  uint32_t node = tree.node(INGOT_TEMPLATE_TEST, line, value, argumentWords(arguments), 0, unsigned(test));
  return negated ? tree.node(INGOT_TEMPLATE_NOT, line, node) : node;
}

} // namespace ingot::text
