// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/artifact/Checksum.h"

#include <gtest/gtest.h>
#include <random>
#include <string>

using namespace ingot::artifact;

namespace {

/// From the definition, bit by bit.
uint32_t slowChecksum(const std::string &bytes) {
  uint32_t state = ~0u;
  for (unsigned char byte : bytes)
    for (int bit = 0; bit < 8; ++bit) {
      bool odd = (state ^ (byte >> bit)) & 1;
      state = (state >> 1) ^ (odd ? 0x82f63b78 : 0);
    }
  return ~state;
}

uint32_t sum(const std::string &bytes) { return checksum(bytes.data(), bytes.size()); }

std::string randomBytes(size_t size) {
  std::mt19937 random(size);
  std::string bytes(size, 0);
  for (char &byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

TEST(Checksum, HasThePublishedCheckValue) { EXPECT_EQ(sum("123456789"), 0xe3069283u); }

TEST(Checksum, EqualsTheDefinition) {
  for (size_t size : {0, 1, 7, 8, 9, 63, 64, 65, 1000}) EXPECT_EQ(sum(randomBytes(size)), slowChecksum(randomBytes(size))) << size;
}

TEST(Checksum, Continues) {
  std::string bytes = randomBytes(1000);
  EXPECT_EQ(checksum(bytes.data() + 333, 667, checksum(bytes.data(), 333)), sum(bytes));
}

TEST(Checksum, CombinesPieces) {
  std::string bytes = randomBytes(5000);
  for (size_t cut : {0, 1, 8, 333, 4096, 5000})
    EXPECT_EQ(combineChecksums(sum(bytes.substr(0, cut)), sum(bytes.substr(cut)), bytes.size() - cut), sum(bytes)) << cut;
}

TEST(Checksum, ExtendsByZeros) {
  for (size_t zeros : {0, 1, 63, 64, 4097}) {
    EXPECT_EQ(extendChecksumByZeros(sum("abc"), zeros), sum("abc" + std::string(zeros, 0))) << zeros;
    EXPECT_EQ(extendChecksumByZeros(0, zeros), sum(std::string(zeros, 0))) << zeros;
  }
}

} // namespace
