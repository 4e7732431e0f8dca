// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The tokeniser as a GGUF file describes it: the `tokenizer.` keys taken out and checked against each other, nothing interpreted.
#ifndef INGOT_FRONTENDS_GGUF_TOKENIZER_H
#define INGOT_FRONTENDS_GGUF_TOKENIZER_H

#include "frontends/gguf/File.h"
#include "frontends/text/TokenizerSource.h"

namespace ingot::gguf {

/// Strings point into the file.
struct TokenizerMetadata {
  llvm::StringRef model; ///< tokenizer.ggml.model: "gpt2" (byte-level BPE), "llama" (SentencePiece BPE), …
  llvm::StringRef pre;   ///< tokenizer.ggml.pre, the pre-tokeniser; empty when missing
  std::vector<llvm::StringRef> tokens;
  std::vector<float> scores;           ///< one a token, or empty
  std::vector<int32_t> types;          ///< one a token, or empty: 1 normal, 2 unknown, 3 control, 4 user defined, 5 unused, 6 byte
  std::vector<llvm::StringRef> merges; ///< "left right", in order of rank; or empty

  // Token ids, all below tokens.size().
  std::optional<int32_t> bos, eos, eot, eom, unknown, separator, padding, mask;
  std::vector<int32_t> endTokens; ///< tokenizer.ggml.eos_token_ids, where a file lists several

  // Unset where the file says nothing.
  std::optional<bool> addBos, addEos, addSeparator, addSpacePrefix, removeExtraWhitespaces, escapeWhitespaces,
      treatWhitespaceAsSuffix;
  llvm::ArrayRef<uint8_t> characterMap; ///< tokenizer.ggml.precompiled_charsmap, SentencePiece's normaliser; or empty
  llvm::StringRef chatTemplate;         ///< tokenizer.chat_template; empty when missing
};

/// Takes the tokeniser out of the file's metadata; a file without one is an error.
llvm::Expected<TokenizerMetadata> readTokenizer(const File &file);

/// The same in the form that frontends/text reads. Settings that it has no place for must be the usual ones.
llvm::Expected<text::TokenizerSource> tokenizerSource(const File &file);

} // namespace ingot::gguf
#endif
