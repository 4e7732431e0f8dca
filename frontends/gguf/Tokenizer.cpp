// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/gguf/Tokenizer.h"

#include "frontends/gguf/Diagnostic.h"

namespace ingot::gguf {

namespace {

struct IdKey {
  llvm::StringLiteral key;
  std::optional<int32_t> TokenizerMetadata::*id;
};
constexpr IdKey idKeys[] = {
    {"tokenizer.ggml.bos_token_id", &TokenizerMetadata::bos},
    {"tokenizer.ggml.eos_token_id", &TokenizerMetadata::eos},
    {"tokenizer.ggml.eot_token_id", &TokenizerMetadata::eot},
    {"tokenizer.ggml.eom_token_id", &TokenizerMetadata::eom},
    {"tokenizer.ggml.unknown_token_id", &TokenizerMetadata::unknown},
    {"tokenizer.ggml.seperator_token_id", &TokenizerMetadata::separator}, // spelled so in files
    {"tokenizer.ggml.separator_token_id", &TokenizerMetadata::separator},
    {"tokenizer.ggml.padding_token_id", &TokenizerMetadata::padding},
    {"tokenizer.ggml.mask_token_id", &TokenizerMetadata::mask},
};

struct FlagKey {
  llvm::StringLiteral key;
  std::optional<bool> TokenizerMetadata::*flag;
};
constexpr FlagKey flagKeys[] = {
    {"tokenizer.ggml.add_bos_token", &TokenizerMetadata::addBos},
    {"tokenizer.ggml.add_eos_token", &TokenizerMetadata::addEos},
    {"tokenizer.ggml.add_sep_token", &TokenizerMetadata::addSeparator},
    {"tokenizer.ggml.add_space_prefix", &TokenizerMetadata::addSpacePrefix},
    {"tokenizer.ggml.remove_extra_whitespaces", &TokenizerMetadata::removeExtraWhitespaces},
    {"tokenizer.ggml.escape_whitespaces", &TokenizerMetadata::escapeWhitespaces},
    {"tokenizer.ggml.treat_whitespace_as_suffix", &TokenizerMetadata::treatWhitespaceAsSuffix},
};

constexpr llvm::StringLiteral modelKey = "tokenizer.ggml.model", preKey = "tokenizer.ggml.pre", tokensKey = "tokenizer.ggml.tokens",
                              scoresKey = "tokenizer.ggml.scores", typesKey = "tokenizer.ggml.token_type",
                              mergesKey = "tokenizer.ggml.merges", endTokensKey = "tokenizer.ggml.eos_token_ids",
                              characterMapKey = "tokenizer.ggml.precompiled_charsmap", templateKey = "tokenizer.chat_template";
class TokenizerReader {
public:
  explicit TokenizerReader(const File &file) : file(file) {}
  llvm::Expected<TokenizerMetadata> read();

private:
  llvm::Error string(llvm::StringRef key, llvm::StringRef &text);
  /// An array of the key's elements by `take`, which must be as many as there are tokens when `eachToken`.
  template <typename T, typename Take>
  llvm::Error array(llvm::StringRef key, llvm::StringRef kind, bool eachToken, std::vector<T> &all, Take take);
  llvm::Error id(const MetadataEntry &entry, std::optional<int64_t> number);
  llvm::Error ids();
  llvm::Error flags();

  const File &file;
  TokenizerMetadata tokenizer;
};

llvm::Error TokenizerReader::string(llvm::StringRef key, llvm::StringRef &text) {
  const MetadataEntry *entry = file.entry(key);
  if (!entry) return llvm::Error::success();
  std::optional<llvm::StringRef> value = entry->value.asString();
  if (!value)
    return file.error(*entry, "metadata key " + quoted(key) + " is of type " + entry->value.typeText() + ", not a string");
  text = *value;
  return llvm::Error::success();
}

template <typename T, typename Take>
llvm::Error TokenizerReader::array(llvm::StringRef key, llvm::StringRef kind, bool eachToken, std::vector<T> &all, Take take) {
  const MetadataEntry *entry = file.entry(key);
  if (!entry) return llvm::Error::success();
  const Value &value = entry->value;
  if (eachToken && value.isArray() && value.size() != tokenizer.tokens.size())
    return file.error(*entry, "metadata key " + quoted(key) + " has " + llvm::Twine(value.size()) + " elements, but there are " +
                                  llvm::Twine(tokenizer.tokens.size()) + " tokens");
  bool fits = value.isArray();
  if (fits) all.reserve(value.size());
  value.forEach([&](const Value &element) {
    auto taken = take(element);
    fits = taken.has_value();
    if (fits) all.push_back(static_cast<T>(*taken));
    return fits;
  });
  if (fits || (value.isArray() && value.size() == 0)) return llvm::Error::success();
  return file.error(*entry, "metadata key " + quoted(key) + " is of type " + value.typeText() + ", not an array of " + kind);
}

llvm::Error TokenizerReader::id(const MetadataEntry &entry, std::optional<int64_t> number) {
  if (!number)
    return file.error(entry, "metadata key " + quoted(entry.key) + " is of type " + entry.value.typeText() + ", not a token id");
  if (*number >= 0 && *number < static_cast<int64_t>(tokenizer.tokens.size())) return llvm::Error::success();
  return file.error(entry, "metadata key " + quoted(entry.key) + " is " + llvm::Twine(*number) + ", but token ids go from 0 to " +
                               llvm::Twine(static_cast<int64_t>(tokenizer.tokens.size()) - 1));
}

llvm::Error TokenizerReader::ids() {
  for (const IdKey &known : idKeys) {
    const MetadataEntry *entry = file.entry(known.key);
    if (!entry) continue;
    const std::optional<int64_t> number = entry->value.asInteger();
    // Converters write -1, as int32 or uint32, for a token that the model does not have.
    if (number && (*number == -1 || *number == UINT32_MAX)) continue;
    if (llvm::Error error = id(*entry, number)) return error;
    tokenizer.*known.id = static_cast<int32_t>(*number);
  }
  const MetadataEntry *several = file.entry(endTokensKey);
  if (!several) return llvm::Error::success();
  if (llvm::Error error =
          array(endTokensKey, "token ids", false, tokenizer.endTokens, [](const Value &value) { return value.asInteger(); }))
    return error;
  for (int32_t number : tokenizer.endTokens)
    if (llvm::Error error = id(*several, number)) return error;
  return llvm::Error::success();
}

llvm::Error TokenizerReader::flags() {
  for (const FlagKey &known : flagKeys) {
    if (!file.entry(known.key)) continue;
    llvm::Expected<bool> flag = file.boolean(known.key);
    if (!flag) return flag.takeError();
    tokenizer.*known.flag = *flag;
  }
  return llvm::Error::success();
}

llvm::Expected<TokenizerMetadata> TokenizerReader::read() {
  for (llvm::StringRef needed : {modelKey, tokensKey})
    if (!file.entry(needed))
      return file.error("the file has no tokenizer: metadata key " + quoted(needed) + " is missing",
                        "convert the model with its tokenizer; files with weights or a vocabulary only cannot be compiled");
  auto asString = [](const Value &value) { return value.asString(); };
  auto asNumber = [](const Value &value) { return value.asNumber(); };
  auto asInteger = [](const Value &value) { return value.asInteger(); };
  if (llvm::Error error = string(modelKey, tokenizer.model)) return std::move(error);
  if (llvm::Error error = string(preKey, tokenizer.pre)) return std::move(error);
  if (llvm::Error error = string(templateKey, tokenizer.chatTemplate)) return std::move(error);
  if (llvm::Error error = array(tokensKey, "strings", false, tokenizer.tokens, asString)) return std::move(error);
  if (tokenizer.tokens.empty()) return file.error(*file.entry(tokensKey), "metadata key " + quoted(tokensKey) + " has no tokens");
  if (llvm::Error error = array(scoresKey, "numbers", true, tokenizer.scores, asNumber)) return std::move(error);
  if (llvm::Error error = array(typesKey, "integers", true, tokenizer.types, asInteger)) return std::move(error);
  if (llvm::Error error = array(mergesKey, "strings", false, tokenizer.merges, asString)) return std::move(error);
  if (const MetadataEntry *map = file.entry(characterMapKey)) {
    std::optional<llvm::ArrayRef<uint8_t>> bytes = map->value.asBytes();
    if (!bytes)
      return file.error(*map, "metadata key " + quoted(characterMapKey) + " is of type " + map->value.typeText() + ", not bytes");
    tokenizer.characterMap = *bytes;
  }
  if (llvm::Error error = ids()) return std::move(error);
  if (llvm::Error error = flags()) return std::move(error);
  return std::move(tokenizer);
}

} // namespace

llvm::Expected<TokenizerMetadata> readTokenizer(const File &file) { return TokenizerReader(file).read(); }

llvm::Expected<text::TokenizerSource> tokenizerSource(const File &file) {
  llvm::Expected<TokenizerMetadata> read = readTokenizer(file);
  if (!read) return read.takeError();
  const struct {
    llvm::StringLiteral key;
    bool unsupported;
  } unusual[] = {{"tokenizer.ggml.treat_whitespace_as_suffix", read->treatWhitespaceAsSuffix.value_or(false)},
                 {"tokenizer.ggml.escape_whitespaces", !read->escapeWhitespaces.value_or(true)},
                 {"tokenizer.ggml.remove_extra_whitespaces", read->removeExtraWhitespaces.value_or(false)}};
  for (const auto &[key, unsupported] : unusual)
    if (unsupported)
      return file.error(*file.entry(key), quoted(key) + " is " + file.find(key)->text() + ", which is not supported yet");
  text::TokenizerSource source;
  source.model = read->model.str();
  source.pre = read->pre.str();
  source.tokens.assign(read->tokens.begin(), read->tokens.end());
  source.tokenTypes = std::move(read->types);
  source.scores = std::move(read->scores);
  source.merges.assign(read->merges.begin(), read->merges.end());
  source.bos = read->bos;
  source.eos = read->eos;
  source.eot = read->eot;
  source.eom = read->eom;
  source.unknown = read->unknown;
  source.padding = read->padding;
  source.addBos = read->addBos;
  source.addEos = read->addEos;
  source.addSpacePrefix = read->addSpacePrefix;
  source.chatTemplate = read->chatTemplate.str();
  return source;
}

} // namespace ingot::gguf
