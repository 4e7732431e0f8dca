// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/target/CpuTarget.h"
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
    // What the kernels are written with must be among what programs check.
    const bool dots = target->unit.integerDot == IntegerDot::vpdpbusd;
    EXPECT_EQ(dots, bool(target->abiFeatures & INGOT_FEATURE_AVX512VNNI)) << name;
    EXPECT_EQ(dots, target->featureString().find("+avx512vnni") != std::string::npos) << name;
    const bool slowBf16 = name == "sapphirerapids"; // has the instruction, and float32 is faster
    EXPECT_EQ(target->unit.bf16Dots, !slowBf16 && (target->abiFeatures & INGOT_FEATURE_AVX512BF16)) << name;
    EXPECT_EQ(target->unit.tiles, bool(target->abiFeatures & INGOT_FEATURE_AMX_BF16)) << name;
    EXPECT_EQ(target->unit.bits == 512, bool(target->abiFeatures & INGOT_FEATURE_AVX512F)) << name;
    EXPECT_EQ(target->unit.integerDot == IntegerDot::vpmaddubsw, target->unit.bits == 256) << name;
    EXPECT_EQ(target->unit.integerDot == IntegerDot::usdot, bool(target->abiFeatures & INGOT_FEATURE_I8MM)) << name;
    EXPECT_EQ(target->isAArch64(), bool(target->abiFeatures & INGOT_FEATURE_DOTPROD)) << name;
  }
}

TEST(CpuTargetTest, unknown_name_lists_those_known) {
  std::string error;
  EXPECT_FALSE(CpuTarget::named("pentium", error));
  EXPECT_EQ(error, "unknown target 'pentium'\nnote: known are native, amx, avx512vnni, znver4, sapphirerapids, znver5, x86-64-v3, "
                   "aarch64-i8mm, aarch64-dotprod");
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

#if defined(__x86_64__)
TEST(CpuTargetTest, a_sign_tells_processors_of_the_same_features_apart) {
  std::string error;
  auto nameFor = [&](const char *sign) {
    std::vector<std::string> present = CpuTarget::named("avx512vnni", error)->features;
    present.emplace_back(sign);
    return CpuTarget::forFeatures(present, error)->name;
  };
  EXPECT_EQ(nameFor("avx512vbmi"), "avx512vnni");
  EXPECT_EQ(nameFor("avx512vp2intersect"), "znver5");
  EXPECT_EQ(nameFor("avx512fp16"), "sapphirerapids") << "a virtual machine may hide its AMX";
  std::vector<std::string> present = CpuTarget::named("x86-64-v3", error)->features;
  present.emplace_back("avx512vp2intersect");
  EXPECT_EQ(CpuTarget::forFeatures(present, error)->name, "x86-64-v3") << "a sign alone is no feature that code may use";
}
#endif

TEST(CpuTargetTest, native_is_decided_by_features) {
  std::string error;
  const std::optional<CpuTarget> native = CpuTarget::native(error);
  for (const std::string &name : CpuTarget::names()) { // the first that has all it needs
    const CpuTarget named = *CpuTarget::named(name, error);
    if (!named.missingFrom(hostFeatures()).empty()) continue;
    ASSERT_TRUE(native);
    const std::vector<std::string> present = hostFeatures();
    EXPECT_TRUE(native->name == name || std::count(present.begin(), present.end(), native->sign) == 1) << native->name;
    EXPECT_EQ(native->features, named.features);
    return;
  }
  EXPECT_FALSE(native);
}

} // namespace
} // namespace ingot::cpu
