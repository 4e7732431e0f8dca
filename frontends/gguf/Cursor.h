// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads a file's header front to back. Nothing is read before it is known to lie in the file. The first complaint sticks: reads
// after it return zeros and do not move, so callers check `failed()` once a group, and in every loop that a count from the file
// drives.
#ifndef INGOT_FRONTENDS_GGUF_CURSOR_H
#define INGOT_FRONTENDS_GGUF_CURSOR_H

#include "frontends/gguf/Diagnostic.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Endian.h"

namespace ingot::gguf {

class Cursor {
public:
  Cursor(llvm::StringRef path, llvm::ArrayRef<uint8_t> contents) : path(path), contents(contents) {}
  ~Cursor() { llvm::consumeError(std::move(error)); }

  uint64_t offset() const { return position; }
  uint64_t left() const { return contents.size() - position; }
  bool failed() const { return hasFailed; }
  llvm::Error takeError() { return std::move(error); }

  /// Keeps the first complaint.
  void fail(const llvm::Twine &what, uint64_t at, const llvm::Twine &note = "");

  /// The next `size` bytes; empty after a complaint. `what` names them: "the version".
  llvm::ArrayRef<uint8_t> take(uint64_t size, const llvm::Twine &what);

  void skip(uint64_t size, const llvm::Twine &what) { (void)take(size, what); }

  template <typename T> T number(const llvm::Twine &what) {
    llvm::ArrayRef<uint8_t> bytes = take(sizeof(T), what);
    if (failed()) return T();
    return llvm::support::endian::read<T, llvm::endianness::little>(bytes.data());
  }

  /// A 64-bit length and that many bytes.
  llvm::StringRef string(const llvm::Twine &what);

  /// A 64-bit count of things that take at least `bytesEach` bytes, which must fit into the rest of the file.
  uint64_t count(const llvm::Twine &what, uint64_t bytesEach);

  static constexpr llvm::StringLiteral truncated =
      "the file is cut off or damaged; compare its size with the original's and get it again";

private:
  llvm::StringRef path;
  llvm::ArrayRef<uint8_t> contents;
  uint64_t position = 0;
  bool hasFailed = false;
  llvm::Error error = llvm::Error::success();
};

} // namespace ingot::gguf
#endif
