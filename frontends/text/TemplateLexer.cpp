// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/text/TemplateLexer.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ConvertUTF.h"
#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace ingot::text {
namespace {

bool isBlank(char c) { return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1c && c <= 0x1f); }
bool isNameStart(char c) { return llvm::isAlpha(c) || c == '_' || uint8_t(c) >= 0x80; }
bool isNamePart(char c) { return isNameStart(c) || llvm::isDigit(c); }

/// Line breaks become \n and one at the end goes, as Jinja reads a template.
std::string normalize(std::string_view source) {
  std::string out;
  for (size_t at = 0; at < source.size(); ++at)
    if (source[at] != '\r')
      out.push_back(source[at]);
    else if (at + 1 == source.size() || source[at + 1] != '\n')
      out.push_back('\n');
  if (!out.empty() && out.back() == '\n') out.pop_back();
  return out;
}

class Lexer {
public:
  Lexer(std::string_view source, TemplateError &error) : source(normalize(source)), error(error) {}

  std::vector<TemplateToken> run() {
    while (at < source.size() && error.message.empty()) lexText();
    add(TokenKind::End, "end of the template");
    return std::move(tokens);
  }

private:
  void add(TokenKind kind, std::string text) { tokens.push_back({kind, std::move(text), line}); }
  void fail(std::string message, unsigned where) {
    if (!error.message.empty()) return;
    error = {std::move(message), where};
    at = source.size();
  }
  bool lookingAt(std::string_view text) const { return std::string_view(source).substr(at).starts_with(text); }
  void advance(size_t end) {
    line += unsigned(std::count(source.begin() + at, source.begin() + end, '\n'));
    at = end;
  }
  void skipBlanks() {
    size_t end = at;
    while (end < source.size() && isBlank(source[end])) ++end;
    advance(end);
  }

  /// Text up to the next tag, and what the tag's sign leaves of it.
  void lexText() {
    bool startsLine = at == 0 || source[at - 1] == '\n';
    size_t begin = at, end = at;
    while (end < source.size() && !(source[end] == '{' && end + 1 < source.size() && strchr("{%#", source[end + 1]))) ++end;
    std::string text = source.substr(begin, end - begin);
    if (end == source.size()) {
      addText(text);
      return advance(end);
    }
    char kind = source[end + 1], sign = end + 2 < source.size() ? source[end + 2] : 0;
    bool hasSign = sign == '-' || (sign == '+' && kind != '{');
    if (sign == '-') {
      while (!text.empty() && isBlank(text.back())) text.pop_back();
    } else if (!hasSign && kind != '{') {
      size_t lineStart = text.rfind('\n') + 1;
      bool blank = std::all_of(text.begin() + lineStart, text.end(), isBlank);
      if ((lineStart > 0 || startsLine) && blank) text.resize(lineStart);
    }
    addText(text);
    advance(end);
    at += 2 + hasSign;
    if (kind == '#')
      lexComment();
    else if (kind == '{')
      lexTag(TokenKind::PrintBegin, TokenKind::PrintEnd, "}}");
    else if (!lexRaw())
      lexTag(TokenKind::BlockBegin, TokenKind::BlockEnd, "%}");
  }

  void addText(std::string text) {
    if (!text.empty()) add(TokenKind::Text, std::move(text));
  }

  /// After the sign and mark that close a tag: a minus takes all blanks, a block or comment without sign takes one line break.
  void finishTag(char sign, bool trims) {
    if (sign == '-')
      skipBlanks();
    else if (sign != '+' && trims && at < source.size() && source[at] == '\n')
      advance(at + 1);
  }

  void lexComment() {
    unsigned begun = line;
    size_t end = source.find("#}", at);
    if (end == source.npos) return fail("a comment has no '#}'", begun);
    char sign = end > at ? source[end - 1] : 0;
    advance(end + 2);
    finishTag(sign, true);
  }

  /// {% raw %} … {% endraw %}
  bool lexRaw() {
    unsigned begun = line;
    size_t close = 0;
    char sign = 0;
    if (!findBareTag(at, "raw", close, sign)) return false;
    advance(close);
    finishTag(sign, true);
    for (size_t open = source.find("{%", at); open != source.npos; open = source.find("{%", open + 2)) {
      size_t name = open + 2;
      char openSign = name < source.size() ? source[name] : 0;
      if (openSign == '-' || openSign == '+') ++name;
      if (!findBareTag(name, "endraw", close, sign)) continue;
      std::string text = source.substr(at, open - at);
      if (openSign == '-')
        while (!text.empty() && isBlank(text.back())) text.pop_back();
      else if (openSign != '+' && text.rfind('\n') != text.npos) {
        size_t lineStart = text.rfind('\n') + 1;
        if (std::all_of(text.begin() + lineStart, text.end(), isBlank)) text.resize(lineStart);
      }
      addText(text);
      advance(close);
      finishTag(sign, true);
      return true;
    }
    fail("'{% raw %}' has no '{% endraw %}'", begun);
    return true;
  }

  /// Whether `from` reads " name %}"; `close` is then the end of the tag.
  bool findBareTag(size_t from, std::string_view name, size_t &close, char &sign) const {
    while (from < source.size() && isBlank(source[from])) ++from;
    if (!std::string_view(source).substr(from).starts_with(name)) return false;
    from += name.size();
    while (from < source.size() && isBlank(source[from])) ++from;
    sign = from < source.size() ? source[from] : 0;
    if (sign == '-' || sign == '+') ++from;
    close = from + 2;
    return std::string_view(source).substr(from).starts_with("%}");
  }

  void lexTag(TokenKind begin, TokenKind end, std::string_view mark) {
    unsigned begun = line;
    add(begin, begin == TokenKind::PrintBegin ? "{{" : "{%");
    unsigned depth = 0;
    while (true) {
      skipBlanks();
      if (at >= source.size()) return fail(std::string("a tag has no '") + std::string(mark) + "'", begun);
      char sign = source[at] == '-' || (source[at] == '+' && end == TokenKind::BlockEnd) ? source[at] : 0;
      if (depth == 0 && std::string_view(source).substr(at + (sign != 0)).starts_with(mark)) {
        add(end, std::string(mark));
        at += mark.size() + (sign != 0);
        return finishTag(sign, end == TokenKind::BlockEnd);
      }
      char c = source[at];
      if (isNameStart(c))
        lexName();
      else if (llvm::isDigit(c))
        lexNumber();
      else if (c == '\'' || c == '"')
        lexString();
      else
        lexOperator(depth);
      if (!error.message.empty()) return;
    }
  }

  void lexName() {
    size_t end = at;
    while (end < source.size() && isNamePart(source[end])) ++end;
    add(TokenKind::Name, source.substr(at, end - at));
    at = end;
  }

  void lexNumber() {
    size_t end = at;
    auto digits = [&] {
      while (end < source.size() && (llvm::isDigit(source[end]) || source[end] == '_')) ++end;
    };
    auto digitAt = [&](size_t place) { return place < source.size() && llvm::isDigit(source[place]); };
    digits();
    bool isFloat = false;
    if (end < source.size() && source[end] == '.' && digitAt(end + 1)) {
      isFloat = true;
      ++end;
      digits();
    }
    size_t exponent = end + 1;
    if (exponent < source.size() && (source[exponent] == '+' || source[exponent] == '-')) ++exponent;
    if (end < source.size() && (source[end] == 'e' || source[end] == 'E') && digitAt(exponent)) {
      isFloat = true;
      end = exponent;
      digits();
    }
    std::string text = source.substr(at, end - at);
    std::erase(text, '_');
    if (text == "0" && end < source.size() && strchr("xXoObB", source[end]))
      return fail(std::string("the number '0") + source[end] + "…' is not decimal", line);
    if (!isFloat && text.size() > 1 && text[0] == '0' && text.find_first_not_of('0') != text.npos)
      return fail("the number '" + text + "' begins with 0", line);
    add(isFloat ? TokenKind::Float : TokenKind::Integer, text);
    if (isFloat)
      tokens.back().number = strtod(text.c_str(), nullptr);
    else if (llvm::StringRef(text).getAsInteger(10, tokens.back().integer))
      return fail("the number '" + text + "' does not fit 64 bits", line);
    at = end;
  }

  void lexString() {
    char quote = source[at];
    size_t end = at + 1;
    while (end < source.size() && source[end] != quote) end += source[end] == '\\' ? 2 : 1;
    if (end >= source.size()) return fail("a string has no closing quote", line);
    std::string value;
    if (!unescape(std::string_view(source).substr(at + 1, end - at - 1), value)) return;
    add(TokenKind::String, value);
    advance(end + 1);
  }

  bool unescape(std::string_view text, std::string &out) {
    for (size_t i = 0; i < text.size(); ++i) {
      if (text[i] != '\\') {
        out.push_back(text[i]);
        continue;
      }
      char c = text[++i];
      constexpr std::string_view letters = "abfnrtv", values = "\a\b\f\n\r\t\v";
      size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
      if (size_t letter = letters.find(c); letter != letters.npos) {
        out.push_back(values[letter]);
      } else if (c == '\\' || c == '\'' || c == '"') {
        out.push_back(c);
      } else if (c == '\n') {
      } else if (c >= '0' && c <= '7') {
        unsigned code = 0;
        for (size_t end = i + 3; i < end && i < text.size() && text[i] >= '0' && text[i] <= '7'; ++i)
          code = code * 8 + (text[i] - '0');
        --i;
        appendCode(code, out);
      } else if (digits) {
        unsigned code = 0;
        if (i + digits >= text.size()) return fail("an escape in a string is cut short", line), false;
        if (llvm::StringRef(text.substr(i + 1, digits)).getAsInteger(16, code) || code > 0x10ffff)
          return fail("'\\" + std::string(text.substr(i, digits + 1)) + "' in a string is no character", line), false;
        i += digits;
        appendCode(code, out);
      } else if (c == 'N') {
        return fail("'\\N' in a string is not supported", line), false;
      } else {
        out.push_back('\\');
        out.push_back(c);
      }
    }
    return true;
  }

  static void appendCode(unsigned code, std::string &out) {
    char bytes[UNI_MAX_UTF8_BYTES_PER_CODE_POINT];
    char *end = bytes;
    if (llvm::ConvertCodePointToUTF8(code, end)) out.append(bytes, end);
  }

  void lexOperator(unsigned &depth) {
    for (std::string_view two : {"**", "//", "==", "!=", "<=", ">="})
      if (lookingAt(two)) {
        add(TokenKind::Operator, std::string(two));
        at += 2;
        return;
      }
    char c = source[at];
    if (!strchr("+-*/%~<>=.,:|()[]{};", c)) return fail(std::string("unexpected character '") + c + "'", line);
    if (strchr("([{", c)) ++depth;
    if (strchr(")]}", c) && depth-- == 0) return fail(std::string("'") + c + "' closes nothing", line);
    add(TokenKind::Operator, std::string(1, c));
    ++at;
  }

  std::string source;
  TemplateError &error;
  std::vector<TemplateToken> tokens;
  size_t at = 0;
  unsigned line = 1;
};

} // namespace

std::vector<TemplateToken> lexTemplate(std::string_view source, TemplateError &error) { return Lexer(source, error).run(); }

} // namespace ingot::text
