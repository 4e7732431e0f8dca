// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/gguf/SplitName.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

namespace ingot::gguf {

std::optional<SplitName> SplitName::parse(llvm::StringRef path) {
  // "-00001-of-00003" after the prefix
  constexpr size_t digits = 5, length = 1 + digits + 4 + digits;
  if (!path.consume_back(".gguf") || path.size() <= length) return std::nullopt;
  llvm::StringRef tail = path.take_back(length);
  SplitName name = {path.drop_back(length), 0, 0};
  const bool matches = tail.consume_front("-") && !tail.take_front(digits).getAsInteger(10, name.number) &&
                       tail.drop_front(digits).starts_with("-of-") && !tail.take_back(digits).getAsInteger(10, name.count);
  if (!matches || name.number == 0 || name.number > name.count) return std::nullopt;
  return name;
}

std::string SplitName::part(unsigned which) const {
  std::string text;
  llvm::raw_string_ostream(text) << prefix << llvm::format("-%05u-of-%05u.gguf", which, count);
  return text;
}

} // namespace ingot::gguf
