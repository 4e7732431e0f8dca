// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/memory/Checksum.h"

#include <gtest/gtest.h>
#include <vector>

namespace ingot::runtime {

TEST(Checksum, IsCrc32c) {
  EXPECT_EQ(crc32c("123456789", 9), 0xe3069283u); // the standard's check value
  EXPECT_EQ(crc32cPlain("123456789", 9), 0xe3069283u);
  EXPECT_EQ(crc32c("", 0), 0u);
}

TEST(Checksum, IsTheSameByBothWaysAndInPieces) {
  std::vector<char> data(60000);
  for (size_t i = 0; i < data.size(); i++) data[i] = static_cast<char>(i * i >> 3);
  for (size_t bytes : {1u, 7u, 8u, 9u, 12287u, 12288u, 12289u, 24576u, 59999u}) {
    const uint32_t whole = crc32c(data.data() + 1, bytes);
    EXPECT_EQ(whole, crc32cPlain(data.data() + 1, bytes)) << bytes;
    EXPECT_EQ(whole, crc32c(data.data() + 1 + bytes / 3, bytes - bytes / 3, crc32c(data.data() + 1, bytes / 3))) << bytes;
  }
}

} // namespace ingot::runtime
