// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The table of processors. Adding one is a row here, and a tuning run on it.
#include "codegen/cpu/target/CpuTarget.h"

#include "runtime/abi/Model.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/TargetParser/Host.h"

namespace ingot::cpu {

namespace {

constexpr const char *linuxX86 = "x86_64-unknown-linux-gnu", *linuxArm = "aarch64-unknown-linux-gnu";

/// The psABI's level x86-64-v3: AVX2, FMA, F16C, BMI.
const std::vector<std::string> level3 = {"cx16", "sahf", "sse4.1", "sse4.2", "ssse3", "crc32", "popcnt", "avx",
                                         "avx2", "bmi",  "bmi2",   "f16c",   "fma",   "lzcnt", "movbe"};
constexpr uint32_t level3Bits = INGOT_FEATURE_AVX2 | INGOT_FEATURE_FMA | INGOT_FEATURE_F16C | INGOT_FEATURE_BMI2;

/// AVX-512 with dot products of int8 and bfloat16.
const std::vector<std::string> dots512 = {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl", "avx512vnni", "avx512bf16"};
constexpr uint32_t dots512Bits = INGOT_FEATURE_AVX512F | INGOT_FEATURE_AVX512BW | INGOT_FEATURE_AVX512DQ | INGOT_FEATURE_AVX512VL |
                                 INGOT_FEATURE_AVX512VNNI | INGOT_FEATURE_AVX512BF16;

/// Tiles of bfloat16 (AMX).
const std::vector<std::string> tiles = {"amx-tile", "amx-bf16", "prfchw"};
constexpr uint32_t tilesBits = INGOT_FEATURE_AMX_TILE | INGOT_FEATURE_AMX_BF16;

std::vector<std::string> operator+(std::vector<std::string> left, const std::vector<std::string> &right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

constexpr VectorUnit avx512Dots = {};
/// One core of a Zen 5 reads 40 GB/s, and waits for a line as long as one of a Zen 4: a token alone reached 56 (Q6_K) to 88 % of
/// plain reading by its codes, and reaches 92 to 98 % by asking so far ahead, with any number of columns; 4 and 10 KB do less.
constexpr VectorUnit zen5 = [] {
  VectorUnit unit = avx512Dots;
  unit.dotsPerCycle = 2, unit.prefetchOne = 7168;
  return unit;
}();
/// One core has 16 misses in flight and waits 130 ns for each, unless the line is in the second-level cache by then. A token alone,
/// one thread, 2048 and 8192 columns, shares of plain reading: 58 and 58 % as Zen 4 does it (Q4_0), 65 and 86 % with one distance,
/// 92 and 97 % with two (Q4_K 93 and 95, Q6_K 93 and 97, Q8_0 103 and 106; 2026-11). It begins two vpdpbusd a cycle.
constexpr VectorUnit xeon = {
    .dotsPerCycle = 2, .sharesUnits = true, .prefetchSeveral = 2304, .prefetchOne = 2304, .prefetchFar = 4608};
constexpr VectorUnit amx = [] {
  VectorUnit unit = xeon;
  unit.tiles = true;
  return unit;
}();
/// Such a Xeon whose AMX a virtual machine hides (Emerald Rapids, 2026-11). A vdpbf16ps takes two cycles, two FMAs one: attention
/// in float32 reads 1.5 to 1.7 times as fast. Asking 36 KB ahead and not 4.6, 1B in Q4_K_M decodes 87 instead of 82 % of reading
/// with one thread. With blocks of 512 KB of activations BF16 is multiplied 1.2 to 1.6 times as fast as with 64, quantised weights
/// (ChunkProducts) are 1.0 to 1.1 times as fast as with 256. Tiles of 14 tokens are what registers hold (Q4_0, Q8_0: 1.03 times as
/// fast as of 12, Q4_K 1.01).
constexpr VectorUnit hiddenAmx = [] {
  VectorUnit unit = xeon;
  unit.bf16Dots = false, unit.integerTile = 14, unit.prefetchFar = 36864, unit.activationBlock = 512 * 1024;
  return unit;
}();
/// Float tiles of four tokens, not of the five that fit: GFLOP/s of 8, 16 and 512 tokens, BF16, one thread of a Zen 3 whose peak is
/// 104: 102, 101, 98 and 63, 85, 98 (2026-11).
constexpr VectorUnit avx2 = {.bits = 256,
                             .registers = 16,
                             .integerDot = IntegerDot::vpmaddubsw,
                             .bf16Dots = false,
                             .wordDots = true,
                             .integerTile = 6,
                             .wideTile = 6,
                             .floatTile = 4,
                             .halide = "x86-64-linux-avx-avx2-f16c-fma-sse41"};

/// Dot products of int8, and float16 arithmetic, which every processor with them has.
const std::vector<std::string> armDots = {"neon", "fullfp16", "dotprod"}, armMatrices = {"i8mm"};
constexpr uint32_t armDotsBits = INGOT_FEATURE_FP16 | INGOT_FEATURE_DOTPROD, armMatricesBits = INGOT_FEATURE_I8MM;

/// 16 rows are four registers.
constexpr VectorUnit armDot = {.bits = 128,
                               .registers = 32,
                               .integerDot = IntegerDot::sdot,
                               .bf16Dots = false,
                               .integerTile = 4,
                               .wideTile = 2,
                               .floatTile = 6,
                               .halide = "arm-64-linux-arm_dot_prod-arm_fp16"};
constexpr VectorUnit armMatrix = [] {
  VectorUnit unit = armDot;
  unit.integerDot = IntegerDot::usdot;
  return unit;
}();

constexpr const char *withArmDots =
    "an AArch64 processor with dot products and float16 (Arm Cortex-A76 or Neoverse N1, Apple M1, or later)";
constexpr const char *withArmMatrices = "an AArch64 processor with i8mm (Arm Cortex-A710 or Neoverse V1, Apple M2, or later)";
constexpr const char *withDots512 = "an x86-64 processor with AVX-512 VNNI and BF16 (AMD Zen 4, Intel Cooper Lake or Sapphire "
                                    "Rapids, or later)";
constexpr const char *withTiles = "an x86-64 processor with AMX tiles of bfloat16 (Intel Sapphire Rapids or later)";
constexpr const char *withLevel3 = "an x86-64 processor with AVX2, FMA and F16C (AMD Excavator or Zen, Intel Haswell, or later)";

#if defined(__aarch64__)
constexpr const char *hostArchitecture = "aarch64";
#else
constexpr const char *hostArchitecture = "x86_64";
#endif

/// For `forFeatures`, the better row comes first.
const std::vector<CpuTarget> &table() {
  static const std::vector<CpuTarget> rows = {
      {"amx", linuxX86, "x86-64", "sapphirerapids", level3 + dots512 + tiles, level3Bits | dots512Bits | tilesBits, amx, withTiles},
      {"avx512vnni", linuxX86, "x86-64", "znver4", level3 + dots512, level3Bits | dots512Bits, avx512Dots, withDots512},
      {"znver4", linuxX86, "x86-64", "znver4", level3 + dots512, level3Bits | dots512Bits, avx512Dots, withDots512},
      {"sapphirerapids", linuxX86, "x86-64", "sapphirerapids", level3 + dots512, level3Bits | dots512Bits, hiddenAmx, withDots512,
       "avx512fp16"},
      {"znver5", linuxX86, "x86-64", "znver5", level3 + dots512, level3Bits | dots512Bits, zen5, withDots512, "avx512vp2intersect"},
      {"x86-64-v3", linuxX86, "x86-64", "haswell", level3, level3Bits, avx2, withLevel3},
      {"aarch64-i8mm", linuxArm, "generic", "neoverse-v1", armDots + armMatrices, armDotsBits | armMatricesBits, armMatrix,
       withArmMatrices},
      {"aarch64-dotprod", linuxArm, "generic", "neoverse-n1", armDots, armDotsBits, armDot, withArmDots},
  };
  return rows;
}

} // namespace

std::string CpuTarget::featureString() const {
  std::string result;
  for (const std::string &feature : features) result += (result.empty() ? "+" : ",+") + feature;
  // A preference, not a feature: else LLVM makes vpmaddwd and vpaddd of each vpdpwssd, which units that are busy pay for.
  if (unit.integerDot == IntegerDot::vpdpbusd) result += ",+fast-dpwssd";
  return result;
}

std::vector<std::string> CpuTarget::missingFrom(const std::vector<std::string> &present) const {
  std::vector<std::string> missing;
  for (const std::string &feature : features)
    if (!llvm::is_contained(present, feature)) missing.push_back(feature);
  return missing;
}

std::vector<std::string> hostFeatures() {
  std::vector<std::string> names;
  for (const auto &feature : llvm::sys::getHostCPUFeatures())
    if (feature.second) names.push_back(feature.first().str());
  llvm::sort(names);
  return names;
}

std::string describeMissing(const CpuTarget &target, const std::vector<std::string> &missing) {
  return "this processor lacks " + llvm::join(missing, ", ") + ", which the target '" + target.name + "' needs\nnote: it needs " +
         target.example + "\nnote: code for such a processor can be made here with --target " + target.name + ", to be run there";
}

const std::vector<std::string> &CpuTarget::names() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> names;
    for (const CpuTarget &row : table()) names.push_back(row.name);
    return names;
  }();
  return all;
}

std::optional<CpuTarget> CpuTarget::native(std::string &error) { return forFeatures(hostFeatures(), error); }

std::optional<CpuTarget> CpuTarget::forFeatures(const std::vector<std::string> &present, std::string &error) {
  const CpuTarget *found = nullptr, *least = nullptr;
  for (const CpuTarget &row : table()) {
    const std::vector<std::string> missing = row.missingFrom(present);
    if (!llvm::StringRef(row.triple).starts_with(hostArchitecture)) continue;
    if (!missing.empty()) {
      if (!least || row.features.size() < least->features.size()) least = &row;
      continue;
    }
    const bool hasSign = !row.sign.empty() && llvm::is_contained(present, row.sign);
    if (!found || (row.features == found->features && hasSign)) found = &row;
  }
  if (found) return *found;
  error = describeMissing(*least, least->missingFrom(present));
  return std::nullopt;
}

std::optional<CpuTarget> CpuTarget::named(const std::string &name, std::string &error) {
  if (name == "native") return native(error);
  for (const CpuTarget &row : table())
    if (row.name == name) return row;
  error = "unknown target '" + name + "'\nnote: known are native, " + llvm::join(names(), ", ");
  return std::nullopt;
}

} // namespace ingot::cpu
