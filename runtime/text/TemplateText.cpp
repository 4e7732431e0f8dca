// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/text/TemplateText.h"
#include "runtime/text/Utf8.h"

namespace ingot::runtime {

size_t blankLength(std::string_view text) {
  if (text.empty()) return 0;
  Utf8 c = decodeUtf8(text.data(), text.size());
  if (!c.valid) return 0;
  bool isBlank = (c.code >= 0x9 && c.code <= 0xd) || (c.code >= 0x1c && c.code <= 0x20) || c.code == 0x85 || c.code == 0xa0 ||
                 c.code == 0x1680 || (c.code >= 0x2000 && c.code <= 0x200a) || c.code == 0x2028 || c.code == 0x2029 ||
                 c.code == 0x202f || c.code == 0x205f || c.code == 0x3000;
  return isBlank ? c.length : 0;
}

size_t characterCount(std::string_view text) {
  size_t count = 0;
  for (size_t at = 0; at < text.size(); ++count) at += decodeUtf8(text.data() + at, text.size() - at).length;
  return count;
}

void characterStarts(std::string_view text, Array<uint32_t> &starts) {
  for (size_t at = 0; at < text.size(); at += decodeUtf8(text.data() + at, text.size() - at).length) starts.push(uint32_t(at));
  starts.push(uint32_t(text.size()));
}

/// Bytes of the last character.
static size_t lastLength(std::string_view text) {
  for (size_t length = 2; length <= 4 && length <= text.size(); ++length)
    if (decodeUtf8(text.data() + text.size() - length, length).length == length) return length;
  return 1;
}

static bool isStripped(std::string_view character, std::string_view characters) {
  return characters.empty() ? blankLength(character) == character.size() : characters.find(character) != characters.npos;
}

std::string_view strip(std::string_view text, std::string_view characters, bool left, bool right) {
  while (left && !text.empty()) {
    size_t length = decodeUtf8(text.data(), text.size()).length;
    if (!isStripped({text.data(), length}, characters)) break;
    text.remove_prefix(length);
  }
  while (right && !text.empty()) {
    size_t length = lastLength(text);
    if (!isStripped({text.data() + text.size() - length, length}, characters)) break;
    text.remove_suffix(length);
  }
  return text;
}

static void reverse(Array<Value> &values) {
  for (size_t i = 0, j = values.size(); i + 1 < j; ++i) {
    Value swapped = values[i];
    values[i] = values[--j];
    values[j] = swapped;
  }
}

static void splitAtBlanks(std::string_view text, int64_t splitsMax, bool fromRight, Array<Value> &parts) {
  for (text = strip(text, {}, !fromRight, fromRight); !text.empty(); text = strip(text, {}, !fromRight, fromRight)) {
    if (splitsMax-- == 0) return parts.push(Value::of(text));
    size_t length = 0;
    while (length < text.size()) {
      std::string_view rest = fromRight ? slice(text, 0, text.size() - length) : slice(text, length, text.size());
      size_t character = fromRight ? lastLength(rest) : decodeUtf8(rest.data(), rest.size()).length;
      if (blankLength(fromRight ? slice(rest, rest.size() - character, rest.size()) : rest)) break;
      length += character;
    }
    size_t begin = fromRight ? text.size() - length : 0;
    parts.push(Value::of(slice(text, begin, begin + length)));
    text = fromRight ? slice(text, 0, begin) : slice(text, length, text.size());
  }
}

void split(std::string_view text, std::string_view separator, int64_t splitsMax, bool fromRight, Array<Value> &parts) {
  if (separator.empty()) {
    splitAtBlanks(text, splitsMax, fromRight, parts);
  } else {
    while (splitsMax-- != 0) {
      size_t found = fromRight ? text.rfind(separator) : text.find(separator);
      if (found == text.npos) break;
      size_t after = found + separator.size();
      parts.push(Value::of(fromRight ? slice(text, after, text.size()) : slice(text, 0, found)));
      text = fromRight ? slice(text, 0, found) : slice(text, after, text.size());
    }
    parts.push(Value::of(text));
  }
  if (fromRight) reverse(parts);
}

void splitLines(std::string_view text, bool keepEnds, Array<Value> &lines) {
  while (!text.empty()) {
    size_t end = 0;
    auto isEnd = [&] { return (text[end] >= '\n' && text[end] <= '\r') || (text[end] >= 0x1c && text[end] <= 0x1e); };
    while (end < text.size() && !isEnd()) ++end;
    size_t after = end == text.size() ? end : end + 1;
    if (after < text.size() && text[end] == '\r' && text[after] == '\n') ++after;
    lines.push(Value::of(slice(text, 0, keepEnds ? after : end)));
    text.remove_prefix(after);
  }
}

std::string_view replaced(Arena &arena, std::string_view text, std::string_view old, std::string_view with, int64_t countMax) {
  Text out;
  while (countMax-- != 0) {
    if (old.empty()) { // between all characters
      append(out, with);
      if (text.empty()) break;
      size_t length = decodeUtf8(text.data(), text.size()).length;
      append(out, slice(text, 0, length));
      text.remove_prefix(length);
      continue;
    }
    size_t found = text.find(old);
    if (found == text.npos) break;
    append(out, slice(text, 0, found));
    append(out, with);
    text.remove_prefix(found + old.size());
  }
  append(out, text);
  return arena.copy(view(out));
}

std::string_view withCase(Arena &arena, std::string_view text, Case wanted) {
  char *out = static_cast<char *>(arena.allocate(text.size()));
  bool begins = true;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    bool upper = wanted == Case::Upper || (begins && wanted != Case::Lower);
    out[i] = upper ? uppered(c) : lowered(c);
    if (wanted == Case::TitleByLetters)
      begins = !isLetter(c) && uint8_t(c) < 0x80;
    else if (wanted == Case::TitleByBlanks)
      begins = c == ' ' || (c >= '\t' && c <= '\r') || c == '-' || c == '(' || c == '{' || c == '[' || c == '<';
    else
      begins = false;
  }
  return {out, text.size()};
}

} // namespace ingot::runtime
