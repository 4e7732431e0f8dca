// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/measure/Limits.h"
#include "runtime/session/Features.h"

#include <gtest/gtest.h>

namespace ingot::runtime {

TEST(Limits, ArePlausible) {
  Team team;
  Limits limits;
  Error error;
  ASSERT_TRUE(team.start(2, 0, error));
  ASSERT_TRUE(measureLimits(team, limits, error)) << error.text;
  EXPECT_GT(limits.readBytesPerSecond, 1e8);
  EXPECT_LT(limits.readBytesPerSecond, 1e13);
  if (processorFeatures() & (INGOT_FEATURE_AVX512VNNI | INGOT_FEATURE_AVX2)) {
    EXPECT_GT(limits.int8OperationsPerSecond, 1e10);
    EXPECT_LT(limits.int8OperationsPerSecond, 1e14);
  } else {
    EXPECT_EQ(limits.int8OperationsPerSecond, 0);
  }
  if (processorFeatures() & INGOT_FEATURE_AVX512BF16) {
    EXPECT_GT(limits.bf16OperationsPerSecond, 1e10);
    EXPECT_LT(limits.bf16OperationsPerSecond, 1e14);
  } else {
    EXPECT_EQ(limits.bf16OperationsPerSecond, 0);
  }
}

} // namespace ingot::runtime
