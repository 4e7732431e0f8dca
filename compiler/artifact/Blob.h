// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The packed weights on their way to the file: parts are produced by several threads, each into one buffer of its own, so that the
// memory needed is threads × (largest part + 2 MiB) however large the model is.
#ifndef INGOT_COMPILER_ARTIFACT_BLOB_H
#define INGOT_COMPILER_ARTIFACT_BLOB_H

#include "compiler/artifact/OutputFile.h"

#include <cstdint>
#include <functional>
#include <vector>

namespace ingot::artifact {

/// The blob lies on a multiple of this in its file, so that the system can map it with large pages.
constexpr uint64_t largePageBytes = 2 << 20;

/// Larger tensors should come as several parts: the memory needed grows with the largest.
constexpr uint64_t blobPartBytesMax = 16 << 20;

/// A piece of the blob. Bytes between parts are zero.
struct BlobPart {
  uint64_t offset, size; ///< bytes from the blob's start
  std::function<llvm::Error(llvm::MutableArrayRef<char>)>
      write; ///< fills the part, which is zero before; called by any thread, once
};

/// Writes the blob to `file` at `fileOffset` and returns its CRC-32C. Parts may come in any order.
llvm::Expected<uint32_t> writeBlob(const OutputFile &file, uint64_t fileOffset, uint64_t blobBytes, llvm::ArrayRef<BlobPart> parts,
                                   unsigned threads);

} // namespace ingot::artifact
#endif
