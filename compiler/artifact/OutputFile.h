// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A file that appears whole or not at all. Until commit() it has no name where the file system allows that (O_TMPFILE), so that not
// even a killed process leaves anything; elsewhere it is a hidden file beside the output, unlinked on failure and on signals.
#ifndef INGOT_COMPILER_ARTIFACT_OUTPUTFILE_H
#define INGOT_COMPILER_ARTIFACT_OUTPUTFILE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>

namespace ingot::artifact {

/// Refuses an output that is one of the inputs, a folder, or anything but a regular file, and a folder that cannot be written to.
llvm::Error checkOutput(llvm::StringRef path, llvm::ArrayRef<std::string> inputs);

class OutputFile {
public:
  enum class Naming { Automatic, Named }; ///< Named: as on a file system without O_TMPFILE

  static llvm::Expected<OutputFile> create(llvm::StringRef path, bool executable, Naming naming = Naming::Automatic);
  OutputFile(OutputFile &&other);
  OutputFile &operator=(OutputFile &&) = delete;
  ~OutputFile(); ///< without commit(): nothing is left

  /// May be called by several threads for ranges that do not overlap; starts writing the range to the disk.
  llvm::Error writeAt(const void *bytes, size_t size, uint64_t offset) const;

  /// Claims disk space before the long work of filling it, so that a full disk is found early.
  llvm::Error reserve(uint64_t offset, uint64_t size) const;

  /// Makes the contents durable; the name still waits.
  llvm::Error flush() const;

  /// Gives the file its name, replacing what was there. Call flush() before.
  llvm::Error commit();

  llvm::StringRef path() const { return outputPath; }

private:
  OutputFile(llvm::StringRef path, int descriptor, std::string temporary)
      : outputPath(path), descriptor(descriptor), temporaryPath(std::move(temporary)) {}
  llvm::Error failed(llvm::StringRef action, int code) const;
  int giveName(const std::string &name) const;

  std::string outputPath;
  int descriptor;
  std::string temporaryPath; ///< empty: the file has no name
};

/// Writes `contents` as a whole to `path`, or to the standard output if that is "-".
llvm::Error writeWhole(llvm::StringRef path, llvm::ArrayRef<std::string> inputs, llvm::StringRef contents);

} // namespace ingot::artifact
#endif
