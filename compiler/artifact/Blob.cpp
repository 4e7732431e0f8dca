// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/artifact/Blob.h"

#include "compiler/artifact/Checksum.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <map>
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

/// Writes the file large page by large page. File systems that cache a file in pieces of many sizes (ext4 since Linux 6.16, xfs,
/// btrfs) choose the size by the write that brings them, and only a piece of this size can be mapped as a large page: decoding was
/// 4 % faster so (Zen 3, one thread and two). What several parts share waits in memory until all of them have come.
class LargePages {
public:
  LargePages(const OutputFile &file, uint64_t fileOffset, uint64_t blobBytes, llvm::ArrayRef<const BlobPart *> parts)
      : file(file), fileOffset(fileOffset), blobBytes(blobBytes), parts(parts) {}

  /// `offset` is the blob's. Any thread.
  Error write(const char *bytes, uint64_t size, uint64_t offset) {
    for (uint64_t end = offset + size; offset < end;) {
      const uint64_t page = offset / largePageBytes, count = std::min(endOf(page), end) - offset;
      const bool isWhole = count == endOf(page) - beginOf(page);
      if (Error error = isWhole ? file.writeAt(bytes, count, fileOffset + offset) : writeShared(page, bytes, count, offset))
        return error;
      offset += count, bytes += count;
    }
    return Error::success();
  }

private:
  struct Waiting {
    std::vector<char> bytes;
    uint64_t missing; ///< bytes of parts that have not come
  };

  static uint64_t beginOf(uint64_t page) { return page * largePageBytes; }
  uint64_t endOf(uint64_t page) const { return std::min(beginOf(page + 1), blobBytes); }

  uint64_t bytesOfParts(uint64_t page) const {
    const uint64_t begin = beginOf(page), end = endOf(page);
    auto endsBefore = [](const BlobPart *part, uint64_t begin) { return part->offset + part->size <= begin; };
    uint64_t sum = 0;
    for (auto it = llvm::lower_bound(parts, begin, endsBefore); it != parts.end() && (*it)->offset < end; ++it)
      sum += std::min((*it)->offset + (*it)->size, end) - std::max((*it)->offset, begin);
    return sum;
  }

  Error writeShared(uint64_t page, const char *bytes, uint64_t count, uint64_t offset) {
    std::unique_lock lock(mutex);
    std::unique_ptr<Waiting> &place = waiting[page];
    if (!place) place = std::make_unique<Waiting>(Waiting{std::vector<char>(endOf(page) - beginOf(page)), bytesOfParts(page)});
    Waiting *shared = place.get();
    lock.unlock();
    std::memcpy(shared->bytes.data() + (offset - beginOf(page)), bytes, count);
    lock.lock();
    if ((shared->missing -= count) != 0) return Error::success();
    const std::unique_ptr<Waiting> full = std::move(waiting[page]);
    waiting.erase(page);
    lock.unlock();
    return file.writeAt(full->bytes.data(), full->bytes.size(), fileOffset + beginOf(page));
  }

  const OutputFile &file;
  uint64_t fileOffset, blobBytes;
  llvm::ArrayRef<const BlobPart *> parts;
  std::mutex mutex;
  std::map<uint64_t, std::unique_ptr<Waiting>> waiting;
};

} // namespace

/// The threads, and what they share: the next part to take, the checksums, the first error.
class BlobWriting::Writer {
public:
  Writer(const OutputFile &file, uint64_t fileOffset, uint64_t blobBytes, std::vector<const BlobPart *> inOrder)
      : file(file), blobBytes(blobBytes), parts(std::move(inOrder)), pages(file, fileOffset, blobBytes, parts),
        checksums(parts.size()) {}

  ~Writer() {
    stopped = true;
    join();
    llvm::consumeError(std::move(failure));
  }

  void start(unsigned count) {
    for (unsigned i = 0; i < count; ++i) threads.emplace_back([this] { work(); });
  }

  Expected<uint32_t> finish() {
    join();
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
  void join() {
    for (std::thread &thread : threads) thread.join();
    threads.clear();
  }

  void work() {
    uint64_t largest = 0;
    for (const BlobPart *part : parts) largest = std::max(largest, part->size);
    std::unique_ptr<char, FreeBuffer> buffer(
        static_cast<char *>(std::aligned_alloc(bufferAlignment, (largest | (bufferAlignment - 1)) + 1)));
    if (!buffer) return fail(llvm::createStringError(file.path() + ": error: not enough memory for " + Twine(largest) + " bytes"));
    for (size_t index; !stopped && (index = next++) < parts.size();)
      if (Error error = writePart(index, buffer.get())) fail(std::move(error));
  }

  Error writePart(size_t index, char *buffer) {
    const BlobPart &part = *parts[index];
    std::memset(buffer, 0, part.size); // what a packer leaves out must not depend on the part before
    if (Error error = part.write({buffer, static_cast<size_t>(part.size)})) return error;
    checksums[index] = checksum(buffer, part.size);
    return pages.write(buffer, part.size, part.offset);
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
  uint64_t blobBytes;
  std::vector<const BlobPart *> parts;
  LargePages pages;
  std::vector<uint32_t> checksums;
  std::vector<std::thread> threads;
  std::atomic<size_t> next = 0;
  std::atomic<bool> stopped = false;
  std::mutex mutex;
  Error failure = Error::success();
};

BlobWriting::BlobWriting(std::unique_ptr<Writer> writer) : writer(std::move(writer)) {}
BlobWriting::BlobWriting(BlobWriting &&) = default;
BlobWriting::~BlobWriting() = default;

Expected<BlobWriting> BlobWriting::start(const OutputFile &file, uint64_t fileOffset, uint64_t blobBytes,
                                         llvm::ArrayRef<BlobPart> parts, unsigned threads) {
  Expected<std::vector<const BlobPart *>> sorted = sortParts(blobBytes, parts);
  if (!sorted) return sorted.takeError();
  if (Error error = file.reserve(fileOffset, blobBytes)) return error;
  if (threads == 0) threads = std::max(1u, std::thread::hardware_concurrency());
  threads = static_cast<unsigned>(std::min<size_t>(threads, sorted->size()));
  BlobWriting writing(std::make_unique<Writer>(file, fileOffset, blobBytes, std::move(*sorted)));
  writing.writer->start(threads);
  return writing;
}

Expected<uint32_t> BlobWriting::finish() { return writer->finish(); }

} // namespace ingot::artifact
