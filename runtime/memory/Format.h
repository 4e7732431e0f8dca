// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// printf into a growing text.
#ifndef INGOT_RUNTIME_MEMORY_FORMAT_H
#define INGOT_RUNTIME_MEMORY_FORMAT_H

#include "runtime/memory/Array.h"

#include <stdarg.h>
#include <stdio.h>

namespace ingot::runtime {

__attribute__((format(printf, 2, 3))) inline void appendFormat(Text &out, const char *format, ...) {
  va_list arguments, again;
  va_start(arguments, format);
  va_copy(again, arguments);
  const int length = vsnprintf(nullptr, 0, format, arguments);
  va_end(arguments);
  if (length > 0) {
    const size_t before = out.size(), room = static_cast<size_t>(length) + 1;
    out.resize(before + room);
    vsnprintf(out.data() + before, room, format, again);
    out.truncate(before + room - 1);
  }
  va_end(again);
}

} // namespace ingot::runtime
#endif
