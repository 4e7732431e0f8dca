// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Large memory straight from the system: address space at first, a page of memory when it is first touched, zero then.
#ifndef INGOT_RUNTIME_MEMORY_REGION_H
#define INGOT_RUNTIME_MEMORY_REGION_H

#include "runtime/Errors.h"

namespace ingot::runtime {

enum class Pages {
  small, ///< for what fills slowly and in many places: a large page would be touched for a few bytes
  large, ///< 2 MiB pages where the system has them
};

class Region {
public:
  static constexpr uint64_t kLargePage = 2 << 20;

  Region() = default;
  Region(const Region &) = delete;
  Region &operator=(const Region &) = delete;
  ~Region() { release(); }

  /// `what` names it in the error. Zero bytes is a region without memory.
  bool reserve(uint64_t bytes, Pages pages, const char *what, Error &error);
  void release();
  /// Gives the memory back and keeps the addresses: the contents are zero again.
  void forget();

  char *data() const { return memory; }
  uint64_t size() const { return bytes; }

private:
  char *memory = nullptr;
  uint64_t bytes = 0;
};

} // namespace ingot::runtime
#endif
