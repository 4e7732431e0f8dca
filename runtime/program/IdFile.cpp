// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/program/IdFile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

namespace ingot::runtime {

bool readDescriptor(int descriptor, const char *name, Text &out, Error &error) {
  for (;;) {
    char piece[1 << 16];
    const ssize_t got = ::read(descriptor, piece, sizeof piece);
    if (got == 0) return true;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errors::cannotRead(error, name, errno);
    out.append(piece, static_cast<size_t>(got));
  }
}

bool readFile(const char *path, Text &out, Error &error) {
  const int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return errors::cannotOpen(error, path, errno);
  const bool complete = readDescriptor(descriptor, path, out, error);
  close(descriptor);
  return complete;
}

static bool isBlank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

bool IdFile::read(const char *path, uint32_t vocabulary, Error &error) {
  Text text;
  if (!readFile(path, text, error)) return false;
  const char *p = text.begin(), *end = text.end();
  for (uint64_t line = 1; p < end; line++) {
    const size_t before = ids.size();
    while (p < end && *p != '\n') {
      if (isBlank(*p)) {
        p++;
        continue;
      }
      const char *word = p;
      while (p < end && *p != '\n' && !isBlank(*p)) p++;
      char digits[32];
      snprintf(digits, sizeof digits, "%.*s", static_cast<int>(p - word < 31 ? p - word : 31), word);
      char *rest;
      const long long id = strtoll(digits, &rest, 10);
      if (p - word > 20 || *rest || rest == digits) return errors::notAnId(error, path, line, digits);
      if (id < 0 || id >= static_cast<long long>(vocabulary)) return errors::idOutOfRange(error, path, line, id, vocabulary);
      ids.push(static_cast<int32_t>(id));
    }
    if (ids.size() == before) return errors::emptyLine(error, path, line);
    ends.push(ids.size());
    if (p < end) p++;
  }
  return prompts() > 0 || errors::emptyFile(error, path);
}

} // namespace ingot::runtime
