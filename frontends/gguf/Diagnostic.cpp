// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/gguf/Diagnostic.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

namespace ingot::gguf {

llvm::Error fileError(llvm::StringRef path, const llvm::Twine &what, std::optional<uint64_t> offset, const llvm::Twine &note) {
  std::string text;
  llvm::raw_string_ostream out(text);
  out << path << ": error: " << what;
  if (offset) out << " (offset " << hexadecimal(*offset) << ")";
  const std::string notes = note.str();
  llvm::SmallVector<llvm::StringRef> lines;
  llvm::StringRef(notes).split(lines, '\n', -1, /*KeepEmpty=*/false);
  for (llvm::StringRef line : lines) out << "\nnote: " << line;
  return llvm::createStringError(llvm::inconvertibleErrorCode(), text);
}

std::string quoted(llvm::StringRef name) {
  constexpr size_t longest = 80;
  std::string text = "'";
  const bool utf8 = llvm::json::isUTF8(name);
  size_t length = std::min(name.size(), longest);
  if (utf8)
    while (length < name.size() && (name[length] & 0xc0) == 0x80) --length; // not in the middle of a character
  for (unsigned char byte : name.take_front(length)) {
    if (byte < 0x20 || byte == 0x7f || (byte >= 0x80 && !utf8))
      text += "\\x" + llvm::toHex(llvm::ArrayRef<uint8_t>(byte), /*LowerCase=*/true);
    else
      text += static_cast<char>(byte);
  }
  return text + (length < name.size() ? "…'" : "'");
}

std::string hexadecimal(uint64_t offset) { return "0x" + llvm::utohexstr(offset, /*LowerCase=*/true); }

} // namespace ingot::gguf
