// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// CRC-32C, the checksum of code, weights and trailer. It can be computed piece by piece in any order and combined, which is what
// lets several threads write one blob.
#ifndef INGOT_COMPILER_ARTIFACT_CHECKSUM_H
#define INGOT_COMPILER_ARTIFACT_CHECKSUM_H

#include <cstddef>
#include <cstdint>

namespace ingot::artifact {

/// The checksum of `size` bytes that follow bytes whose checksum is `before` (0 for none).
uint32_t checksum(const void *bytes, size_t size, uint32_t before = 0);

/// The checksum of A followed by B, from theirs and the size of B. O(log sizeB).
uint32_t combineChecksums(uint32_t a, uint32_t b, uint64_t sizeB);

/// The checksum of bytes followed by `zeros` zero bytes. O(log zeros).
uint32_t extendChecksumByZeros(uint32_t before, uint64_t zeros);

} // namespace ingot::artifact
#endif
