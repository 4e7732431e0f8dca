// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/object/CpuTarget.h"

#include "runtime/abi/Model.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/TargetParser/Host.h"

namespace ingot::cpu {

/// AVX-512 with dot products of int8 and bfloat16: Zen 4 and later, Cooper Lake, Sapphire Rapids and later.
static CpuTarget avx512vnni(const std::string &name, const std::string &tune) {
  CpuTarget target;
  target.name = name;
  target.triple = "x86_64-unknown-linux-gnu";
  target.tune = tune;
  target.features = {"cx16",     "sahf",     "sse4.1",   "sse4.2",   "ssse3",      "crc32",     "popcnt", "avx",
                     "avx2",     "bmi",      "bmi2",     "f16c",     "fma",        "lzcnt",     "movbe",  "avx512f",
                     "avx512bw", "avx512cd", "avx512dq", "avx512vl", "avx512vnni", "avx512bf16"};
  target.abiFeatures = INGOT_FEATURE_AVX2 | INGOT_FEATURE_FMA | INGOT_FEATURE_F16C | INGOT_FEATURE_BMI2 | INGOT_FEATURE_AVX512F |
                       INGOT_FEATURE_AVX512BW | INGOT_FEATURE_AVX512DQ | INGOT_FEATURE_AVX512VL | INGOT_FEATURE_AVX512VNNI |
                       INGOT_FEATURE_AVX512BF16;
  return target;
}

std::string CpuTarget::featureString() const {
  std::string result;
  for (const std::string &feature : features) result += (result.empty() ? "+" : ",+") + feature;
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
  return "this processor lacks " + llvm::join(missing, ", ") + ", which the target '" + target.name +
         "' needs\nnote: it needs an x86-64 processor with AVX-512 VNNI and BF16 (AMD Zen 4, Intel Cooper Lake or Sapphire Rapids, "
         "or "
         "later)\nnote: code for such a processor can be made here with --target " +
         target.name + ", to be run there";
}

const std::vector<std::string> &CpuTarget::names() {
  static const std::vector<std::string> all = {"avx512vnni", "znver4", "sapphirerapids"};
  return all;
}

std::optional<CpuTarget> CpuTarget::native(std::string &error) {
  const std::vector<std::string> present = hostFeatures();
  // Of the two models that matter, the one with tiles is Intel's.
  CpuTarget target = avx512vnni("avx512vnni", llvm::is_contained(present, "amx-tile") ? "sapphirerapids" : "znver4");
  const std::vector<std::string> missing = target.missingFrom(present);
  if (missing.empty()) return target;
  error = describeMissing(target, missing);
  return std::nullopt;
}

std::optional<CpuTarget> CpuTarget::named(const std::string &name, std::string &error) {
  if (name == "native") return native(error);
  if (name == "avx512vnni") return avx512vnni(name, "znver4");
  if (name == "znver4" || name == "sapphirerapids") return avx512vnni(name, name);
  error = "unknown target '" + name + "'\nnote: known are native, " + llvm::join(names(), ", ");
  return std::nullopt;
}

} // namespace ingot::cpu
