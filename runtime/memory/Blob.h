// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The weights where they lie: at the end of the program's own file, or in a file beside it. Opening finds them and checks that they
// are there, whole and this program's; mapping makes them readable without a copy.
#ifndef INGOT_RUNTIME_MEMORY_BLOB_H
#define INGOT_RUNTIME_MEMORY_BLOB_H

#include "runtime/Errors.h"
#include "runtime/abi/Model.h"

namespace ingot::runtime {

/// Path of the file that the code or data at `address` was loaded from: the program or a shared library.
bool ownFile(const void *address, char (&path)[4096], Error &error);

class Blob {
public:
  Blob() = default;
  Blob(const Blob &) = delete;
  Blob &operator=(const Blob &) = delete;
  ~Blob();

  /// Opens the blob of `model`, whose code is in the file `program`; checks trailer, identity and code, not the weights.
  bool open(const struct ingot_model &model, const char *program, Error &error);
  /// Pieces of the weights to make present, so that the first token does not fault their pages in one by one; none where they don't
  /// fit into memory.
  uint32_t piecesToPopulate() const;
  /// Makes pieces [begin, end) present; threads may share the work.
  void populate(uint64_t begin, uint64_t end) const;
  /// Checks every byte of the weights.
  bool verify(Error &error) const;

  /// Checks the tokeniser's tables and the chat template, without which an altered one would talk nonsense or crash.
  bool verifyText(const ingot_section &text, Error &error) const;

  const char *data() const { return mapped; }
  const char *path() const { return file; }

private:
  bool map(int descriptor, Error &error);

  char file[4096] = "";
  const char *mapped = nullptr;
  ingot_trailer trailer = {};
};

} // namespace ingot::runtime
#endif
