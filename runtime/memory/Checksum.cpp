// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/memory/Checksum.h"

#include <string.h>
#if defined(__x86_64__)
#include <cpuid.h>
#include <nmmintrin.h>
#elif defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

namespace ingot::runtime {

static constexpr uint32_t kPolynomial = 0x82f63b78; // reversed: bit 31 is x^0

uint32_t crc32cPlain(const void *data, size_t bytes, uint32_t before) {
  const uint8_t *p = static_cast<const uint8_t *>(data);
  uint32_t crc = ~before;
  for (size_t i = 0; i < bytes; i++) {
    crc ^= p[i];
    for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? kPolynomial : 0);
  }
  return ~crc;
}

// Product of two polynomials modulo the checksum's.
static uint32_t multiply(uint32_t a, uint32_t b) {
  uint32_t product = 0;
  for (int bit = 31; bit >= 0; bit--) { // bit 31 of a is x^0
    if (a >> bit & 1) product ^= b;
    b = b >> 1 ^ (b & 1 ? kPolynomial : 0);
  }
  return product;
}

// x^(8 bytes) modulo the polynomial: what appending that many zero bytes multiplies a checksum by.
static uint32_t powerOfBytes(uint64_t bytes) {
  uint32_t result = 0x80000000, square = 0x00800000; // x^0, x^8
  for (; bytes; bytes >>= 1) {
    if (bytes & 1) result = multiply(result, square);
    square = multiply(square, square);
  }
  return result;
}

// The processor's own instruction for 8 bytes and for one.
#if defined(__x86_64__)
#define INGOT_WITH_CRC __attribute__((target("sse4.2")))
INGOT_WITH_CRC static inline uint64_t step8(uint64_t crc, uint64_t data) { return _mm_crc32_u64(crc, data); }
INGOT_WITH_CRC static inline uint64_t step1(uint64_t crc, uint8_t data) { return _mm_crc32_u8(static_cast<uint32_t>(crc), data); }
static bool hasInstruction() {
  unsigned eax, ebx, ecx = 0, edx;
  return __get_cpuid(1, &eax, &ebx, &ecx, &edx) && ecx & bit_SSE4_2;
}
#elif defined(__aarch64__)
#define INGOT_WITH_CRC __attribute__((target("crc")))
INGOT_WITH_CRC static inline uint64_t step8(uint64_t crc, uint64_t data) {
  return __builtin_arm_crc32cd(static_cast<uint32_t>(crc), data);
}
INGOT_WITH_CRC static inline uint64_t step1(uint64_t crc, uint8_t data) {
  return __builtin_arm_crc32cb(static_cast<uint32_t>(crc), data);
}
static bool hasInstruction() { return getauxval(AT_HWCAP) & HWCAP_CRC32; }
#endif

INGOT_WITH_CRC static uint32_t crc32cFast(const uint8_t *p, size_t bytes, uint32_t before) {
  constexpr size_t stream = 4096; // a stream's share of a block; long enough that joining costs nothing
  uint64_t crc = static_cast<uint32_t>(~before);
  if (bytes >= 3 * stream) {
    const uint32_t shift = powerOfBytes(stream);
    for (; bytes >= 3 * stream; p += 3 * stream, bytes -= 3 * stream) {
      uint64_t second = 0, third = 0;
      for (size_t i = 0; i < stream; i += 8) {
        uint64_t a, b, c;
        memcpy(&a, p + i, 8), memcpy(&b, p + stream + i, 8), memcpy(&c, p + 2 * stream + i, 8);
        crc = step8(crc, a), second = step8(second, b), third = step8(third, c);
      }
      crc = multiply(shift, static_cast<uint32_t>(crc)) ^ second;
      crc = multiply(shift, static_cast<uint32_t>(crc)) ^ third;
    }
  }
  for (; bytes >= 8; p += 8, bytes -= 8) {
    uint64_t a;
    memcpy(&a, p, 8);
    crc = step8(crc, a);
  }
  for (; bytes; p++, bytes--) crc = step1(crc, *p);
  return ~static_cast<uint32_t>(crc);
}

uint32_t crc32c(const void *data, size_t bytes, uint32_t before) {
  if (hasInstruction()) return crc32cFast(static_cast<const uint8_t *>(data), bytes, before);
  return crc32cPlain(data, bytes, before);
}

} // namespace ingot::runtime
