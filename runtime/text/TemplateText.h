// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Python's string operations on UTF-8. Positions count characters. Letter case is ASCII's: a template changes the case of role
// names and keywords, not of prose.
#ifndef INGOT_RUNTIME_TEXT_TEMPLATETEXT_H
#define INGOT_RUNTIME_TEXT_TEMPLATETEXT_H

#include "runtime/text/TemplateValue.h"

namespace ingot::runtime {

inline std::string_view slice(std::string_view text, size_t begin, size_t end) { return {text.data() + begin, end - begin}; }
inline bool isLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
inline bool isLowerLetter(char c) { return c >= 'a' && c <= 'z'; }
inline bool isUpperLetter(char c) { return c >= 'A' && c <= 'Z'; }
inline char lowered(char c) { return isUpperLetter(c) ? char(c + 32) : c; }
inline char uppered(char c) { return isLowerLetter(c) ? char(c - 32) : c; }

/// Bytes of the blank at the text's begin (Python's str.isspace); 0 if none is there.
size_t blankLength(std::string_view text);
size_t characterCount(std::string_view text);
/// The byte where each character begins, and the text's size last.
void characterStarts(std::string_view text, Array<uint32_t> &starts);

/// str.strip; `characters` empty means blanks.
std::string_view strip(std::string_view text, std::string_view characters, bool left, bool right);
/// str.split and rsplit; `separator` empty means runs of blanks; `splitsMax` -1 means all.
void split(std::string_view text, std::string_view separator, int64_t splitsMax, bool fromRight, Array<Value> &parts);
void splitLines(std::string_view text, bool keepEnds, Array<Value> &lines);
std::string_view replaced(Arena &arena, std::string_view text, std::string_view old, std::string_view with, int64_t countMax);

enum class Case { Lower, Upper, Capitalize, TitleByLetters, TitleByBlanks };
std::string_view withCase(Arena &arena, std::string_view text, Case wanted);

} // namespace ingot::runtime
#endif
