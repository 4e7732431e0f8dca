// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The compiled template while it grows: nodes, lists of children, strings (each once).
#ifndef INGOT_FRONTENDS_TEXT_TEMPLATETREE_H
#define INGOT_FRONTENDS_TEXT_TEMPLATETREE_H

#include "runtime/abi/ChatTemplate.h"
#include "runtime/abi/Text.h"
#include <map>
#include <string>
#include <vector>

namespace ingot::text {

constexpr uint32_t none = INGOT_TEXT_NONE;

struct TemplateTree {
  std::vector<ingot_template_node> nodes;
  std::vector<uint32_t> words;
  std::vector<ingot_text_array> strings;
  std::string bytes;

  uint32_t node(ingot_template_kind kind, unsigned line, uint32_t a = 0, uint32_t b = 0, uint32_t c = 0, unsigned operation = 0) {
    nodes.push_back({uint8_t(kind), uint8_t(operation), uint16_t(line < 0xffff ? line : 0xffff), a, b, c});
    return uint32_t(nodes.size() - 1);
  }
  uint32_t list(const std::vector<uint32_t> &elements) {
    words.insert(words.end(), elements.begin(), elements.end());
    return uint32_t(words.size() - elements.size());
  }
  uint32_t string(const std::string &text) {
    auto [found, isNew] = known.try_emplace(text, uint32_t(strings.size()));
    if (isNew) {
      strings.push_back({uint32_t(bytes.size()), uint32_t(text.size())});
      bytes += text;
    }
    return found->second;
  }

private:
  std::map<std::string, uint32_t> known;
};

} // namespace ingot::text
#endif
