// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/gguf/Cursor.h"

namespace ingot::gguf {

void Cursor::fail(const llvm::Twine &what, uint64_t at, const llvm::Twine &note) {
  if (hasFailed) return;
  hasFailed = true;
  llvm::consumeError(std::move(error));
  error = fileError(path, what, at, note);
}

llvm::ArrayRef<uint8_t> Cursor::take(uint64_t size, const llvm::Twine &what) {
  if (hasFailed) return {};
  if (size > left()) {
    fail("the file ends within " + what + ": " + llvm::Twine(size) + " bytes needed, " + llvm::Twine(left()) + " left", position,
         truncated);
    return {};
  }
  llvm::ArrayRef<uint8_t> bytes = contents.slice(position, size);
  position += size;
  return bytes;
}

llvm::StringRef Cursor::string(const llvm::Twine &what) {
  const uint64_t at = position, length = number<uint64_t>("the length of " + what);
  if (hasFailed) return {};
  if (length > left()) {
    fail(what + " is " + llvm::Twine(length) + " bytes long, but the file has only " + llvm::Twine(left()) + " bytes left", at,
         truncated);
    return {};
  }
  llvm::ArrayRef<uint8_t> bytes = take(length, what);
  return {reinterpret_cast<const char *>(bytes.data()), bytes.size()};
}

uint64_t Cursor::count(const llvm::Twine &what, uint64_t bytesEach) {
  const uint64_t at = position, value = number<uint64_t>("the number of " + what);
  if (hasFailed) return 0;
  if (value > left() / bytesEach) {
    fail(llvm::Twine(value) + " " + what + " need at least " + llvm::Twine(bytesEach) + " bytes each, but the file has only " +
             llvm::Twine(left()) + " bytes left",
         at, truncated);
    return 0;
  }
  return value;
}

} // namespace ingot::gguf
