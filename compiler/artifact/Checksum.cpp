// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A CRC is the remainder of a polynomial over GF(2). Appending n zero bytes multiplies the remainder by x^(8n) modulo the
// polynomial, and the remainder of a sum is the sum of the remainders: hence crc(A B) = crc(A) x^(8 |B|) + crc(B). Bits are
// reflected: the highest bit of a word is the coefficient of x^0.
#include "compiler/artifact/Checksum.h"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace ingot::artifact {
namespace {

constexpr uint32_t polynomial = 0x82f63b78; // Castagnoli's, reflected

constexpr uint32_t timesX(uint32_t value) { return (value >> 1) ^ (value & 1 ? polynomial : 0); }

/// a b modulo the polynomial.
constexpr uint32_t multiply(uint32_t a, uint32_t b) {
  uint32_t product = 0;
  for (uint32_t bit = 1u << 31; bit != 0; bit >>= 1, b = timesX(b))
    if (a & bit) product ^= b;
  return product;
}

/// x^(8 bytes) modulo the polynomial.
uint32_t shiftBy(uint64_t bytes) {
  uint32_t result = 1u << 31, square = 1u << 23; // 1 and x^8
  for (; bytes != 0; bytes >>= 1, square = multiply(square, square))
    if (bytes & 1) result = multiply(result, square);
  return result;
}

constexpr std::array<uint32_t, 256> byteTable = [] {
  std::array<uint32_t, 256> table{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t value = byte;
    for (int bit = 0; bit < 8; ++bit) value = timesX(value);
    table[byte] = value;
  }
  return table;
}();

uint32_t checksumByTable(const unsigned char *bytes, size_t size, uint32_t state) {
  for (size_t i = 0; i < size; ++i) state = byteTable[(state ^ bytes[i]) & 0xff] ^ (state >> 8);
  return state;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) uint32_t checksumByInstruction(const unsigned char *bytes, size_t size, uint32_t state) {
  uint64_t wide = state;
  for (; size >= 8; size -= 8, bytes += 8) {
    uint64_t word;
    std::memcpy(&word, bytes, 8);
    wide = _mm_crc32_u64(wide, word);
  }
  state = static_cast<uint32_t>(wide);
  for (; size != 0; --size, ++bytes) state = _mm_crc32_u8(state, *bytes);
  return state;
}
#endif

} // namespace

uint32_t checksum(const void *bytes, size_t size, uint32_t before) {
  const unsigned char *data = static_cast<const unsigned char *>(bytes);
#if defined(__x86_64__)
  static const bool hasInstruction = __builtin_cpu_supports("sse4.2");
  if (hasInstruction) return ~checksumByInstruction(data, size, ~before);
#endif
  return ~checksumByTable(data, size, ~before);
}

uint32_t combineChecksums(uint32_t a, uint32_t b, uint64_t sizeB) { return multiply(shiftBy(sizeB), a) ^ b; }

uint32_t extendChecksumByZeros(uint32_t before, uint64_t zeros) { return ~multiply(shiftBy(zeros), ~before); }

} // namespace ingot::artifact
