// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/memory/Region.h"
#include "runtime/memory/Array.h"

#include <stdio.h>
#include <sys/mman.h>

namespace ingot::runtime {

void smallAllocationFailed(size_t bytes) {
  fprintf(stderr, "error: out of memory: an allocation of %zu bytes failed\n", bytes);
  abort();
}

bool Region::reserve(uint64_t wanted, Pages pages, const char *what, Error &error) {
  release();
  if (wanted == 0) return true;
  const bool large = pages == Pages::large && wanted >= kLargePage;
  const uint64_t rounded = (wanted + 4095) & ~uint64_t{4095};
  const uint64_t slack = large ? kLargePage : 0;
  void *start = rounded < wanted
                    ? MAP_FAILED
                    : mmap(nullptr, rounded + slack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (start == MAP_FAILED) return errors::outOfMemory(error, what, wanted);
  char *first = static_cast<char *>(start);
  if (large) { // large pages want their own alignment; what sticks out at both ends goes back
    char *aligned = reinterpret_cast<char *>((reinterpret_cast<uintptr_t>(first) + kLargePage - 1) & ~uintptr_t{kLargePage - 1});
    if (aligned > first) munmap(first, static_cast<size_t>(aligned - first));
    char *end = first + rounded + slack;
    if (end > aligned + rounded) munmap(aligned + rounded, static_cast<size_t>(end - aligned - rounded));
    first = aligned;
  }
  madvise(first, rounded, large ? MADV_HUGEPAGE : MADV_NOHUGEPAGE); // advice: a kernel without it does without
  memory = first, bytes = rounded;
  return true;
}

void Region::release() {
  if (memory) munmap(memory, bytes);
  memory = nullptr, bytes = 0;
}

void Region::forget() {
  if (memory) madvise(memory, bytes, MADV_DONTNEED);
}

} // namespace ingot::runtime
