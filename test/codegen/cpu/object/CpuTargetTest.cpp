// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/object/CpuTarget.h"
#include "runtime/abi/Model.h"

#include <algorithm>
#include <gtest/gtest.h>

namespace ingot::cpu {
namespace {

TEST(CpuTargetTest, every_name_is_a_target) {
  std::string error;
  for (const std::string &name : CpuTarget::names()) {
    const std::optional<CpuTarget> target = CpuTarget::named(name, error);
    ASSERT_TRUE(target) << name;
    EXPECT_EQ(target->name, name);
    EXPECT_TRUE(target->abiFeatures & INGOT_FEATURE_AVX512VNNI);
    EXPECT_NE(target->featureString().find("+avx512vnni"), std::string::npos);
  }
}

TEST(CpuTargetTest, unknown_name_lists_those_known) {
  std::string error;
  EXPECT_FALSE(CpuTarget::named("pentium", error));
  EXPECT_EQ(error, "unknown target 'pentium'\nnote: known are native, avx512vnni, znver4, sapphirerapids");
}

TEST(CpuTargetTest, processor_without_features_is_told_which) {
  std::string error;
  const CpuTarget target = *CpuTarget::named("avx512vnni", error);
  std::vector<std::string> present = target.features;
  EXPECT_TRUE(target.missingFrom(present).empty());
  std::erase(present, "avx512bf16");
  std::erase(present, "avx512vnni");
  const std::vector<std::string> missing = target.missingFrom(present);
  EXPECT_EQ(missing, (std::vector<std::string>{"avx512vnni", "avx512bf16"}));
  const std::string message = describeMissing(target, missing);
  EXPECT_EQ(message.find("this processor lacks avx512vnni, avx512bf16, which the target 'avx512vnni' needs\nnote: "), 0u);
  EXPECT_NE(message.find("--target avx512vnni"), std::string::npos);
}

TEST(CpuTargetTest, native_is_decided_by_features) {
  std::string error;
  const std::optional<CpuTarget> native = CpuTarget::native(error);
  const CpuTarget named = *CpuTarget::named("avx512vnni", error);
  EXPECT_EQ(native.has_value(), named.missingFrom(hostFeatures()).empty());
  if (native) EXPECT_EQ(native->features, named.features);
}

} // namespace
} // namespace ingot::cpu
