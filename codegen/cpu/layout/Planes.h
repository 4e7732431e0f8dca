// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Places planes one after the other, each on a multiple of 64 bytes (a cache line and a 512-bit register).
#ifndef INGOT_CODEGEN_CPU_LAYOUT_PLANES_H
#define INGOT_CODEGEN_CPU_LAYOUT_PLANES_H

#include <cstdint>

namespace ingot::cpu {

class Planes {
public:
  /// The offset of a new plane of that many bytes.
  int64_t add(int64_t planeBytes) {
    const int64_t offset = end;
    end += (planeBytes + 63) / 64 * 64;
    return offset;
  }
  int64_t bytes() const { return end; }

private:
  int64_t end = 0;
};

} // namespace ingot::cpu
#endif
