// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One GGUF file on its own, checked from the first byte to the last tensor's end:
//
//   "GGUF"  version u32  tensor count u64  key count u64
//   keys     (name, value type u32, value) …          strings: length u64, bytes; arrays: element type u32, count u64, elements
//   tensors  (name, rank u32, dimensions u64 …, format u32, offset u64) …
//   padding to general.alignment, then the tensors' data; offsets count from here
#ifndef INGOT_FRONTENDS_GGUF_PART_H
#define INGOT_FRONTENDS_GGUF_PART_H

#include "dialects/packed/BlockFormat.h"
#include "frontends/gguf/Value.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"

namespace ingot::gguf {

struct MetadataEntry {
  llvm::StringRef key;
  Value value;
  uint64_t offset;         ///< of the key in its file
  bool overridden = false; ///< set by the user, not by the file
};

struct Tensor {
  llvm::StringRef name;
  llvm::SmallVector<int64_t, 4> dims; ///< fastest first; none is zero
  uint32_t ggmlType;                  ///< the file's number
  std::optional<packed::BlockFormat> format;
  llvm::ArrayRef<uint8_t> data; ///< empty only for formats whose size nobody knows
  unsigned part;                ///< index of the file that holds the data
  uint64_t offset;              ///< of the data in that file
  uint64_t entryOffset;         ///< of the directory entry in that file, for messages

  int64_t columns() const { return dims.front(); }
  int64_t rows() const { return elements() / columns(); }
  int64_t elements() const;
  /// "576x49152": dimensions in the file's order.
  std::string shapeText() const;
};

struct Part {
  uint32_t version = 0;
  uint64_t alignment = 32;
  std::vector<MetadataEntry> metadata; ///< keys are unique
  std::vector<Tensor> tensors;         ///< names are unique, data does not overlap

  const Value *find(llvm::StringRef key) const;
};

/// The result points into `contents`. `part` is what Tensor::part becomes.
llvm::Expected<Part> parsePart(llvm::StringRef path, llvm::ArrayRef<uint8_t> contents, unsigned part);

} // namespace ingot::gguf
#endif
