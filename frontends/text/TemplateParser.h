// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What expressions and statements share: the tokens, where we are, and the first error, after which the rest reads as the end.
#ifndef INGOT_FRONTENDS_TEXT_TEMPLATEPARSER_H
#define INGOT_FRONTENDS_TEXT_TEMPLATEPARSER_H

#include "frontends/text/TemplateLexer.h"
#include "frontends/text/TemplateTree.h"
#include <set>

namespace ingot::text {

class TemplateParser {
public:
  TemplateParser(std::vector<TemplateToken> tokens, TemplateTree &tree, TemplateError &error)
      : tree(tree), error(error), tokens(std::move(tokens)) {
    for (size_t i = 0; i + 1 < this->tokens.size(); ++i)
      if (this->tokens[i].text == "macro") macros.insert(this->tokens[i + 1].text);
  }

protected:
  const TemplateToken &peek(size_t ahead = 0) const { return tokens[std::min(position + ahead, tokens.size() - 1)]; }
  TemplateToken take() { return tokens[position + 1 < tokens.size() ? position++ : position]; }
  bool isOperator(std::string_view text) const { return peek().kind == TokenKind::Operator && peek().text == text; }
  bool isName(std::string_view text) const { return peek().kind == TokenKind::Name && peek().text == text; }
  bool takeOperator(std::string_view text) { return isOperator(text) && (take(), true); }
  bool takeName(std::string_view text) { return isName(text) && (take(), true); }
  void expectOperator(std::string_view text) {
    if (!takeOperator(text)) fail("expected '" + std::string(text) + "' instead of " + describe(peek()));
  }
  std::string expectName(const char *what) {
    if (peek().kind == TokenKind::Name) return take().text;
    fail(std::string("expected ") + what + " instead of " + describe(peek()));
    return "";
  }
  static std::string describe(const TemplateToken &token) {
    return token.kind == TokenKind::End ? token.text : token.kind == TokenKind::Text ? "text" : "'" + token.text + "'";
  }
  uint32_t fail(const std::string &message) { return failAt(peek().line, message); }
  uint32_t failAt(unsigned line, const std::string &message) {
    if (error.message.empty()) error = {message, line};
    position = tokens.size() - 1;
    return 0;
  }
  bool failed() const { return !error.message.empty(); }

  TemplateTree &tree;
  TemplateError &error;
  std::set<std::string> macros; ///< names that the template defines, anywhere

private:
  std::vector<TemplateToken> tokens;
  size_t position = 0;
};

/// Jinja's expressions, one method a level of precedence, loosest first. Each returns a node.
class ExpressionParser : public TemplateParser {
public:
  using TemplateParser::TemplateParser;

protected:
  /// Arguments as keyword and positional nodes.
  struct Arguments {
    std::vector<uint32_t> positional;
    std::vector<std::pair<std::string, uint32_t>> keywords;
  };

  uint32_t parseExpression() { return parseConditional(); }
  /// a, b, c; one element without a comma is no tuple. `withConditional` is off in `for … in … if`.
  uint32_t parseTuple(bool withConditional = true, bool inParentheses = false);
  /// |filter|filter on a value.
  uint32_t parseFilters(uint32_t value);
  uint32_t parseFilter(uint32_t value);
  uint32_t parseOr();

  /// Nodes nested deeper are an error, so that neither compiler nor program runs out of stack.
  static constexpr unsigned depthMax = 200;
  unsigned depth = 0;

private:
  uint32_t parseConditional();
  uint32_t parseAnd();
  uint32_t parseNot();
  uint32_t parseCompare();
  uint32_t parseSum();
  uint32_t parseConcatenation();
  uint32_t parseProduct();
  uint32_t parsePower();
  uint32_t parseUnary(bool withFilters = true);
  uint32_t parsePrimary();
  uint32_t parsePostfix(uint32_t value);
  uint32_t parsePostfixAndFilters(uint32_t value);
  uint32_t parseSubscript(uint32_t value);
  uint32_t parseCall(uint32_t callee);
  uint32_t parseMethod(uint32_t object, const std::string &name, unsigned line);
  uint32_t parseTest(uint32_t value);
  Arguments parseArguments();
  uint32_t argumentWords(const Arguments &arguments);
  /// The filter or test that map, select and their kin apply, from their first argument.
  uint32_t inner(unsigned filter, Arguments &arguments, unsigned line);
};

} // namespace ingot::text
#endif
