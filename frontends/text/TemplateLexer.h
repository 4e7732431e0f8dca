// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Splits a Jinja template into tokens and does its whitespace control, with trim_blocks and lstrip_blocks on (the line break
// after a block tag goes, and the blanks before one that begins a line), as transformers renders chat templates.
#ifndef INGOT_FRONTENDS_TEXT_TEMPLATELEXER_H
#define INGOT_FRONTENDS_TEXT_TEMPLATELEXER_H

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ingot::text {

enum class TokenKind { Text, PrintBegin, PrintEnd, BlockBegin, BlockEnd, Name, String, Integer, Float, Operator, End };

struct TemplateToken {
  TokenKind kind = TokenKind::End;
  std::string text; ///< the value of a string, the spelling of the rest
  unsigned line = 0;
  int64_t integer = 0;
  double number = 0;
};

/// What can't be compiled, and where.
struct TemplateError {
  std::string message;
  unsigned line = 0;
};

/// Ends with a token of kind End. On an error `error.message` is set.
std::vector<TemplateToken> lexTemplate(std::string_view source, TemplateError &error);

} // namespace ingot::text
#endif
