// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A token's text in the file is an encoding: byte-pair vocabularies spell each byte as a printable character ("Ġthe"), scored
// ones write a space as ▁ and a byte as <0x41>. The section holds the decoded bytes, so that decoding is a look-up and encoding
// works on the text itself. Special tokens are the same in both. Two tokens may then have the same bytes, one special and one
// not: `text_slots` keeps the two kinds apart.
#include "frontends/text/Vocabulary.h"
#include "frontends/text/EndTokens.h"
#include "frontends/text/PreTokenizers.h"
#include <algorithm>
#include <array>
#include <bit>
#include <map>
#include <set>
#include <unordered_map>

namespace ingot::text {
namespace {

constexpr std::string_view spaceMark = "\xe2\x96\x81"; // ▁

template <typename... Values> llvm::Error failure(const char *format, const Values &...values) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), format, values...);
}

/// The printable character of each byte: itself where it is one, the next free one from U+0100 on otherwise.
struct ByteSpelling {
  std::array<uint32_t, 256> characters;
  std::map<uint32_t, uint8_t> bytes;

  ByteSpelling() {
    uint32_t next = 256;
    for (uint32_t byte = 0; byte < 256; ++byte) {
      bool printable = (byte >= '!' && byte <= '~') || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
      characters[byte] = printable ? byte : next++;
      bytes[characters[byte]] = uint8_t(byte);
    }
  }

  /// False if the text holds a character that spells no byte. All that do are below U+0800.
  bool decode(std::string_view text, std::string &out) const {
    out.clear();
    for (size_t at = 0; at < text.size(); ++at) {
      uint32_t code = uint8_t(text[at]);
      if (code >= 0x80) {
        if (code < 0xc0 || code >= 0xe0 || at + 1 == text.size()) return false;
        code = (code & 0x1f) << 6 | (uint8_t(text[++at]) & 0x3f);
      }
      auto found = bytes.find(code);
      if (found == bytes.end()) return false;
      out.push_back(char(found->second));
    }
    return true;
  }

  std::string spell(uint8_t byte) const {
    uint32_t code = characters[byte];
    if (code < 0x80) return std::string(1, char(code));
    return {char(0xc0 | code >> 6), char(0x80 | (code & 0x3f))};
  }
};

std::string replaceSpaceMarks(std::string_view text) {
  std::string out;
  while (!text.empty())
    if (text.starts_with(spaceMark)) {
      out.push_back(' ');
      text.remove_prefix(spaceMark.size());
    } else {
      out.push_back(text.front());
      text.remove_prefix(1);
    }
  return out;
}

/// The byte of "<0x41>"; -1 for any other text.
int byteOf(std::string_view text) {
  if (text.size() != 6 || !text.starts_with("<0x") || text[5] != '>') return -1;
  int value = 0;
  for (char digit : text.substr(3, 2)) {
    if (digit >= '0' && digit <= '9')
      value = value * 16 + digit - '0';
    else if (digit >= 'A' && digit <= 'F')
      value = value * 16 + digit - 'A' + 10;
    else
      return -1;
  }
  return value;
}

bool isSpecial(uint8_t type) { return type == INGOT_TEXT_CONTROL || type == INGOT_TEXT_UNKNOWN || type == INGOT_TEXT_USER_DEFINED; }

class VocabularyBuilder {
public:
  VocabularyBuilder(const TokenizerSource &source, SectionWriter &writer)
      : source(source), writer(writer), head(writer.head), count(uint32_t(source.tokens.size())) {}

  llvm::Error run() {
    if (llvm::Error error = checkSource()) return error;
    if (llvm::Error error = takeTypes()) return error;
    if (llvm::Error error = takeIds()) return error;
    bool bytePairs = head.model == INGOT_TEXT_BYTE_PAIRS;
    std::fill(std::begin(head.byte_symbols), std::end(head.byte_symbols), INGOT_TEXT_NONE);
    bytePairs ? decodeBytePairs() : decodeScored();
    if (bytePairs) {
      if (llvm::Error error = takeMerges()) return error;
    } else {
      takeScores();
    }
    fillTextSlots();
    takeSpecials();
    writeSymbols();
    return llvm::Error::success();
  }

private:
  llvm::Error checkSource() {
    if (source.model != "gpt2" && source.model != "llama")
      return failure("tokenizer model '%s' is unknown\nnote: known are gpt2 and llama", source.model.c_str());
    if (source.tokens.empty()) return failure("the tokenizer has no tokens");
    if (source.tokens.size() >= INGOT_TEXT_SPECIAL_SLOT / 2) return failure("the tokenizer has %zu tokens", source.tokens.size());
    head.model = source.model == "gpt2" ? INGOT_TEXT_BYTE_PAIRS : INGOT_TEXT_SCORES;
    head.token_count = count;
    bool addBos = true, addSpacePrefix = true;
    if (head.model == INGOT_TEXT_BYTE_PAIRS) {
      const PreTokenizer *pre = findPreTokenizer(source.pre);
      if (!pre)
        return failure("pre-tokenizer '%s' is unknown\nnote: known are %s", source.pre.c_str(), knownPreTokenizers().c_str());
      head.pre = pre->pre;
      if (pre->ignoreMerges) head.flags |= INGOT_TEXT_IGNORE_MERGES;
      addBos = pre->addBos;
      addSpacePrefix = false;
    } else if (!source.pre.empty() && source.pre != "default") {
      return failure("pre-tokenizer '%s' is unknown with tokenizer model 'llama'\nnote: known is default", source.pre.c_str());
    } else if (source.scores.size() != count) {
      return failure("the tokenizer has %u tokens, but %zu scores", count, source.scores.size());
    }
    if (source.addBos.value_or(addBos)) head.flags |= INGOT_TEXT_ADD_BOS;
    if (source.addEos.value_or(false)) head.flags |= INGOT_TEXT_ADD_EOS;
    // Byte pairs have no such prefix; files set the flag all the same.
    if (addSpacePrefix && source.addSpacePrefix.value_or(true)) head.flags |= INGOT_TEXT_ADD_SPACE_PREFIX;
    return llvm::Error::success();
  }

  llvm::Error takeTypes() {
    types.assign(count, INGOT_TEXT_NORMAL);
    bool given = !source.tokenTypes.empty();
    if (given && source.tokenTypes.size() != count)
      return failure("the tokenizer has %u tokens, but %zu token types", count, source.tokenTypes.size());
    for (uint32_t id = 0; id < count; ++id) {
      int32_t type = given ? source.tokenTypes[id] : int32_t(INGOT_TEXT_NORMAL);
      if (type < 0 || type > INGOT_TEXT_BYTE) return failure("token %u has type %d; known are 0 to %d", id, type, INGOT_TEXT_BYTE);
      types[id] = type == 0 ? uint8_t(INGOT_TEXT_NORMAL) : uint8_t(type);
      if (isTurnEnd(source.tokens[id])) types[id] = INGOT_TEXT_CONTROL;
    }
    return llvm::Error::success();
  }

  llvm::Error takeIds() {
    struct {
      const char *name;
      const std::optional<int64_t> &id;
      int32_t *out;
    } ids[] = {{"bos", source.bos, &head.bos},
               {"eos", source.eos, &head.eos},
               {"eot", source.eot, nullptr},
               {"eom", source.eom, nullptr},
               {"unknown", source.unknown, &head.unknown},
               {"padding", source.padding, &head.padding}};
    for (auto &[name, id, out] : ids) {
      if (out) *out = -1;
      if (!id) continue;
      if (*id < -1 || *id >= int64_t(count))
        return failure("the %s token is %lld, but the tokenizer has %u tokens", name, (long long)*id, count);
      if (out) *out = int32_t(*id);
    }
    // The first scored vocabularies came without ids; all have these.
    if (head.model == INGOT_TEXT_SCORES && !source.bos && !source.eos && count > 2) head.bos = 1, head.eos = 2;
    if (head.model == INGOT_TEXT_SCORES && !source.unknown) head.unknown = 0;
    std::vector<int32_t> ends = endTokens(source, types);
    if (ends.empty() && head.eos >= 0) ends.push_back(head.eos);
    writer.add(head.end_tokens, ends);
    return llvm::Error::success();
  }

  void decodeBytePairs() {
    for (uint32_t id = 0; id < count; ++id) {
      const std::string &text = source.tokens[id];
      std::string decoded;
      bool plain = types[id] == INGOT_TEXT_NORMAL || types[id] == INGOT_TEXT_UNUSED;
      bool spelled = plain && spelling.decode(text, decoded);
      symbols.push_back(spelled ? decoded : text);
      mergeable.push_back(spelled && !text.empty());
      if (types[id] != INGOT_TEXT_CONTROL) byText[text] = id;
    }
    for (unsigned byte = 0; byte < 256; ++byte) {
      auto found = byText.find(spelling.spell(uint8_t(byte)));
      if (found != byText.end()) head.byte_symbols[byte] = found->second;
    }
  }

  void decodeScored() {
    for (uint32_t id = 0; id < count; ++id) {
      const std::string &text = source.tokens[id];
      int byte = byteOf(text);
      bool isByte = types[id] == INGOT_TEXT_BYTE && byte >= 0;
      bool plain = types[id] == INGOT_TEXT_NORMAL || types[id] == INGOT_TEXT_UNUSED;
      symbols.push_back(isByte ? std::string(1, char(byte)) : plain ? replaceSpaceMarks(text) : text);
      // Text to encode has ▁ for each space, so that a token with a space in the file is never the result of a merge.
      bool merges = (plain || types[id] == INGOT_TEXT_USER_DEFINED) && !text.empty() && text.find(' ') == text.npos;
      mergeable.push_back(merges);
      if (isByte) head.byte_symbols[byte] = id;
    }
    // Vocabularies without byte tokens fall back to one-character ones.
    for (uint32_t id = 0; id < count; ++id)
      if (mergeable[id] && symbols[id].size() == 1 && head.byte_symbols[uint8_t(symbols[id][0])] == INGOT_TEXT_NONE)
        head.byte_symbols[uint8_t(symbols[id][0])] = id;
  }

  void takeScores() {
    std::set<float, std::greater<float>> distinct;
    for (float score : source.scores) distinct.insert(score == score ? score : -1e30f);
    std::vector<float> sorted(distinct.begin(), distinct.end());
    std::vector<uint32_t> ranks;
    for (float score : source.scores) {
      score = score == score ? score : -1e30f;
      ranks.push_back(uint32_t(std::lower_bound(sorted.begin(), sorted.end(), score, std::greater<float>()) - sorted.begin()));
    }
    writer.add(head.ranks, ranks);
  }

  /// The symbol of a byte-pair text; strings that are no tokens get one, since merges may pass through them.
  uint32_t symbolOf(const std::string &text) {
    auto [found, isNew] = byText.try_emplace(text, uint32_t(symbols.size()));
    if (isNew) {
      std::string decoded;
      symbols.push_back(spelling.decode(text, decoded) ? decoded : text);
      mergeable.push_back(false);
    }
    return found->second;
  }

  llvm::Error takeMerges() {
    for (unsigned byte = 0; byte < 256; ++byte)
      if (head.byte_symbols[byte] == INGOT_TEXT_NONE) head.byte_symbols[byte] = symbolOf(spelling.spell(uint8_t(byte)));
    std::vector<ingot_text_merge> merges;
    for (size_t rank = 0; rank < source.merges.size(); ++rank) {
      const std::string &text = source.merges[rank];
      size_t blank = text.find(' ', 1);
      if (blank == text.npos || blank + 1 == text.size())
        return failure("merge %zu of the tokenizer is '%s', but should be two texts separated by a blank", rank, text.c_str());
      std::string left = text.substr(0, blank), right = text.substr(blank + 1);
      uint32_t leftSymbol = symbolOf(left), rightSymbol = symbolOf(right);
      merges.push_back({leftSymbol, rightSymbol, symbolOf(left + right)});
    }
    std::vector<uint32_t> slots(std::bit_ceil(merges.size() * 2 + 1), INGOT_TEXT_NONE);
    for (uint32_t rank = 0; rank < merges.size(); ++rank) {
      const ingot_text_merge &merge = merges[rank];
      size_t slot = ingot_text_hash_pair(merge.left, merge.right) & (slots.size() - 1);
      // Of a pair listed twice the first counts.
      while (slots[slot] != INGOT_TEXT_NONE &&
             !(merges[slots[slot]].left == merge.left && merges[slots[slot]].right == merge.right))
        slot = (slot + 1) & (slots.size() - 1);
      if (slots[slot] == INGOT_TEXT_NONE) slots[slot] = rank;
    }
    writer.add(head.merges, merges);
    writer.add(head.merge_slots, slots);
    return llvm::Error::success();
  }

  void fillTextSlots() {
    // Byte pairs are merged by symbol; only whole words are looked up by their bytes, and only where merges are ignored.
    bool lookUpMergeable = head.model == INGOT_TEXT_SCORES || (head.flags & INGOT_TEXT_IGNORE_MERGES);
    std::vector<uint32_t> entries;
    for (uint32_t id = 0; id < count; ++id) {
      if (lookUpMergeable && mergeable[id]) {
        entries.push_back(id);
        head.mergeable_bytes_max = std::max(head.mergeable_bytes_max, uint32_t(symbols[id].size()));
      }
      if (isSpecial(types[id]) && !symbols[id].empty()) entries.push_back(id | INGOT_TEXT_SPECIAL_SLOT);
    }
    std::vector<uint32_t> slots(std::bit_ceil(entries.size() * 3 / 2 + 1), INGOT_TEXT_NONE);
    for (uint32_t entry : entries) {
      const std::string &bytes = symbols[entry & ~INGOT_TEXT_SPECIAL_SLOT];
      size_t slot = ingot_text_hash_bytes(bytes.data(), bytes.size()) & (slots.size() - 1);
      // Of two tokens with one text the last counts.
      while (slots[slot] != INGOT_TEXT_NONE &&
             !((slots[slot] ^ entry) < INGOT_TEXT_SPECIAL_SLOT && symbols[slots[slot] & ~INGOT_TEXT_SPECIAL_SLOT] == bytes))
        slot = (slot + 1) & (slots.size() - 1);
      slots[slot] = entry;
    }
    writer.add(head.text_slots, slots);
  }

  void takeSpecials() {
    std::map<size_t, ingot_text_special, std::greater<size_t>> byLength;
    for (uint32_t id = 0; id < count; ++id) {
      const std::string &bytes = symbols[id];
      if (!isSpecial(types[id]) || bytes.empty()) continue;
      ingot_text_special &special = byLength[bytes.size()];
      special.length = uint32_t(bytes.size());
      uint8_t first = uint8_t(bytes.front()), last = uint8_t(bytes.back());
      for (int parsed = types[id] == INGOT_TEXT_USER_DEFINED ? 0 : 1; parsed < 2; ++parsed) {
        special.first[parsed][first / 32] |= 1u << first % 32;
        special.last[parsed][last / 32] |= 1u << last % 32;
      }
    }
    std::vector<ingot_text_special> specials;
    for (auto &[length, special] : byLength) specials.push_back(special);
    writer.add(head.specials, specials);
  }

  void writeSymbols() {
    std::vector<uint32_t> begin;
    std::string bytes;
    for (const std::string &symbol : symbols) {
      begin.push_back(uint32_t(bytes.size()));
      bytes += symbol;
    }
    begin.push_back(uint32_t(bytes.size()));
    head.symbol_count = uint32_t(symbols.size());
    writer.add(head.symbol_begin, begin);
    writer.add(head.bytes, bytes);
    writer.add(head.types, types);
  }

  const TokenizerSource &source;
  SectionWriter &writer;
  ingot_text_tables &head;
  uint32_t count;
  ByteSpelling spelling;
  std::vector<uint8_t> types;
  std::vector<std::string> symbols; ///< decoded bytes; tokens first
  std::vector<bool> mergeable;
  std::unordered_map<std::string, uint32_t> byText; ///< byte pairs: text in the file to symbol
};

} // namespace

llvm::Error addVocabulary(const TokenizerSource &source, SectionWriter &writer) { return VocabularyBuilder(source, writer).run(); }

} // namespace ingot::text
