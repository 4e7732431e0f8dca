// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/memory/Region.h"

#include <gtest/gtest.h>
#include <string>

namespace ingot::runtime {

TEST(Region, IsZeroAndForgets) {
  Region region;
  Error error;
  ASSERT_TRUE(region.reserve(5 << 20, Pages::large, "the test", error));
  EXPECT_EQ(reinterpret_cast<uintptr_t>(region.data()) % (2 << 20), 0u);
  region.data()[12345] = 1, region.data()[region.size() - 1] = 1;
  region.forget();
  EXPECT_EQ(region.data()[12345], 0);
  ASSERT_TRUE(region.reserve(0, Pages::small, "nothing", error));
  EXPECT_EQ(region.data(), nullptr);
}

TEST(Region, TakesAddressesAndNotMemory) {
  Region region;
  Error error;
  ASSERT_TRUE(region.reserve(uint64_t{1} << 42, Pages::small, "much", error)) << error.text; // 4 TiB
  region.data()[uint64_t{1} << 41] = 7;
}

TEST(Region, SaysWhatDoesNotFit) {
  Region region;
  Error error;
  EXPECT_FALSE(region.reserve(uint64_t{1} << 60, Pages::small, "the activations", error));
  EXPECT_EQ(error.status, INGOT_OUT_OF_MEMORY);
  EXPECT_STREQ(error.text, "out of memory: 1152921504606846976 bytes for the activations");
  EXPECT_FALSE(region.reserve(UINT64_MAX - 10, Pages::large, "the cache", error));
}

} // namespace ingot::runtime
