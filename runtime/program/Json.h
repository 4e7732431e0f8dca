// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes one JSON object, member by member; objects inside are begun and ended by hand.
#ifndef INGOT_RUNTIME_PROGRAM_JSON_H
#define INGOT_RUNTIME_PROGRAM_JSON_H

#include "runtime/memory/Format.h"

namespace ingot::runtime {

class JsonObject {
public:
  explicit JsonObject(Text &out) : out(out) { append(out, "{"); }

  JsonObject &text(const char *name, const char *value) {
    member(name);
    quoted(value ? value : "");
    return *this;
  }
  JsonObject &integer(const char *name, uint64_t value) {
    member(name);
    appendFormat(out, "%llu", static_cast<unsigned long long>(value));
    return *this;
  }
  JsonObject &number(const char *name, double value) {
    member(name);
    appendFormat(out, "%.6g", value);
    return *this;
  }
  JsonObject &begin(const char *name) {
    member(name);
    append(out, "{");
    first = true;
    return *this;
  }
  JsonObject &finish() {
    append(out, "}");
    first = false;
    return *this;
  }
  void end() { append(out, "}\n"); }

private:
  void member(const char *name) {
    append(out, first ? "" : ", ");
    first = false;
    quoted(name);
    append(out, ": ");
  }
  void quoted(const char *value) {
    out.push('"');
    for (const char *p = value; *p; p++) {
      if (*p == '"' || *p == '\\') out.push('\\');
      if (static_cast<unsigned char>(*p) < 0x20)
        appendFormat(out, "\\u%04x", *p);
      else
        out.push(*p);
    }
    out.push('"');
  }

  Text &out;
  bool first = true;
};

} // namespace ingot::runtime
#endif
