// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// CRC-32C (Castagnoli), by the processor's own instruction where it has one: three streams at once, because one waits three cycles
// for each eight bytes.
#ifndef INGOT_RUNTIME_MEMORY_CHECKSUM_H
#define INGOT_RUNTIME_MEMORY_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

namespace ingot::runtime {

/// Checksum of `bytes` bytes that follow data with the checksum `before` (0 at the start).
uint32_t crc32c(const void *data, size_t bytes, uint32_t before = 0);

/// The same, a bit at a time: for processors without the instruction, and to test against.
uint32_t crc32cPlain(const void *data, size_t bytes, uint32_t before = 0);

} // namespace ingot::runtime
#endif
