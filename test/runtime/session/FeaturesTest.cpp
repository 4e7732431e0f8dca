// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/session/Features.h"

#include <gtest/gtest.h>

namespace ingot::runtime {

TEST(Features, RefusesByName) {
  Error error;
  EXPECT_TRUE(checkFeatures(INGOT_FEATURE_AVX2, INGOT_FEATURE_AVX2 | INGOT_FEATURE_FMA, error));
  EXPECT_FALSE(checkFeatures(INGOT_FEATURE_AVX2 | INGOT_FEATURE_AVX512VNNI, INGOT_FEATURE_AVX2, error));
  EXPECT_EQ(error.status, INGOT_UNSUPPORTED_PROCESSOR);
  EXPECT_STREQ(error.text, "this program was compiled for avx512vnni, which this processor lacks");
  EXPECT_STREQ(error.notes, "note: compile it again on this machine, or with --target for one without it");
  EXPECT_FALSE(checkFeatures(INGOT_FEATURE_AVX2 | INGOT_FEATURE_AVX512BF16, 0, error));
  EXPECT_STREQ(error.text, "this program was compiled for avx2 and avx512bf16, which this processor lacks");
}

TEST(Features, NamesWhatItDoesNotKnow) {
  Error error;
  EXPECT_FALSE(checkFeatures(1u << 31, processorFeatures(), error));
  EXPECT_STREQ(error.text, "this program was compiled for feature 31, which this processor lacks");
}

TEST(Features, AgreeWithTheCompilersOwnTest) {
  __builtin_cpu_init();
  const uint32_t found = processorFeatures();
  EXPECT_EQ(bool(found & INGOT_FEATURE_AVX2), bool(__builtin_cpu_supports("avx2")));
  EXPECT_EQ(bool(found & INGOT_FEATURE_AVX512F), bool(__builtin_cpu_supports("avx512f")));
  EXPECT_EQ(bool(found & INGOT_FEATURE_AVX512VNNI), bool(__builtin_cpu_supports("avx512vnni")));
  EXPECT_EQ(bool(found & INGOT_FEATURE_AVX512BF16), bool(__builtin_cpu_supports("avx512bf16")));
  EXPECT_EQ(bool(found & INGOT_FEATURE_FMA), bool(__builtin_cpu_supports("fma")));
}

} // namespace ingot::runtime
