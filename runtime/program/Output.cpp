// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/program/Output.h"
#include "runtime/memory/Format.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ingot::runtime {

bool writeAll(int descriptor, const void *data, size_t bytes) {
  const char *p = static_cast<const char *>(data);
  while (bytes > 0) {
    const ssize_t written = ::write(descriptor, p, bytes);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    p += written, bytes -= static_cast<size_t>(written);
  }
  return true;
}

bool Output::write(std::string_view text) {
  if (good() && !writeAll(STDOUT_FILENO, text.data(), text.size())) code = errno;
  return good();
}

bool Output::explain(Error &error) const {
  if (good()) return true;
  return code == EPIPE ? false : errors::cannotWrite(error, "standard output", code);
}

void say(const char *format, ...) {
  char line[1024];
  va_list arguments;
  va_start(arguments, format);
  const int length = vsnprintf(line, sizeof line - 1, format, arguments);
  va_end(arguments);
  if (length < 0) return;
  const size_t used = static_cast<size_t>(length) < sizeof line - 2 ? static_cast<size_t>(length) : sizeof line - 2;
  line[used] = '\n';
  writeAll(STDERR_FILENO, line, used + 1);
}

void report(const char *program, const Error &error) {
  if (error.status == INGOT_OK) return;
  Text lines;
  appendFormat(lines, "%s: error: %s\n", error.place[0] ? error.place : program, error.text);
  if (error.notes[0]) appendFormat(lines, "%s\n", error.notes);
  writeAll(STDERR_FILENO, lines.data(), lines.size());
}

OutputFile::~OutputFile() {
  if (descriptor >= 0) close(descriptor);
  if (!temporary.empty()) unlink(temporary.data());
}

bool OutputFile::open(const char *newPath, Error &error) {
  path = newPath;
  struct stat facts;
  if (stat(path, &facts) == 0 && !S_ISREG(facts.st_mode)) {
    descriptor = ::open(path, O_WRONLY | O_CLOEXEC);
    return descriptor >= 0 || errors::cannotWrite(error, path, errno);
  }
  appendFormat(temporary, "%s.XXXXXX", path);
  temporary.push(0);
  descriptor = mkostemp(temporary.data(), O_CLOEXEC);
  if (descriptor >= 0) {
    const mode_t mask = umask(0);
    umask(mask);
    fchmod(descriptor, 0666 & ~mask); // mkostemp made it for its owner alone
    return true;
  }
  temporary.clear();
  return errors::cannotWrite(error, path, errno);
}

bool OutputFile::write(const void *data, size_t bytes, Error &error) {
  return writeAll(descriptor, data, bytes) || errors::cannotWrite(error, path, errno);
}

bool OutputFile::writeAt(uint64_t offset, const void *data, size_t bytes, Error &error) {
  if (lseek(descriptor, static_cast<off_t>(offset), SEEK_SET) < 0) return errors::cannotWrite(error, path, errno);
  return write(data, bytes, error);
}

bool OutputFile::finish(Error &error) {
  if (temporary.empty()) return true;
  const bool complete = fsync(descriptor) == 0 && close(descriptor) == 0;
  const int code = errno;
  descriptor = -1;
  if (!complete) return errors::cannotWrite(error, path, code);
  if (rename(temporary.data(), path) != 0) return errors::cannotWrite(error, path, errno);
  temporary.clear();
  return true;
}

} // namespace ingot::runtime
