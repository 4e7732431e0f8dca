// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a number of a block is, by its index in the block: the formats' definitions, read off one element at a time.
#ifndef INGOT_TEST_REFERENCE_FORMATS_H
#define INGOT_TEST_REFERENCE_FORMATS_H

#include <cstddef>
#include <cstdint>

namespace ingot::reference {

struct BlockShape {
  size_t elements, bytes;
};

/// Of a format by ggml's number.
BlockShape blockShape(uint32_t format);

/// The number at index `i` of the block at `block`.
double element(uint32_t format, const uint8_t *block, size_t i);

} // namespace ingot::reference
#endif
