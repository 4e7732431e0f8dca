// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A GGUF model: one file, or all parts of a split one, memory-mapped and checked. Nothing is copied: names, strings and tensor data
// point into the mapping and live as long as the File.
//
//   llvm::Expected<gguf::File> file = gguf::File::open("model.gguf");
//   if (!file) return file.takeError();            // llvm::toString gives "model.gguf: error: …\nnote: …"
//   llvm::Expected<int64_t> layers = file->integer("llama.block_count");
//   const gguf::Tensor *norm = file->tensor("output_norm.weight");
#ifndef INGOT_FRONTENDS_GGUF_FILE_H
#define INGOT_FRONTENDS_GGUF_FILE_H

#include "frontends/gguf/Part.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/Support/MemoryBuffer.h"

#include <deque>
#include <memory>

namespace ingot::gguf {

class File {
public:
  /// Opens a file, or with any part of a split one (`…-00001-of-00003.gguf`) all of its parts.
  static llvm::Expected<File> open(llvm::StringRef path);
  /// The same from memory, at least one part, in order; each buffer's identifier stands for its path.
  static llvm::Expected<File> read(std::vector<std::unique_ptr<llvm::MemoryBuffer>> parts);

  /// The first part's path as given.
  llvm::StringRef path() const { return path(0); }
  llvm::StringRef path(unsigned part) const { return buffers[part]->getBufferIdentifier(); }
  unsigned partCount() const { return buffers.size(); }
  uint64_t bytes(unsigned part) const { return buffers[part]->getBufferSize(); }
  /// Whether a part is mapped; small files are read into memory instead.
  bool isMapped(unsigned part) const { return buffers[part]->getBufferKind() == llvm::MemoryBuffer::MemoryBuffer_MMap; }
  uint32_t version() const { return fileVersion; }
  uint64_t alignment() const { return fileAlignment; }

  /// In the file's order; of a split model the first part's, which describe the whole.
  llvm::ArrayRef<MetadataEntry> metadata() const { return entries; }
  /// In the file's order, part after part.
  llvm::ArrayRef<Tensor> tensors() const { return directory; }
  /// Null when there is none.
  const Tensor *tensor(llvm::StringRef name) const;
  const MetadataEntry *entry(llvm::StringRef key) const;
  const Value *find(llvm::StringRef key) const;

  // Typed metadata. A missing key is an error unless there is a fallback; a value of another kind always is.
  llvm::Expected<int64_t> integer(llvm::StringRef key, std::optional<int64_t> fallback = std::nullopt) const;
  llvm::Expected<double> number(llvm::StringRef key, std::optional<double> fallback = std::nullopt) const;
  llvm::Expected<bool> boolean(llvm::StringRef key, std::optional<bool> fallback = std::nullopt) const;
  llvm::Expected<std::string> string(llvm::StringRef key, std::optional<llvm::StringRef> fallback = std::nullopt) const;

  /// `--set key=value`: replaces a number, bool or string by `text` read as the same type. A key that the file lacks can be added
  /// below `<general.architecture>.` and `tokenizer.`, with the type that the text looks like.
  llvm::Error set(llvm::StringRef key, llvm::StringRef text);

  // Complaints in this file's name.
  llvm::Error error(const llvm::Twine &what, const llvm::Twine &note = "") const;
  llvm::Error error(const MetadataEntry &entry, const llvm::Twine &what, const llvm::Twine &note = "") const;
  llvm::Error error(const Tensor &tensor, const llvm::Twine &what, const llvm::Twine &note = "") const;
  llvm::Error missingKey(llvm::StringRef key) const;
  /// For a tensor whose `format` is empty: names the format and those that are known.
  llvm::Error unsupportedFormat(const Tensor &tensor) const;

private:
  File() = default;
  static llvm::Expected<File> assemble(std::vector<std::unique_ptr<llvm::MemoryBuffer>> buffers, std::vector<Part> parts);
  llvm::Error checkParts(std::vector<Part> &parts) const;
  llvm::Error addTensors(std::vector<Part> &parts);

  std::vector<std::unique_ptr<llvm::MemoryBuffer>> buffers;
  uint32_t fileVersion = 0;
  uint64_t fileAlignment = 0;
  std::vector<MetadataEntry> entries;
  std::vector<Tensor> directory;
  llvm::DenseMap<llvm::StringRef, unsigned> entryIndex, tensorIndex;
  std::deque<std::string> overrides; ///< texts that overridden keys and values point to
};

} // namespace ingot::gguf
#endif
