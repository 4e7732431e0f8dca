// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Makes a text section from a tokeniser written as JSON, with the fields of TokenizerSource: the way for scripts to test with
// real models' tokenisers.   text-section SOURCE.json SECTION
#include "frontends/text/TextSection.h"
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

using ingot::text::TokenizerSource;

template <typename Value> static void take(const nlohmann::json &json, const char *name, Value &out) {
  if (json.contains(name)) out = json[name].get<Value>();
}
template <typename Value> static void take(const nlohmann::json &json, const char *name, std::optional<Value> &out) {
  if (json.contains(name)) out = json[name].get<Value>();
}

int main(int argc, char **argv) {
  if (argc != 3) return fprintf(stderr, "usage: text-section SOURCE.json SECTION\n"), 2;
  nlohmann::json json = nlohmann::json::parse(std::ifstream(argv[1]));
  TokenizerSource source;
  take(json, "model", source.model);
  take(json, "pre", source.pre);
  take(json, "tokens", source.tokens);
  take(json, "tokenTypes", source.tokenTypes);
  take(json, "scores", source.scores);
  take(json, "merges", source.merges);
  take(json, "bos", source.bos);
  take(json, "eos", source.eos);
  take(json, "eot", source.eot);
  take(json, "eom", source.eom);
  take(json, "unknown", source.unknown);
  take(json, "padding", source.padding);
  take(json, "addBos", source.addBos);
  take(json, "addEos", source.addEos);
  take(json, "addSpacePrefix", source.addSpacePrefix);
  take(json, "chatTemplate", source.chatTemplate);
  llvm::Expected<std::string> section = ingot::text::buildTextSection(source);
  if (!section) {
    fprintf(stderr, "%s: error: %s\n", argv[1], llvm::toString(section.takeError()).c_str());
    return 1;
  }
  std::ofstream(argv[2], std::ios::binary).write(section->data(), std::streamsize(section->size()));
  return 0;
}
