// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Cuts text into the words within which byte pairs merge. Vocabularies define this by regular expressions with classes and
// lookahead; here they are matchers over character classes, one per shape of expression (ingot_text_words), with numbers as
// parameters. Each alternative of the expression is one `if`, in its order. Where a cut comes first (numbers, punctuation), each
// piece is matched as if it were the whole text: blanks before a cut number are one word, since the end of a piece satisfies
// \s+(?!\S).
#ifndef INGOT_RUNTIME_TEXT_WORDS_H
#define INGOT_RUNTIME_TEXT_WORDS_H

#include "runtime/text/Characters.h"

namespace ingot::runtime {

class WordCutter {
public:
  explicit WordCutter(const TextTables &tables) : tables(tables), pre(tables.head->pre) {}

  /// Calls `word(std::string_view)` for each word; together they are the text.
  template <typename Word> void cut(std::string_view whole, Word word) {
    if (!pre.cut_numbers && !pre.cut_punctuation) return cutPiece(whole, word);
    size_t begin = 0;
    for (size_t at = 0; at < whole.size();) {
      text = whole;
      size_t end = at;
      while (isCutFirst(end)) {
        end += character(end).length;
        if (pre.cut_numbers) break;
      }
      if (end == at) {
        at += character(at).length;
        continue;
      }
      cutPiece(slice(whole, begin, at), word);
      cutPiece(slice(whole, at, end), word);
      begin = at = end;
    }
    cutPiece(slice(whole, begin, whole.size()), word);
  }

private:
  static std::string_view slice(std::string_view from, size_t begin, size_t end) { return {from.data() + begin, end - begin}; }
  Character character(size_t at) const { return characterAt(tables, text, at); }

  bool isCutFirst(size_t at) const {
    Character here = character(at);
    if (pre.cut_numbers) return here.is(INGOT_TEXT_NUMBER);
    constexpr std::string_view symbols = "$+<=>^~|";
    return here.is(INGOT_TEXT_PUNCTUATION) || (here.code != 0 && here.code < 128 && symbols.find(char(here.code)) != symbols.npos);
  }

  template <typename Word> void cutPiece(std::string_view piece, Word word) {
    text = piece;
    for (size_t at = 0; at < text.size();) {
      size_t end = pre.words == INGOT_TEXT_WORDS_GPT2 ? endGpt2(at) : endGpt4(at);
      std::string_view found = slice(text, at, end);
      pre.cut_digits ? cutDigits(found, word) : word(found);
      at = end;
    }
  }

  /// Runs of numbers apart; of those, ASCII digits in threes.
  template <typename Word> void cutDigits(std::string_view found, Word word) {
    size_t begin = 0, digits = 0;
    bool numbers = false;
    for (size_t at = 0; at < found.size();) {
      Character here = characterAt(tables, found, at);
      bool isDigit = here.code >= '0' && here.code <= '9';
      if (here.is(INGOT_TEXT_NUMBER) != numbers && at > begin) {
        word(slice(found, begin, at));
        begin = at;
        digits = 0;
      }
      numbers = here.is(INGOT_TEXT_NUMBER);
      at += here.length;
      digits = isDigit ? digits + 1 : 0;
      if (digits < 3) continue;
      if (at - 3 > begin) word(slice(found, begin, at - 3));
      word(slice(found, at - 3, at));
      begin = at;
      digits = 0;
    }
    if (begin < found.size()) word(slice(found, begin, found.size()));
  }

  size_t endOfRun(size_t at, unsigned set) const {
    for (Character here = character(at); here.is(set); here = character(at)) at += here.length;
    return at;
  }
  size_t endOfMarks(size_t at) const {
    for (Character here = character(at); here.isMark(); here = character(at)) at += here.length;
    return at;
  }

  /// 's|'t|'re|'ve|'m|'ll|'d; 0 if there is none.
  size_t contraction(size_t at, bool anyCase) const {
    if (text[at] != '\'') return 0;
    auto letter = [&](size_t index) {
      char here = index < text.size() ? text[index] : 0;
      return anyCase && here >= 'A' && here <= 'Z' ? char(here + 32) : here;
    };
    char one = letter(at + 1), two = letter(at + 2);
    if (one == 's' || one == 't' || one == 'm' || one == 'd') return 2;
    bool pair = (one == 'r' && two == 'e') || (one == 'v' && two == 'e') || (one == 'l' && two == 'l');
    return pair ? 3 : 0;
  }

  /// \s+(?!\S)|\s+ at a blank: all but the last if a word follows.
  size_t endOfBlanks(size_t at) const {
    size_t last = at, end = at;
    for (Character here = character(end); here.is(INGOT_TEXT_SPACE); here = character(end)) {
      last = end;
      end += here.length;
    }
    return end < text.size() && last > at ? last : end;
  }

  size_t endGpt2(size_t at) const {
    if (size_t length = contraction(at, false)) return at + length;
    Character here = character(at);
    size_t inner = here.code == ' ' ? at + 1 : at;
    Character next = character(inner);
    if (next.is(INGOT_TEXT_LETTER)) return endOfRun(inner, INGOT_TEXT_LETTER);
    if (next.is(INGOT_TEXT_NUMBER)) return endOfRun(inner, INGOT_TEXT_NUMBER);
    if (next.isMark()) return endOfMarks(inner);
    return endOfBlanks(at);
  }

  size_t endGpt4(size_t at) const {
    bool tekken = pre.words == INGOT_TEXT_WORDS_TEKKEN;
    if (!tekken)
      if (size_t length = contraction(at, true)) return at + length;
    Character here = character(at), next = character(at + here.length);
    if (here.is(INGOT_TEXT_LETTER)) return endOfLetters(at);
    if (!here.isLineEnd() && !here.is(INGOT_TEXT_NUMBER) && next.is(INGOT_TEXT_LETTER)) return endOfLetters(at + here.length);
    if (here.is(INGOT_TEXT_NUMBER)) {
      size_t end = at;
      for (unsigned count = 0; count < pre.digits_max && character(end).is(INGOT_TEXT_NUMBER); ++count)
        end += character(end).length;
      return end > at ? end : endOfRun(at, INGOT_TEXT_NUMBER);
    }
    size_t inner = here.code == ' ' ? at + 1 : at;
    if (character(inner).isMark()) {
      size_t end = endOfMarks(inner);
      while (character(end).isLineEnd() || (tekken && character(end).code == '/')) ++end;
      return end;
    }
    size_t lineEnd = 0;
    for (size_t end = at; character(end).is(INGOT_TEXT_SPACE);) {
      bool isLineEnd = character(end).isLineEnd();
      end += character(end).length;
      if (isLineEnd) lineEnd = end;
    }
    return lineEnd ? lineEnd : endOfBlanks(at);
  }

  /// GPT4: \p{L}+. TEKKEN, with U a letter but a-z and W a letter but A-Z: U*W+|U+W*.
  size_t endOfLetters(size_t at) const {
    if (pre.words != INGOT_TEXT_WORDS_TEKKEN) return endOfRun(at, INGOT_TEXT_LETTER);
    auto isLower = [](uint32_t code) { return code >= 'a' && code <= 'z'; };
    auto isUpper = [](uint32_t code) { return code >= 'A' && code <= 'Z'; };
    size_t end = at, afterBoth = 0;
    for (Character here = character(end); here.is(INGOT_TEXT_LETTER) && !isLower(here.code); here = character(end)) {
      end += here.length;
      if (!isUpper(here.code)) afterBoth = end;
    }
    if (!isLower(character(end).code)) return afterBoth ? afterBoth : end;
    for (Character here = character(end); here.is(INGOT_TEXT_LETTER) && !isUpper(here.code); here = character(end))
      end += here.length;
    return end;
  }

  const TextTables &tables;
  const ingot_text_pre &pre;
  std::string_view text;
};

} // namespace ingot::runtime
#endif
