// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Compiled programs, kept for the next time. On the disk:
//
//     <folder>/<key>/lock       held (flock) exclusively while the program is made or removed, shared while it is about to run
//     <folder>/<key>/<name>     the program; its access time is set at each use and decides who goes first
//
// Any number of processes may use the cache at once. Two that want the same program: one compiles, the other waits for it.
#ifndef INGOT_COMPILER_CACHE_CACHE_H
#define INGOT_COMPILER_CACHE_CACHE_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace ingot::cache {

/// A program that stays in the cache as long as this object lives, or until the process becomes that program.
class Lease {
public:
  Lease(std::string path, int lock) : programPath(std::move(path)), lock(lock) {}
  Lease(Lease &&other) : programPath(std::move(other.programPath)), lock(other.lock) { other.lock = -1; }
  Lease &operator=(Lease &&) = delete;
  ~Lease();

  const std::string &path() const { return programPath; }
  bool isHeld() const { return lock >= 0; }

private:
  std::string programPath;
  int lock;
};

struct Entry {
  std::string key, name, path;
  uint64_t bytes; ///< on the disk
  std::chrono::system_clock::time_point lastUse;
};

class Cache {
public:
  /// As the environment says.
  static llvm::Expected<Cache> open();
  Cache(std::string folder, uint64_t limitBytes) : root(std::move(folder)), limitBytes(limitBytes) {}

  const std::string &folder() const { return root; }

  /// The program of this key. If there is none, or `renew` asks for it, `make` writes it to the path given, whole or not at all;
  /// afterwards the programs that were not used for the longest time go until the rest fits the limit.
  llvm::Expected<Lease> get(llvm::StringRef key, llvm::StringRef name, bool renew,
                            llvm::function_ref<llvm::Error(llvm::StringRef path)> make);

  /// Latest use first.
  std::vector<Entry> list() const;

  /// Removes every program that nobody is about to run; returns the bytes freed.
  uint64_t clear();

private:
  int lockEntry(const std::string &entryFolder, int operation, int &outCode) const;
  bool remove(llvm::StringRef key) const;
  void shrink(llvm::StringRef keep) const;

  std::string root;
  uint64_t limitBytes;
};

} // namespace ingot::cache
#endif
