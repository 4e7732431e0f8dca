// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/runtime/fake/FakeBlob.h"

#include "frontends/text/TextSection.h"
#include "test/runtime/fake/FakeModel.h"

#include <cstring>
#include <fstream>
#include <sstream>
#include <sys/stat.h>

namespace ingot::fake {

static uint32_t crc32c(const std::string &bytes, size_t count) {
  uint32_t crc = ~0u;
  for (size_t i = 0; i < count; i++) {
    crc ^= static_cast<uint8_t>(bytes[i]);
    for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
  }
  return ~crc;
}

// A token for each byte, as SentencePiece has them, and four special ones.
static std::string makeText(Template kind) {
  text::TokenizerSource source;
  source.model = "llama";
  for (int byte = 0; byte < 256; byte++) {
    char name[8];
    snprintf(name, sizeof name, "<0x%02X>", byte);
    source.tokens.push_back(name);
    source.tokenTypes.push_back(6);
  }
  for (const char *name : {"<bos>", "<end>", "<user>", "<model>", "<system>"}) {
    source.tokens.push_back(name);
    source.tokenTypes.push_back(3);
  }
  source.scores.assign(source.tokens.size(), 0);
  source.bos = kBos, source.eos = kEnd;
  source.addBos = true, source.addSpacePrefix = false;
  if (kind == Template::chat)
    source.chatTemplate =
        "{{ bos_token }}{% for message in messages %}<{{ 'model' if message.role == 'assistant' else message.role }}>"
        "{{ message.content }}<end>{% endfor %}{% if add_generation_prompt %}<model>{% endif %}";
  auto section = text::buildTextSection(source);
  if (!section) {
    fprintf(stderr, "%s\n", llvm::toString(section.takeError()).c_str());
    abort();
  }
  return *section;
}

std::string makeBlob(Template kind) {
  std::string blob(kBlobBytes, '\0');
  uint32_t random = 7;
  for (uint32_t i = 0; i < kVocabulary * kWidth; i++) {
    random = random * 1664525 + 1013904223;
    const float weight = static_cast<float>(static_cast<int32_t>(random)) / 2147483648.0f;
    memcpy(blob.data() + i * 4, &weight, 4);
  }
  memcpy(blob.data() + kNoticesOffset, kNotices, sizeof kNotices - 1);
  const std::string text = makeText(kind);
  if (text.size() > kTextBytes) abort();
  memcpy(blob.data() + kTextOffset, text.data(), text.size());
  return blob;
}

std::string attachBlob(const std::string &code, const std::string &blob) {
  const size_t page = 2 << 20;
  ingot_trailer trailer = {};
  memcpy(trailer.magic, "INGOTBLB", 8);
  trailer.version = 1;
  trailer.blob_offset = (code.size() + page - 1) / page * page;
  trailer.blob_bytes = blob.size();
  trailer.blob_identity = kIdentity;
  trailer.blob_checksum = crc32c(blob, blob.size());
  trailer.code_checksum = crc32c(code, code.size());
  trailer.code_bytes = code.size();
  std::string bytes(reinterpret_cast<const char *>(&trailer), sizeof trailer);
  trailer.trailer_checksum = crc32c(bytes, 60);
  bytes.assign(reinterpret_cast<const char *>(&trailer), sizeof trailer);
  std::string padding(trailer.blob_offset - code.size(), '\0');
  return code + padding + blob + bytes;
}

std::string readBytes(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream contents;
  contents << file.rdbuf();
  return contents.str();
}

void writeBytes(const std::string &path, const std::string &bytes, bool executable) {
  std::ofstream(path, std::ios::binary) << bytes;
  if (executable) chmod(path.c_str(), 0755);
}

} // namespace ingot::fake
