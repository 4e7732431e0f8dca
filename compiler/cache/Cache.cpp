// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/cache/Cache.h"

#include "compiler/cache/Place.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

namespace ingot::cache {
namespace {

constexpr const char *lockName = "lock";
constexpr size_t keyDigits = 32;

std::string inside(StringRef folder, StringRef name) { return (folder + "/" + name).str(); }

/// The names in a folder; none if it cannot be read.
std::vector<std::string> namesIn(const std::string &folder) {
  std::vector<std::string> names;
  std::error_code code;
  for (llvm::sys::fs::directory_iterator entry(folder, code), end; !code && entry != end; entry.increment(code))
    names.push_back(llvm::sys::path::filename(entry->path()).str());
  return names;
}

int flockAgain(int descriptor, int operation) {
  int result;
  do result = flock(descriptor, operation);
  while (result != 0 && errno == EINTR);
  return result;
}

/// Whether the lock file is still the one under its name: whoever removes an entry removes its lock, too.
bool isCurrent(int descriptor, const std::string &path) {
  struct stat held, named;
  return fstat(descriptor, &held) == 0 && stat(path.c_str(), &named) == 0 && held.st_ino == named.st_ino &&
         held.st_dev == named.st_dev;
}

bool isProgram(const std::string &path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && (status.st_mode & S_IXUSR) && status.st_size > 0;
}

void markUsed(const std::string &path) {
  struct timespec times[2] = {{0, UTIME_NOW}, {0, UTIME_OMIT}};
  utimensat(AT_FDCWD, path.c_str(), times, 0);
}

/// Only what looks like ours is ever removed.
bool isKey(StringRef name) { return name.size() == keyDigits && llvm::all_of(name, llvm::isHexDigit); }

/// Empties and removes an entry's folder, the lock last. The lock must be held.
void removeFiles(const std::string &entryFolder) {
  for (const std::string &name : namesIn(entryFolder))
    if (name != lockName) unlink(inside(entryFolder, name).c_str());
  unlink(inside(entryFolder, lockName).c_str());
  rmdir(entryFolder.c_str());
}

Error folderError(const std::string &folder, int code) {
  return llvm::createStringError(folder + ": error: the cache cannot be used: " + strerror(code) +
                                 "\nnote: set XDG_CACHE_HOME to a folder that can be written to, or use 'ingot compile'");
}

} // namespace

Lease::~Lease() {
  if (lock >= 0) close(lock);
}

Expected<Cache> Cache::open() {
  Expected<std::string> folder = cacheFolder();
  if (!folder) return folder.takeError();
  Expected<uint64_t> limit = cacheLimitBytes();
  if (!limit) return limit.takeError();
  return Cache(*folder, *limit);
}

/// A descriptor that holds the entry's lock, or -1 and an error number. The entry's folder is made if need be.
int Cache::lockEntry(const std::string &entryFolder, int operation, int &outCode) const {
  std::string path = inside(entryFolder, lockName);
  for (;;) {
    if (std::error_code code = llvm::sys::fs::create_directories(entryFolder)) return outCode = code.value(), -1;
    int descriptor = ::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0666);
    if (descriptor < 0 && errno == ENOENT) continue; // removed at this moment
    if (descriptor < 0) return outCode = errno, -1;
    if (flockAgain(descriptor, operation) == 0 && isCurrent(descriptor, path)) return descriptor;
    outCode = errno;
    close(descriptor);
    if ((operation & LOCK_NB) && outCode == EWOULDBLOCK) return -1;
    if (outCode == ENOLCK || outCode == EOPNOTSUPP) return -1;
  }
}

Expected<Lease> Cache::get(StringRef key, StringRef name, bool renew, llvm::function_ref<Error(StringRef path)> make) {
  std::string entryFolder = inside(root, key), program = inside(entryFolder, name);
  for (bool made = false;; made = true) {
    int code = 0;
    {
      Lease lease(program, lockEntry(entryFolder, LOCK_SH, code));
      if (!lease.isHeld()) return folderError(root, code);
      if (isProgram(program) && (made || !renew)) {
        markUsed(program);
        if (made) shrink(key);
        return lease;
      }
    }
    // A shared lock cannot become exclusive in one step: someone else may have made the program meanwhile.
    Lease alone(program, lockEntry(entryFolder, LOCK_EX, code));
    if (!alone.isHeld()) return folderError(root, code);
    if (isProgram(program) && !renew) continue;
    if (Error error = make(program)) {
      if (!isProgram(program)) removeFiles(entryFolder);
      return error;
    }
    if (!isProgram(program)) return llvm::createStringError("internal error: compilation left no program at '" + program + "'");
  }
}

std::vector<Entry> Cache::list() const {
  std::vector<Entry> entries;
  for (const std::string &key : namesIn(root)) {
    if (!isKey(key)) continue;
    for (const std::string &name : namesIn(inside(root, key))) {
      std::string path = inside(inside(root, key), name);
      struct stat status;
      if (name == lockName || stat(path.c_str(), &status) != 0 || !isProgram(path)) continue;
      auto sinceEpoch = std::chrono::seconds(status.st_atim.tv_sec) + std::chrono::nanoseconds(status.st_atim.tv_nsec);
      auto lastUse = std::chrono::duration_cast<std::chrono::system_clock::duration>(sinceEpoch);
      entries.push_back({key, name, path, uint64_t(status.st_blocks) * 512, std::chrono::system_clock::time_point(lastUse)});
    }
  }
  llvm::sort(entries, [](const Entry &a, const Entry &b) { return std::tie(b.lastUse, b.key) < std::tie(a.lastUse, a.key); });
  return entries;
}

/// Removes an entry unless it is in use.
bool Cache::remove(StringRef key) const {
  int code = 0;
  std::string entryFolder = inside(root, key);
  Lease alone(entryFolder, lockEntry(entryFolder, LOCK_EX | LOCK_NB, code));
  if (!alone.isHeld()) return false;
  removeFiles(entryFolder);
  return true;
}

void Cache::shrink(StringRef keep) const {
  std::vector<Entry> entries = list();
  uint64_t total = 0;
  for (const Entry &entry : entries) total += entry.bytes;
  for (const Entry &entry : llvm::reverse(entries))
    if (total > limitBytes && entry.key != keep && remove(entry.key)) total -= entry.bytes;
}

uint64_t Cache::clear() {
  uint64_t freed = 0;
  std::vector<Entry> entries = list();
  for (const std::string &key : namesIn(root))
    if (isKey(key) && remove(key))
      for (const Entry &entry : entries)
        if (entry.key == key) freed += entry.bytes;
  return freed;
}

} // namespace ingot::cache
