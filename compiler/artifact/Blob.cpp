// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/artifact/Blob.h"

#include "compiler/artifact/Checksum.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <thread>

using llvm::Error;
using llvm::Expected;
using llvm::Twine;

namespace ingot::artifact {
namespace {

constexpr size_t bufferAlignment = 64; // packing may use aligned stores

/// In the order of their offsets, or what is wrong with them.
Expected<std::vector<const BlobPart *>> sortParts(uint64_t blobBytes, llvm::ArrayRef<BlobPart> parts) {
  std::vector<const BlobPart *> sorted;
  for (const BlobPart &part : parts) sorted.push_back(&part);
  llvm::sort(sorted, [](const BlobPart *a, const BlobPart *b) { return a->offset < b->offset; });
  uint64_t end = 0;
  for (const BlobPart *part : sorted) {
    if (part->offset < end)
      return llvm::createStringError("internal error: a part of the weights begins at " + Twine(part->offset) +
                                     ", before the end of another at " + Twine(end));
    if (part->offset > blobBytes || part->size > blobBytes - part->offset)
      return llvm::createStringError("internal error: a part of the weights ends at " + Twine(part->offset + part->size) +
                                     ", the weights at " + Twine(blobBytes));
    end = part->offset + part->size;
  }
  return sorted;
}

struct FreeBuffer {
  void operator()(char *buffer) const { std::free(buffer); }
};

/// What the threads share: the next part to take, the checksums, the first error.
class Writer {
public:
  Writer(const OutputFile &file, uint64_t fileOffset, llvm::ArrayRef<const BlobPart *> parts)
      : file(file), fileOffset(fileOffset), parts(parts), checksums(parts.size()) {}

  void work() {
    uint64_t largest = 0;
    for (const BlobPart *part : parts) largest = std::max(largest, part->size);
    std::unique_ptr<char, FreeBuffer> buffer(
        static_cast<char *>(std::aligned_alloc(bufferAlignment, (largest | (bufferAlignment - 1)) + 1)));
    if (!buffer) return fail(llvm::createStringError(file.path() + ": error: not enough memory for " + Twine(largest) + " bytes"));
    for (size_t index; !stopped && (index = next++) < parts.size();)
      if (Error error = writePart(index, buffer.get())) fail(std::move(error));
  }

  Expected<uint32_t> finish(uint64_t blobBytes) {
    if (failure) return std::move(failure);
    uint32_t sum = 0;
    uint64_t end = 0;
    for (auto [part, partSum] : llvm::zip(parts, checksums)) {
      sum = combineChecksums(extendChecksumByZeros(sum, part->offset - end), partSum, part->size);
      end = part->offset + part->size;
    }
    return extendChecksumByZeros(sum, blobBytes - end);
  }

private:
  Error writePart(size_t index, char *buffer) {
    const BlobPart &part = *parts[index];
    std::memset(buffer, 0, part.size); // what a packer leaves out must not depend on the part before
    if (Error error = part.write({buffer, static_cast<size_t>(part.size)})) return error;
    checksums[index] = checksum(buffer, part.size);
    return file.writeAt(buffer, part.size, fileOffset + part.offset);
  }

  void fail(Error error) {
    stopped = true;
    std::lock_guard lock(mutex);
    if (failure)
      llvm::consumeError(std::move(error)); // one clear error
    else
      failure = std::move(error);
  }

  const OutputFile &file;
  uint64_t fileOffset;
  llvm::ArrayRef<const BlobPart *> parts;
  std::vector<uint32_t> checksums;
  std::atomic<size_t> next = 0;
  std::atomic<bool> stopped = false;
  std::mutex mutex;
  Error failure = Error::success();
};

} // namespace

Expected<uint32_t> writeBlob(const OutputFile &file, uint64_t fileOffset, uint64_t blobBytes, llvm::ArrayRef<BlobPart> parts,
                             unsigned threads) {
  Expected<std::vector<const BlobPart *>> sorted = sortParts(blobBytes, parts);
  if (!sorted) return sorted.takeError();
  if (Error error = file.reserve(fileOffset, blobBytes)) return error;
  if (threads == 0) threads = std::max(1u, std::thread::hardware_concurrency());
  threads = static_cast<unsigned>(std::min<size_t>(threads, std::max<size_t>(1, sorted->size())));
  Writer writer(file, fileOffset, *sorted);
  std::vector<std::thread> others;
  for (unsigned i = 1; i < threads; ++i) others.emplace_back([&] { writer.work(); });
  writer.work();
  for (std::thread &thread : others) thread.join();
  return writer.finish(blobBytes);
}

} // namespace ingot::artifact
