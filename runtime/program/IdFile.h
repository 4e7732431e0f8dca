// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A file of token ids: one prompt a line, ids separated by blanks.
#ifndef INGOT_RUNTIME_PROGRAM_IDFILE_H
#define INGOT_RUNTIME_PROGRAM_IDFILE_H

#include "runtime/Errors.h"
#include "runtime/memory/Array.h"

namespace ingot::runtime {

/// The whole of a file or pipe.
bool readFile(const char *path, Text &out, Error &error);
bool readDescriptor(int descriptor, const char *name, Text &out, Error &error);

class IdFile {
public:
  /// Every id is checked against the vocabulary.
  bool read(const char *path, uint32_t vocabulary, Error &error);

  size_t prompts() const { return ends.size(); }
  const int32_t *prompt(size_t index) const { return ids.data() + (index ? ends[index - 1] : 0); }
  size_t size(size_t index) const { return ends[index] - (index ? ends[index - 1] : 0); }

private:
  Array<int32_t> ids;
  Array<size_t> ends; // of each prompt in `ids`
};

} // namespace ingot::runtime
#endif
