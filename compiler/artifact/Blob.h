// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The packed weights on their way to the file: parts are produced by several threads, each into one buffer of its own, so that the
// memory needed is threads × (largest part + 2 MiB) however large the model is.
#ifndef INGOT_COMPILER_ARTIFACT_BLOB_H
#define INGOT_COMPILER_ARTIFACT_BLOB_H

#include "compiler/artifact/OutputFile.h"

#include <cstdint>
#include <functional>
#include <memory>
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
      write; ///< fills the part, which is zero before; called by any thread, once each time the blob is written
};

/// The blob on its way to a file, by threads of its own: whoever starts it has something else to do meanwhile. `file` and `parts`
/// must outlive it; parts may come in any order.
class BlobWriting {
public:
  static llvm::Expected<BlobWriting> start(const OutputFile &file, uint64_t fileOffset, uint64_t blobBytes,
                                           llvm::ArrayRef<BlobPart> parts, unsigned threads);
  BlobWriting(BlobWriting &&);
  ~BlobWriting(); ///< without finish(): stops as soon as the parts at work are done

  /// Waits for the end; the blob's CRC-32C.
  llvm::Expected<uint32_t> finish();

private:
  class Writer;
  explicit BlobWriting(std::unique_ptr<Writer> writer);
  std::unique_ptr<Writer> writer;
};

} // namespace ingot::artifact
#endif
