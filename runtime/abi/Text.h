// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The text section of a compiled model: vocabulary, tables for encoding and the compiled chat template. It is used where it is
// mapped: nothing is parsed or built at start. Offsets count from the section's start, which is 8-byte aligned; all numbers are
// little-endian. `frontends/text` writes it, `runtime/text` reads it.
#ifndef INGOT_RUNTIME_ABI_TEXT_H
#define INGOT_RUNTIME_ABI_TEXT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { INGOT_TEXT_VERSION = 1 };
#define INGOT_TEXT_MAGIC "INGOTTXT"
#define INGOT_TEXT_NONE 0xffffffffu

/// How text becomes tokens.
enum ingot_text_model {
  INGOT_TEXT_BYTE_PAIRS = 0, ///< words of bytes, merged by a list of pairs ("gpt2")
  INGOT_TEXT_SCORES = 1,     ///< characters, merged by the score of the result; bytes for what has no token ("llama")
};

enum ingot_text_flag {
  INGOT_TEXT_ADD_BOS = 1 << 0,
  INGOT_TEXT_ADD_EOS = 1 << 1,
  INGOT_TEXT_ADD_SPACE_PREFIX = 1 << 2, ///< a space goes before text that starts the prompt or follows a special token
  INGOT_TEXT_IGNORE_MERGES = 1 << 3,    ///< a word that is a token is taken whole, whatever the merges say
  INGOT_TEXT_HAS_TEMPLATE = 1 << 4,
};

/// Token types, numbered as in GGUF.
enum ingot_text_type {
  INGOT_TEXT_NORMAL = 1,
  INGOT_TEXT_UNKNOWN = 2,
  INGOT_TEXT_CONTROL = 3,
  INGOT_TEXT_USER_DEFINED = 4,
  INGOT_TEXT_UNUSED = 5,
  INGOT_TEXT_BYTE = 6,
};

/// Character classes; every character has at least one.
enum ingot_text_class {
  INGOT_TEXT_LETTER = 1 << 0,      ///< general category L
  INGOT_TEXT_NUMBER = 1 << 1,      ///< N
  INGOT_TEXT_SPACE = 1 << 2,       ///< White_Space
  INGOT_TEXT_PUNCTUATION = 1 << 3, ///< P
  INGOT_TEXT_OTHER = 1 << 4,       ///< none of the above
};

/// The regular expression that cuts text into words; (?i) where the third column says so.
enum ingot_text_words {
  /// 's|'t|'re|'ve|'m|'ll|'d | ?\p{L}+ | ?\p{N}+ | ?[^\s\p{L}\p{N}]+ | \s+(?!\S) | \s+
  INGOT_TEXT_WORDS_GPT2 = 0,
  /// (?i:'s|…) | [^\r\n\p{L}\p{N}]?\p{L}+ | \p{N}{1,digits_max} | ?[^\s\p{L}\p{N}]+[\r\n]* | \s*[\r\n]+ | \s+(?!\S) | \s+
  INGOT_TEXT_WORDS_GPT4 = 1,
  /// like GPT4 without contractions, letters cut before an upper-case one (ASCII) that follows others, [\r\n/]* after punctuation
  INGOT_TEXT_WORDS_TEKKEN = 2,
};

/// What happens before, in and after the cut into words.
struct ingot_text_pre {
  uint8_t words;           ///< ingot_text_words
  uint8_t digits_max;      ///< numbers a word holds; GPT4 and TEKKEN
  uint8_t cut_numbers;     ///< first: each number character alone
  uint8_t cut_punctuation; ///< first: runs of punctuation and of $+<=>^~| apart
  uint8_t cut_digits;      ///< last: runs of numbers apart, ASCII digits in threes from the left
  uint8_t reserved[3];
};

/// `count` elements at `offset`; the element's type stands beside each use.
struct ingot_text_array {
  uint32_t offset, count;
};

/// Two symbols that become one; the index in the list is the rank, lowest first.
struct ingot_text_merge {
  uint32_t left, right, merged;
};

/// The special tokens of one length, longest first: bytes with which they begin and end, to look up few places only.
/// [0]: those always recognised (user-defined), [1]: those recognised when special tokens are parsed.
struct ingot_text_special {
  uint32_t length;
  uint32_t first[2][8], last[2][8];
};

/// A slot of `text_slots` for a special token; the others are for merging. Both kinds may have the same bytes.
#define INGOT_TEXT_SPECIAL_SLOT 0x80000000u

/// The section's head. A symbol is a token or, from `token_count` on, a string that only merges know.
struct ingot_text_tables {
  char magic[8];
  uint32_t version;
  uint32_t size;  ///< bytes of the section
  uint32_t model; ///< ingot_text_model
  uint32_t flags; ///< set of ingot_text_flag
  uint32_t token_count, symbol_count;
  int32_t bos, eos, unknown, padding; ///< -1: none
  uint32_t mergeable_bytes_max;       ///< longest result of a merge; longer candidates need no look-up
  struct ingot_text_pre pre;
  uint32_t reserved;
  uint8_t ascii_classes[128];               ///< set of ingot_text_class
  uint32_t byte_symbols[256];               ///< symbol of each byte; INGOT_TEXT_NONE: none
  struct ingot_text_array symbol_begin;     ///< uint32_t [symbol_count + 1], into `bytes`
  struct ingot_text_array bytes;            ///< char: what a symbol stands for, decoded
  struct ingot_text_array types;            ///< uint8_t [token_count]: ingot_text_type
  struct ingot_text_array ranks;            ///< uint32_t [token_count]: 0 = highest score; SCORES only
  struct ingot_text_array merges;           ///< ingot_text_merge; BYTE_PAIRS only
  struct ingot_text_array merge_slots;      ///< uint32_t [power of two]: index into `merges` by ingot_text_hash_pair
  struct ingot_text_array text_slots;       ///< uint32_t [power of two]: symbol by ingot_text_hash_bytes
  struct ingot_text_array specials;         ///< ingot_text_special
  struct ingot_text_array end_tokens;       ///< int32_t: tokens that end an answer, sorted
  struct ingot_text_array classes;          ///< uint32_t: code point << 8 | classes, valid up to the next; sorted
  struct ingot_text_array template_nodes;   ///< ingot_template_node of abi/ChatTemplate.h
  struct ingot_text_array template_words;   ///< uint32_t
  struct ingot_text_array template_strings; ///< ingot_text_array: offset within `template_bytes`, length
  struct ingot_text_array template_bytes;   ///< char
  struct ingot_text_array template_source;  ///< char: the template as the model file has it
};

/// FNV-1a with a final mix; slots are probed one after the other from `hash & (slots - 1)`.
static inline uint32_t ingot_text_hash_bytes(const char *bytes, size_t count) {
  uint32_t hash = 2166136261u;
  for (size_t i = 0; i < count; ++i) hash = (hash ^ (uint8_t)bytes[i]) * 16777619u;
  return hash ^ (hash >> 15);
}

static inline uint32_t ingot_text_hash_pair(uint32_t left, uint32_t right) {
  uint64_t hash = (((uint64_t)left << 32) | right) * 0x9e3779b97f4a7c15ull;
  return (uint32_t)(hash >> 32) ^ (uint32_t)(hash >> 17);
}

#ifdef __cplusplus
}
#endif
#endif
