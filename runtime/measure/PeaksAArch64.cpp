// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/measure/Peaks.h"

namespace ingot::runtime {

namespace {

typedef uint64_t Line __attribute__((vector_size(16)));

void readKernel(const ingot_frame *, void *const *operands, int64_t begin, int64_t end, void *) {
  const auto *p = reinterpret_cast<const Line *>(static_cast<const char *>(operands[0]) + begin * kPieceBytes);
  const Line *last = p + (end - begin) * (kPieceBytes / sizeof(Line));
  Line a{}, b{}, c{}, d{};
  for (; p < last; p += 4) a ^= p[0], b ^= p[1], c ^= p[2], d ^= p[3];
  const Line all = (a ^ b) ^ (c ^ d);
  asm volatile("" : : "w"(all)); // nobody else looks at it
}

} // namespace

ingot_kernel readingKernel() { return readKernel; }

// Of its dot products none is measured yet.
void measurePeaks(Team &, char *, Limits &) {}

} // namespace ingot::runtime
