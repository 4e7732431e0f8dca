// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/memory/Blob.h"
#include "runtime/memory/Checksum.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <unistd.h>

namespace ingot::runtime {

namespace {

constexpr uint64_t kLargePage = 2 << 20;
constexpr uint32_t kTrailerVersion = 1;

class File {
public:
  explicit File(const char *path) : descriptor(open(path, O_RDONLY | O_CLOEXEC)) {}
  ~File() {
    if (descriptor >= 0) close(descriptor);
  }
  const int descriptor;
};

// A program knows itself better than the loader does: argv[0] may be any text.
bool isExecutable(const void *loadAddress) {
  const char *base = static_cast<const char *>(loadAddress);
  Elf64_Ehdr header;
  memcpy(&header, base, sizeof header);
  if (header.e_type == ET_EXEC) return true;
  for (unsigned i = 0; i < header.e_phnum; i++) {
    Elf64_Phdr segment;
    memcpy(&segment, base + header.e_phoff + i * sizeof segment, sizeof segment);
    if (segment.p_type == PT_INTERP) return true;
  }
  return false;
}

bool checkCode(int descriptor, const char *path, const ingot_trailer &trailer, Error &error) {
  if (trailer.code_bytes == 0) return true;
  void *code = mmap(nullptr, trailer.code_bytes, PROT_READ, MAP_PRIVATE, descriptor, 0);
  if (code == MAP_FAILED) return errors::cannotRead(error, path, errno);
  madvise(code, trailer.code_bytes, MADV_WILLNEED);
  const uint32_t computed = crc32c(code, trailer.code_bytes);
  munmap(code, trailer.code_bytes);
  return computed == trailer.code_checksum || errors::codeDamaged(error, path, trailer.code_checksum, computed);
}

} // namespace

bool ownFile(const void *address, char (&path)[4096], Error &error) {
  Dl_info info;
  if (!dladdr(address, &info) || !info.dli_fbase) return errors::noOwnFile(error);
  if (isExecutable(info.dli_fbase)) {
    const ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length <= 0) return errors::noOwnFile(error);
    path[length] = 0;
    // A file deleted or replaced since the start can still be read under this name.
    if (access(path, R_OK) != 0) snprintf(path, sizeof path, "/proc/self/exe");
    return true;
  }
  if (!info.dli_fname || !realpath(info.dli_fname, path)) return errors::noOwnFile(error);
  return true;
}

Blob::~Blob() {
  if (mapped) munmap(const_cast<char *>(mapped), trailer.blob_bytes);
}

bool Blob::open(const struct ingot_model &model, const char *program, Error &error) {
  if (model.abi_version != INGOT_MODEL_ABI_VERSION) return errors::modelVersion(error, model.abi_version, INGOT_MODEL_ABI_VERSION);
  snprintf(file, sizeof file, "%s", program);
  if (model.external) {
    const char *slash = strrchr(program, '/');
    snprintf(file, sizeof file, "%.*s%s", slash ? static_cast<int>(slash - program + 1) : 0, program, model.external);
  }
  const File opened(file);
  if (opened.descriptor < 0)
    return model.external ? errors::externalNotFound(error, file, errno) : errors::cannotOpen(error, file, errno);

  struct stat facts;
  if (fstat(opened.descriptor, &facts) != 0) return errors::cannotRead(error, file, errno);
  const uint64_t fileBytes = static_cast<uint64_t>(facts.st_size);
  if (fileBytes < sizeof trailer) return errors::weightsMissing(error, file, fileBytes, model.blob_bytes, model.external);
  const ssize_t got = pread(opened.descriptor, &trailer, sizeof trailer, static_cast<off_t>(fileBytes - sizeof trailer));
  if (got != static_cast<ssize_t>(sizeof trailer)) return errors::cannotRead(error, file, got < 0 ? errno : EIO);

  ingot_trailer found = trailer;
  trailer = {}; // nothing is mapped until all is checked
  if (memcmp(found.magic, "INGOTBLB", 8) != 0)
    return errors::weightsMissing(error, file, fileBytes, model.blob_bytes, model.external);
  const uint32_t computed = crc32c(&found, offsetof(ingot_trailer, trailer_checksum));
  if (computed != found.trailer_checksum) return errors::trailerDamaged(error, file, found.trailer_checksum, computed);
  if (found.version != kTrailerVersion) return errors::trailerVersion(error, file, found.version, kTrailerVersion);
  if (found.blob_identity != model.blob_identity || found.blob_bytes != model.blob_bytes)
    return errors::foreignWeights(error, file, found.blob_identity, model.blob_identity);
  const uint64_t needed = found.blob_offset + found.blob_bytes + sizeof trailer;
  if (needed > fileBytes || found.code_bytes > found.blob_offset || found.blob_offset % 4096 != 0)
    return errors::truncated(error, file, fileBytes, needed);
  if (!checkCode(opened.descriptor, file, found, error)) return false;
  trailer = found;
  return map(opened.descriptor, error);
}

// At an address that is as far from a large page's border as the file's offset, so that the system can use large pages.
bool Blob::map(int descriptor, Error &error) {
  if (trailer.blob_bytes == 0) return true;
  const uint64_t bytes = trailer.blob_bytes;
  void *space = mmap(nullptr, bytes + kLargePage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (space == MAP_FAILED) return errors::cannotMap(error, file, bytes, errno);
  char *first = static_cast<char *>(space);
  const uint64_t distance = (kLargePage + trailer.blob_offset - reinterpret_cast<uintptr_t>(first)) % kLargePage;
  char *wanted = first + distance;
  void *result = mmap(wanted, bytes, PROT_READ, MAP_SHARED | MAP_FIXED, descriptor, static_cast<off_t>(trailer.blob_offset));
  const int code = errno;
  if (distance >= 4096) munmap(first, distance & ~uint64_t{4095});
  char *end = wanted + ((bytes + 4095) & ~uint64_t{4095});
  char *spaceEnd = first + ((bytes + kLargePage + 4095) & ~uint64_t{4095});
  if (spaceEnd > end) munmap(end, static_cast<size_t>(spaceEnd - end));
  if (result == MAP_FAILED) return errors::cannotMap(error, file, bytes, code);
  mapped = wanted;
  madvise(result, bytes, MADV_HUGEPAGE); // advice: file systems without it do without
  return true;
}

constexpr uint64_t kPieceBytes = 2 << 20;

uint32_t Blob::piecesToPopulate() const {
  struct sysinfo memory;
  if (!mapped || sysinfo(&memory) != 0) return 0;
  if (trailer.blob_bytes > memory.totalram * uint64_t{memory.mem_unit} / 4 * 3) return 0;
  return static_cast<uint32_t>((trailer.blob_bytes + kPieceBytes - 1) / kPieceBytes);
}

void Blob::populate(uint64_t begin, uint64_t end) const {
  constexpr int populateRead = 22; // MADV_POPULATE_READ, Linux 5.14; before it pages come as they are touched
  const uint64_t first = begin * kPieceBytes,
                 last = end * kPieceBytes < trailer.blob_bytes ? end * kPieceBytes : trailer.blob_bytes;
  madvise(const_cast<char *>(mapped) + first, last - first, populateRead);
}

bool Blob::verifyText(const ingot_section &text, Error &error) const {
  if (trailer.text_checksum == 0) return true;
  const uint32_t computed = crc32c(mapped + text.offset, text.size);
  return computed == trailer.text_checksum || errors::textAltered(error, file, trailer.text_checksum, computed);
}

bool Blob::verify(Error &error) const {
  madvise(const_cast<char *>(mapped), trailer.blob_bytes, MADV_SEQUENTIAL);
  const uint32_t computed = crc32c(mapped, trailer.blob_bytes);
  madvise(const_cast<char *>(mapped), trailer.blob_bytes, MADV_NORMAL);
  return computed == trailer.blob_checksum || errors::weightsDamaged(error, file, trailer.blob_checksum, computed);
}

} // namespace ingot::runtime
