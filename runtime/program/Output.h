// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Standard output, standard error and output files. Whoever reads our output may go away: that ends the program quietly, as
// SIGPIPE would have, and never in the middle of a file.
#ifndef INGOT_RUNTIME_PROGRAM_OUTPUT_H
#define INGOT_RUNTIME_PROGRAM_OUTPUT_H

#include "runtime/Errors.h"
#include "runtime/memory/Array.h"

#include <string_view>

namespace ingot::runtime {

/// Writes all of it, or says why not.
bool writeAll(int descriptor, const void *data, size_t bytes);

/// To standard output, at once. False when nobody can read it any more; closed() or failed() says which.
class Output {
public:
  bool write(std::string_view text);
  bool good() const { return code == 0; }
  /// After a failed write: fills the error, except for a closed pipe, which needs no words.
  bool explain(Error &error) const;

private:
  int code = 0;
};

/// A line on standard error.
__attribute__((format(printf, 1, 2))) void say(const char *format, ...);

/// Prints the error as the house does: place, "error:", text, notes.
void report(const char *program, const Error &error);

/// A file that appears under its name when it is complete, and not at all otherwise. What is no ordinary file (a pipe, /dev/null)
/// is written to directly.
class OutputFile {
public:
  OutputFile() = default;
  OutputFile(const OutputFile &) = delete;
  OutputFile &operator=(const OutputFile &) = delete;
  ~OutputFile();

  bool open(const char *path, Error &error);
  bool write(const void *data, size_t bytes, Error &error);
  /// Writes that many bytes behind the start, in any order: not for pipes.
  bool writeAt(uint64_t offset, const void *data, size_t bytes, Error &error);
  bool finish(Error &error);

private:
  const char *path = nullptr;
  Text temporary; // its name, terminated; empty: written directly
  int descriptor = -1;
};

} // namespace ingot::runtime
#endif
