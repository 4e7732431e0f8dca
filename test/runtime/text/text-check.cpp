// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs a text section over many cases, for scripts; it is linked without libstdc++, as compiled programs are.
//   text-check SECTION info
//   text-check SECTION encode [special] [bos] < texts > ids      a line of ids for each text
//   text-check SECTION decode < ids > texts                      through the streaming decoder, from the start of a text
//   text-check SECTION render|chat < chats > texts|ids           what the template makes of a chat; its tokens
// A text is its length in bytes (uint32) and the bytes. A chat is two uint32, the number of messages and whether to add the
// generation prompt, then role and content of each as texts. A template's failure gives "error: …".
#include "runtime/text/ChatTemplate.h"
#include "runtime/text/Tokenizer.h"
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>

using namespace ingot::runtime;

static bool readNumber(uint32_t &number) { return fread(&number, sizeof(number), 1, stdin) == 1; }
static bool readText(Text &text) {
  uint32_t size;
  if (!readNumber(size)) return false;
  text.resize(size);
  return size == 0 || fread(text.data(), size, 1, stdin) == 1;
}
static void writeText(std::string_view text) {
  uint32_t size = uint32_t(text.size());
  fwrite(&size, sizeof(size), 1, stdout);
  fwrite(text.data(), 1, text.size(), stdout);
}
static void writeIds(const Array<int32_t> &ids) {
  for (size_t i = 0; i < ids.size(); ++i) printf(i ? " %d" : "%d", ids[i]);
  putchar('\n');
}

static void encode(const Tokenizer &tokenizer, bool special, bool bos) {
  Text text;
  while (readText(text)) {
    Array<int32_t> ids;
    tokenizer.encode(view(text), special, bos, ids);
    writeIds(ids);
  }
}

static void decode(const Tokenizer &tokenizer) {
  char *line = nullptr;
  size_t room = 0;
  while (getline(&line, &room, stdin) >= 0) {
    StreamDecoder decoder(tokenizer, true);
    Text text;
    char *at = line, *end = line;
    for (long id = strtol(at, &end, 10); end != at; id = strtol(at, &end, 10)) {
      append(text, decoder.push(int32_t(id), true));
      at = end;
    }
    append(text, decoder.flush());
    writeText(view(text));
  }
  free(line);
}

static void render(const Tokenizer &tokenizer, bool toTokens) {
  uint32_t count, prompt;
  while (readNumber(count) && readNumber(prompt)) {
    Text *parts = static_cast<Text *>(calloc(2 * count + 1, sizeof(Text)));
    Array<ChatMessage> messages;
    for (uint32_t i = 0; i < count; ++i) {
      readText(parts[2 * i]);
      readText(parts[2 * i + 1]);
      messages.push({view(parts[2 * i]), view(parts[2 * i + 1])});
    }
    ChatOptions options;
    options.addGenerationPrompt = prompt != 0;
    options.now = 1700000000;
    Text text, error;
    Array<int32_t> ids;
    bool rendered = renderChat(tokenizer, messages.data(), messages.size(), options, text, error);
    if (!rendered) {
      text.clear();
      append(text, "error: ");
      append(text, view(error));
    }
    if (toTokens && rendered) tokenizer.encodeChat(view(text), ids);
    toTokens ? writeIds(ids) : writeText(view(text));
    for (uint32_t i = 0; i < 2 * count; ++i) parts[i].~Text();
    free(parts);
  }
}

int main(int argc, char **argv) {
  if (argc < 3) return fprintf(stderr, "usage: text-check SECTION info|encode|decode|render|chat [special] [bos]\n"), 2;
  int file = open(argv[1], O_RDONLY);
  struct stat status;
  if (file < 0 || fstat(file, &status) != 0) return fprintf(stderr, "%s: error: cannot be read\n", argv[1]), 1;
  void *section = mmap(nullptr, size_t(status.st_size), PROT_READ, MAP_PRIVATE, file, 0);
  Tokenizer tokenizer;
  if (section == MAP_FAILED || !tokenizer.open(section, size_t(status.st_size)))
    return fprintf(stderr, "%s: error: is no text section\n", argv[1]), 1;
  std::string_view mode = argv[2];
  bool special = false, bos = false;
  for (int i = 3; i < argc; ++i) {
    special |= std::string_view(argv[i]) == "special";
    bos |= std::string_view(argv[i]) == "bos";
  }
  if (mode == "encode") return encode(tokenizer, special, bos), 0;
  if (mode == "decode") return decode(tokenizer), 0;
  if (mode == "render") return render(tokenizer, false), 0;
  if (mode == "chat") return render(tokenizer, true), 0;
  printf("tokens %u, bos %d, eos %d, adds bos %d, template %d, end tokens", tokenizer.vocabulary(), tokenizer.bos(),
         tokenizer.eos(), tokenizer.addsBos(), tokenizer.hasTemplate());
  for (int32_t id : tokenizer.textTables().endTokens) printf(" %d", id);
  putchar('\n');
  return 0;
}
