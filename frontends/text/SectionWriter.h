// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Lays arrays one after the other behind the section's head.
#ifndef INGOT_FRONTENDS_TEXT_SECTIONWRITER_H
#define INGOT_FRONTENDS_TEXT_SECTIONWRITER_H

#include "runtime/abi/Text.h"
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ingot::text {

class SectionWriter {
public:
  ingot_text_tables head = {};

  template <typename Element> void add(ingot_text_array &place, std::span<const Element> elements) {
    body.resize((body.size() + 7) / 8 * 8);
    place = {uint32_t(sizeof(head) + body.size()), uint32_t(elements.size())};
    body.append(reinterpret_cast<const char *>(elements.data()), elements.size_bytes());
  }
  template <typename Element> void add(ingot_text_array &place, const std::vector<Element> &elements) {
    add(place, std::span<const Element>(elements));
  }
  void add(ingot_text_array &place, std::string_view bytes) { add(place, std::span<const char>(bytes.data(), bytes.size())); }

  std::string finish() {
    static_assert(sizeof(head) % 8 == 0, "the arrays behind the head are 8-byte aligned");
    body.resize((body.size() + 7) / 8 * 8);
    memcpy(head.magic, INGOT_TEXT_MAGIC, sizeof(head.magic));
    head.version = INGOT_TEXT_VERSION;
    head.size = uint32_t(sizeof(head) + body.size());
    return std::string(reinterpret_cast<const char *>(&head), sizeof(head)) + body;
  }

private:
  std::string body;
};

} // namespace ingot::text
#endif
