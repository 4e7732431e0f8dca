// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/cache/Key.h"

#include "codegen/cpu/target/CpuTarget.h"
#include "frontends/gguf/SplitName.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/BLAKE3.h"
#include "llvm/Support/FileSystem.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

namespace ingot::cache {
namespace {

constexpr size_t beginningBytes = 256 << 10; // hyperparameters and the start of the vocabulary

/// A hash of fields: each goes in with its length, so that no two lists of fields read the same.
class Hash {
public:
  void add(StringRef field) {
    uint64_t size = field.size();
    hasher.update(StringRef(reinterpret_cast<const char *>(&size), sizeof(size)));
    hasher.update(field);
  }
  void add(uint64_t field) { add(StringRef(reinterpret_cast<const char *>(&field), sizeof(field))); }
  std::string digits() { return llvm::toHex(hasher.final<16>(), true); }

private:
  llvm::BLAKE3 hasher;
};

Error addFile(Hash &hash, const std::string &path) {
  auto failed = [&](int code) { return llvm::createStringError(path + ": error: cannot be read: " + strerror(code)); };
  int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return failed(errno);
  auto close = llvm::scope_exit([&] { ::close(descriptor); });
  struct stat status;
  if (fstat(descriptor, &status) != 0) return failed(errno);
  if (!S_ISREG(status.st_mode)) return llvm::createStringError(path + ": error: is not a regular file");
  hash.add(status.st_dev);
  hash.add(status.st_ino);
  hash.add(status.st_size);
  hash.add(status.st_mtim.tv_sec);
  hash.add(status.st_mtim.tv_nsec);
  std::string beginning(beginningBytes, 0);
  ssize_t count = pread(descriptor, beginning.data(), beginning.size(), 0);
  if (count < 0) return failed(errno);
  beginning.resize(count);
  hash.add(beginning);
  return Error::success();
}

} // namespace

Expected<std::vector<std::string>> modelFiles(StringRef model) {
  std::vector<std::string> files;
  if (llvm::sys::fs::is_directory(model)) {
    std::error_code code;
    for (llvm::sys::fs::directory_iterator entry(model, code), end; entry != end && !code; entry.increment(code))
      if (llvm::sys::fs::is_regular_file(entry->path())) files.push_back(entry->path());
    if (code) return llvm::createStringError(model + ": error: cannot be read: " + code.message());
    llvm::sort(files);
    return files;
  }
  if (std::optional<gguf::SplitName> name = gguf::SplitName::parse(model))
    for (unsigned part = 1; part <= name->count; ++part) files.push_back(name->part(part));
  else
    files.push_back(model.str());
  return files;
}

Expected<std::string> makeKey(llvm::ArrayRef<std::string> modelFiles, StringRef canonicalOptions, StringRef compilerVersion,
                              llvm::ArrayRef<std::string> compilerFiles) {
  Hash hash;
  hash.add(canonicalOptions);
  hash.add(compilerVersion);
  for (llvm::ArrayRef<std::string> files : {modelFiles, compilerFiles}) {
    hash.add(files.size());
    for (const std::string &path : files)
      if (Error error = addFile(hash, path)) return error;
  }
  return hash.digits();
}

std::string hostFeatures() { return llvm::join(cpu::hostFeatures(), ","); }

} // namespace ingot::cache
