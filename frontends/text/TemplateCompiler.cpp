// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/text/TemplateCompiler.h"
#include "frontends/text/TemplateParser.h"
#include <algorithm>

namespace ingot::text {
namespace {

/// Jinja's statements.
class StatementParser : public ExpressionParser {
public:
  using ExpressionParser::ExpressionParser;

  void parseTemplate() {
    uint32_t root = tree.node(INGOT_TEMPLATE_BLOCK, 1);
    uint32_t body = parseBody({}, 1);
    if (failed()) return;
    if (peek().kind != TokenKind::End) fail("unexpected " + describe(peek()));
    tree.nodes[root] = tree.nodes[body];
  }

private:
  using Names = std::vector<std::string_view>;

  /// Statements up to a tag with one of the names, whose name is then the next token. `line`: of the tag that began it.
  uint32_t parseBody(const Names &ends, unsigned line) {
    if (++depth > depthMax) return fail("blocks are nested too deeply");
    std::vector<uint32_t> statements;
    while (!failed() && peek().kind != TokenKind::End) {
      TemplateToken token = take();
      if (token.kind == TokenKind::Text) {
        statements.push_back(tree.node(INGOT_TEMPLATE_TEXT, token.line, tree.string(token.text)));
      } else if (token.kind == TokenKind::PrintBegin) {
        statements.push_back(tree.node(INGOT_TEMPLATE_PRINT, token.line, parseTuple()));
        expect(TokenKind::PrintEnd, "}}");
      } else {
        if (std::any_of(ends.begin(), ends.end(), [&](std::string_view name) { return isName(name); })) break;
        parseStatement(statements);
      }
    }
    --depth;
    if (!failed() && !ends.empty() && peek().kind == TokenKind::End)
      return failAt(line, "a block has no '{% " + std::string(ends.back()) + " %}'");
    statements.insert(statements.begin(), uint32_t(statements.size()));
    return tree.node(INGOT_TEMPLATE_BLOCK, line, tree.list(statements));
  }

  void expect(TokenKind kind, const char *spelling) {
    if (peek().kind == kind)
      take();
    else
      fail(std::string("expected '") + spelling + "' instead of " + describe(peek()));
  }
  void expectBlockEnd() { expect(TokenKind::BlockEnd, "%}"); }
  /// The body up to its end tag, which is consumed.
  uint32_t parseBodyAndEnd(std::string_view end, unsigned line) {
    uint32_t body = parseBody({end}, line);
    take();
    expectBlockEnd();
    return body;
  }

  void parseStatement(std::vector<uint32_t> &statements) {
    unsigned line = peek().line;
    std::string name = expectName("a statement's name");
    if (name == "if") return statements.push_back(parseIf(line));
    if (name == "for") return statements.push_back(parseFor(line));
    if (name == "set") return statements.push_back(parseSet(line));
    if (name == "macro") return statements.push_back(parseMacro(line));
    if (name == "call") return statements.push_back(parseCallBlock(line));
    if (name == "with") return statements.push_back(parseWith(line));
    if (name == "filter") return statements.push_back(parseFilterBlock(line));
    if (name == "break" || name == "continue") {
      if (loops == 0) failAt(line, "'{% " + name + " %}' outside a loop");
      statements.push_back(tree.node(name == "break" ? INGOT_TEMPLATE_BREAK : INGOT_TEMPLATE_CONTINUE, line));
      return expectBlockEnd();
    }
    // Marks the assistant's text for training; here its text alone counts.
    if (name == "generation") {
      expectBlockEnd();
      return statements.push_back(parseBodyAndEnd("endgeneration", line));
    }
    if (failed()) return;
    failAt(line, name.starts_with("end") || name == "else" || name == "elif" ? "'{% " + name + " %}' without a beginning"
                                                                             : "unsupported statement '{% " + name + " %}'");
  }

  /// At the condition of `if` or `elif`.
  uint32_t parseIf(unsigned line) {
    uint32_t condition = parseTuple(true), body = 0, otherwise = none;
    expectBlockEnd();
    body = parseBody({"elif", "else", "endif"}, line);
    std::string end = take().text;
    if (failed()) return 0;
    if (end == "elif") {
      if (++depth > depthMax) return fail("blocks are nested too deeply");
      otherwise = parseIf(peek().line);
      --depth;
    } else {
      expectBlockEnd();
      if (end == "else") otherwise = parseBodyAndEnd("endif", line);
    }
    return tree.node(INGOT_TEMPLATE_IF, line, condition, body, otherwise);
  }

  /// a or a, b or (a, b)
  std::vector<uint32_t> parseTargets() {
    std::vector<uint32_t> targets;
    bool parentheses = takeOperator("(");
    do {
      if (isOperator("(")) fail("nested targets are not supported");
      if (peek().kind != TokenKind::Name) break;
      targets.push_back(tree.string(expectName("a variable's name")));
    } while (takeOperator(","));
    if (targets.empty()) fail("expected a variable's name instead of " + describe(peek()));
    if (parentheses) expectOperator(")");
    return targets;
  }

  uint32_t parseFor(unsigned line) {
    std::vector<uint32_t> targets = parseTargets();
    if (!takeName("in")) return fail("expected 'in' instead of " + describe(peek()));
    uint32_t iterable = parseTuple(false), condition = takeName("if") ? parseExpression() : none;
    bool recursive = takeName("recursive");
    expectBlockEnd();
    ++loops;
    uint32_t body = parseBody({"else", "endfor"}, line), otherwise = none;
    --loops;
    bool hasElse = take().text == "else";
    expectBlockEnd();
    if (hasElse) otherwise = parseBodyAndEnd("endfor", line);
    std::vector<uint32_t> words = {iterable, condition, body, otherwise, recursive, uint32_t(targets.size())};
    words.insert(words.end(), targets.begin(), targets.end());
    return tree.node(INGOT_TEMPLATE_FOR, line, tree.list(words));
  }

  uint32_t parseSet(unsigned line) {
    if (peek(1).kind == TokenKind::Operator && peek(1).text == ".") {
      uint32_t object = tree.node(INGOT_TEMPLATE_NAME, line, tree.string(expectName("a namespace's name")));
      take();
      uint32_t name = tree.string(expectName("an attribute's name"));
      expectOperator("=");
      uint32_t value = parseTuple();
      expectBlockEnd();
      return tree.node(INGOT_TEMPLATE_SET_ATTRIBUTE, line, object, name, value);
    }
    std::vector<uint32_t> targets = parseTargets();
    if (takeOperator("=")) {
      uint32_t value = parseTuple();
      expectBlockEnd();
      targets.insert(targets.begin(), uint32_t(targets.size()));
      return tree.node(INGOT_TEMPLATE_SET, line, tree.list(targets), value);
    }
    if (targets.size() != 1) return fail("expected '=' instead of " + describe(peek()));
    uint32_t value = parseFilters(tree.node(INGOT_TEMPLATE_CAPTURED, line));
    expectBlockEnd();
    uint32_t body = parseBodyAndEnd("endset", line);
    return tree.node(INGOT_TEMPLATE_SET_BLOCK, line, targets[0], value, body);
  }

  /// (a, b=1) of a macro or call block.
  uint32_t parseParameters() {
    std::vector<uint32_t> words = {0};
    expectOperator("(");
    while (!failed() && !isOperator(")")) {
      words.push_back(tree.string(expectName("a parameter's name")));
      words.push_back(takeOperator("=") ? parseExpression() : none);
      ++words[0];
      if (!takeOperator(",")) break;
    }
    expectOperator(")");
    return tree.list(words);
  }

  uint32_t parseMacro(unsigned line) {
    uint32_t name = tree.string(expectName("a macro's name")), parameters = parseParameters();
    expectBlockEnd();
    unsigned outer = std::exchange(loops, 0);
    uint32_t body = parseBodyAndEnd("endmacro", line);
    loops = outer;
    return tree.node(INGOT_TEMPLATE_MACRO, line, name, parameters, body);
  }

  uint32_t parseCallBlock(unsigned line) {
    uint32_t parameters = isOperator("(") ? parseParameters() : tree.list({0});
    uint32_t call = parseExpression();
    if (!failed() && tree.nodes[call].kind != INGOT_TEMPLATE_CALL) return failAt(line, "'{% call %}' without the call of a macro");
    expectBlockEnd();
    unsigned outer = std::exchange(loops, 0);
    uint32_t body = parseBodyAndEnd("endcall", line);
    loops = outer;
    return tree.node(INGOT_TEMPLATE_CALL_BLOCK, line, call, parameters, body);
  }

  uint32_t parseWith(unsigned line) {
    std::vector<uint32_t> words = {0};
    while (!failed() && peek().kind != TokenKind::BlockEnd) {
      words.push_back(tree.string(expectName("a variable's name")));
      expectOperator("=");
      words.push_back(parseExpression());
      ++words[0];
      if (!takeOperator(",")) break;
    }
    expectBlockEnd();
    uint32_t body = parseBodyAndEnd("endwith", line);
    return tree.node(INGOT_TEMPLATE_WITH, line, tree.list(words), body);
  }

  uint32_t parseFilterBlock(unsigned line) {
    uint32_t value = parseFilters(parseFilter(tree.node(INGOT_TEMPLATE_CAPTURED, line)));
    expectBlockEnd();
    uint32_t body = parseBodyAndEnd("endfilter", line);
    return tree.node(INGOT_TEMPLATE_FILTER_BLOCK, line, 0, value, body);
  }

  unsigned loops = 0; ///< around the statement, inside the macro
};

} // namespace

llvm::Error compileTemplate(std::string_view source, SectionWriter &writer) {
  TemplateError error;
  TemplateTree tree;
  std::vector<TemplateToken> tokens = lexTemplate(source, error);
  if (error.message.empty()) StatementParser(std::move(tokens), tree, error).parseTemplate();
  if (!error.message.empty())
    return llvm::createStringError(llvm::inconvertibleErrorCode(), "chat template, line %u: %s", error.line, error.message.c_str());
  writer.add(writer.head.template_nodes, tree.nodes);
  writer.add(writer.head.template_words, tree.words);
  writer.add(writer.head.template_strings, tree.strings);
  writer.add(writer.head.template_bytes, tree.bytes);
  return llvm::Error::success();
}

} // namespace ingot::text
