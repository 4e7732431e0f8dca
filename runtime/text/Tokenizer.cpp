// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/text/Tokenizer.h"
#include "runtime/text/Merger.h"
#include "runtime/text/SpecialTokens.h"
#include "runtime/text/Utf8.h"
#include "runtime/text/Words.h"

namespace ingot::runtime {

void Tokenizer::encode(std::string_view text, bool parseSpecial, bool addBos, Array<int32_t> &ids) const {
  if (addBos && addsBos()) ids.push(bos());
  Array<SpecialMatch> matches;
  findSpecialTokens(tables, text, parseSpecial, matches);
  Merger merger;
  size_t begin = 0;
  bool afterSpecial = true; // the beginning counts as such
  for (const SpecialMatch &match : matches) {
    if (match.begin > begin) encodeText({text.data() + begin, match.begin - begin}, afterSpecial, merger, ids);
    ids.push(int32_t(match.id));
    afterSpecial = true;
    begin = match.begin + match.length;
  }
  if (begin < text.size()) encodeText({text.data() + begin, text.size() - begin}, afterSpecial, merger, ids);
}

void Tokenizer::encodeChat(std::string_view rendered, Array<int32_t> &ids) const {
  Array<int32_t> body;
  encode(rendered, true, false, body);
  if (addsBos() && (body.empty() || body[0] != bos())) ids.push(bos());
  ids.append(body.data(), body.size());
}

bool Tokenizer::isEndToken(int32_t id) const { return std::binary_search(tables.endTokens.begin(), tables.endTokens.end(), id); }

void Tokenizer::encodeText(std::string_view text, bool afterSpecial, Merger &merger, Array<int32_t> &ids) const {
  if (tables.head->model == INGOT_TEXT_BYTE_PAIRS) return encodeBytePairs(text, merger, ids);
  constexpr std::string_view spaceMark = "\xe2\x96\x81"; // ▁ means a space in the vocabulary, hence also in text
  bool prefix = afterSpecial && addsSpacePrefix();
  if (!prefix && text.find(spaceMark) == text.npos) return encodeScored(text, merger, ids);
  Text spaced;
  spaced.reserve(text.size() + prefix);
  if (prefix) spaced.push(' ');
  while (!text.empty()) {
    size_t mark = std::min(text.find(spaceMark), text.size());
    spaced.append(text.data(), mark);
    text.remove_prefix(mark);
    if (text.empty()) break;
    spaced.push(' ');
    text.remove_prefix(spaceMark.size());
  }
  encodeScored(view(spaced), merger, ids);
}

void Tokenizer::encodeBytePairs(std::string_view text, Merger &merger, Array<int32_t> &ids) const {
  bool wholeWords = tables.head->flags & INGOT_TEXT_IGNORE_MERGES;
  WordCutter(tables).cut(text, [&](std::string_view word) {
    if (wholeWords && word.size() <= tables.head->mergeable_bytes_max) {
      uint32_t token = tables.findText(word.data(), word.size(), false);
      if (token != INGOT_TEXT_NONE) return ids.push(int32_t(token));
    }
    merger.clear();
    for (uint32_t at = 0; at < word.size(); ++at) merger.add(at, 1, tables.head->byte_symbols[uint8_t(word[at])]);
    merger.run([&](const Piece &left, const Piece &right) -> Merge {
      const ingot_text_merge *merge = tables.findMerge(left.id, right.id);
      return merge ? Merge{uint32_t(merge - tables.merges.elements), merge->merged} : Merge{};
    });
    for (const Piece &piece : merger.pieces) {
      if (piece.length == 0) continue;
      if (piece.id < vocabulary()) {
        ids.push(int32_t(piece.id));
        continue;
      }
      // A string that merges pass through and that is no token: its bytes.
      for (uint32_t at = 0; at < piece.length; ++at) {
        uint32_t symbol = tables.head->byte_symbols[uint8_t(word[piece.begin + at])];
        if (symbol < vocabulary()) ids.push(int32_t(symbol));
      }
    }
  });
}

void Tokenizer::encodeScored(std::string_view text, Merger &merger, Array<int32_t> &ids) const {
  merger.clear();
  constexpr uint8_t lengths[16] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 3, 4};
  for (size_t at = 0; at < text.size();) {
    size_t length = std::min<size_t>(lengths[uint8_t(text[at]) >> 4], text.size() - at);
    merger.add(uint32_t(at), uint32_t(length), INGOT_TEXT_NONE);
    at += length;
  }
  merger.run([&](const Piece &left, const Piece &right) -> Merge {
    uint32_t length = left.length + right.length;
    if (length > tables.head->mergeable_bytes_max) return {};
    uint32_t id = tables.findText(text.data() + left.begin, length, false);
    return id == INGOT_TEXT_NONE ? Merge{} : Merge{tables.ranks[id], id};
  });
  for (const Piece &piece : merger.pieces) {
    if (piece.length == 0) continue;
    uint32_t id = piece.id;
    if (id == INGOT_TEXT_NONE) id = tables.findText(text.data() + piece.begin, piece.length, false);
    if (id != INGOT_TEXT_NONE) {
      ids.push(int32_t(id));
      continue;
    }
    for (uint32_t at = 0; at < piece.length; ++at) {
      uint32_t byte = tables.head->byte_symbols[uint8_t(text[piece.begin + at])];
      if (byte != INGOT_TEXT_NONE)
        ids.push(int32_t(byte));
      else if (tables.head->unknown >= 0)
        ids.push(tables.head->unknown);
    }
  }
}

std::string_view StreamDecoder::push(int32_t id, bool showControl) {
  buffer.erase(0, returned);
  std::string_view bytes = tokenizer.isControl(id) && !showControl ? std::string_view() : tokenizer.tokenBytes(id);
  if (dropSpace && !bytes.empty()) {
    if (tokenizer.addsSpacePrefix() && bytes[0] == ' ') bytes.remove_prefix(1);
    dropSpace = false;
  }
  append(buffer, bytes);
  returned = buffer.size() - incompleteTail(view(buffer));
  return {buffer.data(), returned};
}

std::string_view StreamDecoder::flush() {
  buffer.erase(0, returned);
  returned = buffer.size();
  return view(buffer);
}

} // namespace ingot::runtime
