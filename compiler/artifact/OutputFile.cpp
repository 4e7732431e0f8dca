// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/artifact/OutputFile.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/raw_ostream.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;

namespace ingot::artifact {
namespace {

std::string folderOf(StringRef path) {
  StringRef parent = llvm::sys::path::parent_path(path);
  return parent.empty() ? std::string(".") : parent.str();
}

/// The system's text for an error number, in our spelling: "no space left on device".
std::string describe(int code) {
  std::string text = strerror(code);
  if (text.size() > 1 && !llvm::isUpper(text[1])) text[0] = llvm::toLower(text[0]);
  return text;
}

/// What is known about the limit that was met, as a note.
std::string explainLimit(StringRef path, int code) {
  struct statvfs system;
  struct rlimit limit;
  if ((code == ENOSPC || code == EDQUOT) && statvfs(folderOf(path).c_str(), &system) == 0)
    return ("\nnote: " + Twine(uint64_t(system.f_bavail) * system.f_frsize >> 20) + " MiB are free where '" + path +
            "' is to lie; free some, or name another place with '-o'")
        .str();
  if (code == EFBIG && getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
    return ("\nnote: files may have " + Twine(uint64_t(limit.rlim_cur)) + " bytes here; 'ulimit -f unlimited' lifts that").str();
  return "";
}

Error outputError(StringRef path, const Twine &what) { return llvm::createStringError(path + ": error: " + what); }

Error systemError(StringRef path, const Twine &action, int code) {
  return outputError(path, "cannot " + action + ": " + describe(code) + explainLimit(path, code));
}

bool sameFile(const struct stat &a, const struct stat &b) { return a.st_dev == b.st_dev && a.st_ino == b.st_ino; }

/// A name beside `path` that nobody has: hidden, so that a glob does not pick it up.
std::string temporaryName(StringRef path) {
  llvm::SmallString<128> name(folderOf(path));
  llvm::sys::path::append(name, "." + llvm::sys::path::filename(path) + ".ingot-" +
                                    llvm::utohexstr((uint64_t(llvm::sys::Process::GetRandomNumber()) << 32) ^ getpid(), true));
  return name.str().str();
}

} // namespace

Error checkOutput(StringRef path, llvm::ArrayRef<std::string> inputs) {
  struct stat output, input, folder;
  std::string folderPath = folderOf(path);
  if (path.empty() || llvm::sys::path::is_separator(path.back())) return outputError(path, "the output must be the name of a file");
  if (stat(path.str().c_str(), &output) == 0) {
    if (S_ISDIR(output.st_mode)) return outputError(path, "the output is a folder\nnote: name a file inside it");
    if (!S_ISREG(output.st_mode)) return outputError(path, "the output exists and is not a regular file");
    for (const std::string &name : inputs)
      if (stat(name.c_str(), &input) == 0 && sameFile(output, input))
        return outputError(path, "the output would replace the input '" + name + "'");
  }
  if (stat(folderPath.c_str(), &folder) != 0) return systemError(path, "write into '" + folderPath + "'", errno);
  if (!S_ISDIR(folder.st_mode)) return outputError(path, "'" + folderPath + "' is not a folder");
  if (faccessat(AT_FDCWD, folderPath.c_str(), W_OK | X_OK, AT_EACCESS) != 0)
    return systemError(path, "write into '" + folderPath + "'", errno);
  return Error::success();
}

Expected<OutputFile> OutputFile::create(StringRef path, bool executable, Naming naming) {
  mode_t mode = executable ? 0777 : 0666; // less the umask
  if (naming == Naming::Automatic && access("/proc/self/fd", X_OK) == 0) {
    int descriptor = open(folderOf(path).c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, mode);
    if (descriptor >= 0) return OutputFile(path, descriptor, "");
  }
  for (int attempt = 0;; ++attempt) {
    std::string name = temporaryName(path);
    llvm::sys::RemoveFileOnSignal(name); // first, or a signal in between would leave it
    int descriptor = open(name.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, mode);
    if (descriptor >= 0) return OutputFile(path, descriptor, name);
    int code = errno;
    llvm::sys::DontRemoveFileOnSignal(name);
    if (code != EEXIST || attempt == 16) return systemError(path, "be created", code);
  }
}

OutputFile::OutputFile(OutputFile &&other)
    : outputPath(std::move(other.outputPath)), descriptor(other.descriptor), temporaryPath(std::move(other.temporaryPath)) {
  other.descriptor = -1;
  other.temporaryPath.clear();
}

OutputFile::~OutputFile() {
  if (descriptor >= 0) close(descriptor);
  if (temporaryPath.empty()) return;
  unlink(temporaryPath.c_str());
  llvm::sys::DontRemoveFileOnSignal(temporaryPath);
}

Error OutputFile::failed(StringRef action, int code) const { return systemError(outputPath, action, code); }

Error OutputFile::writeAt(const void *bytes, size_t size, uint64_t offset) const {
  const char *next = static_cast<const char *>(bytes);
  for (size_t left = size; left != 0;) {
    ssize_t written = pwrite(descriptor, next, left, static_cast<off_t>(offset + (size - left)));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return failed("be written", written < 0 ? errno : ENOSPC);
    next += written, left -= written;
  }
  // The disk works while the next part is packed; flush() then has little left to wait for.
  if (size >= (1 << 20)) sync_file_range(descriptor, static_cast<off_t>(offset), static_cast<off_t>(size), SYNC_FILE_RANGE_WRITE);
  return Error::success();
}

Error OutputFile::reserve(uint64_t offset, uint64_t size) const {
  if (size == 0) return Error::success();
  while (fallocate(descriptor, 0, static_cast<off_t>(offset), static_cast<off_t>(size)) != 0) {
    if (errno == EINTR) continue;
    if (errno == EOPNOTSUPP || errno == ENOSYS) return Error::success(); // the writes will tell
    return failed("be written", errno);
  }
  return Error::success();
}

Error OutputFile::flush() const {
  while (fsync(descriptor) != 0)
    if (errno != EINTR) return failed("be written", errno);
  return Error::success();
}

/// Links the nameless file; 0 or an error number.
int OutputFile::giveName(const std::string &name) const {
  std::string self = "/proc/self/fd/" + std::to_string(descriptor);
  return linkat(AT_FDCWD, self.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0 ? 0 : errno;
}

Error OutputFile::commit() {
  if (temporaryPath.empty()) {
    int code = giveName(outputPath);
    if (code == 0) return Error::success();
    if (code != EEXIST) return failed("be created", code);
    // linkat cannot replace a file, rename can: take a name for an instant.
    std::string name = temporaryName(outputPath);
    llvm::sys::RemoveFileOnSignal(name);
    if (code = giveName(name); code != 0) {
      llvm::sys::DontRemoveFileOnSignal(name);
      return failed("be created", code);
    }
    temporaryPath = name;
  }
  if (rename(temporaryPath.c_str(), outputPath.c_str()) != 0) return failed("be replaced", errno);
  llvm::sys::DontRemoveFileOnSignal(temporaryPath);
  temporaryPath.clear();
  return Error::success();
}

Error writeWhole(StringRef path, llvm::ArrayRef<std::string> inputs, StringRef contents) {
  if (path == "-") {
    llvm::outs() << contents;
    llvm::outs().flush();
    if (!llvm::outs().has_error()) return Error::success();
    int code = llvm::outs().error().value();
    llvm::outs().clear_error();
    return outputError("standard output", "cannot be written: " + describe(code));
  }
  if (Error error = checkOutput(path, inputs)) return error;
  Expected<OutputFile> file = OutputFile::create(path, false);
  if (!file) return file.takeError();
  if (Error error = file->writeAt(contents.data(), contents.size(), 0)) return error;
  if (Error error = file->flush()) return error;
  return file->commit();
}

} // namespace ingot::artifact
