// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/session/Features.h"

#include <stdio.h>
#include <string.h>
#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#elif defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

namespace ingot::runtime {

static const struct {
  uint32_t bit;
  const char *name;
} kFeatures[] = {
    {INGOT_FEATURE_AVX2, "avx2"},
    {INGOT_FEATURE_FMA, "fma"},
    {INGOT_FEATURE_F16C, "f16c"},
    {INGOT_FEATURE_BMI2, "bmi2"},
    {INGOT_FEATURE_AVX512F, "avx512f"},
    {INGOT_FEATURE_AVX512BW, "avx512bw"},
    {INGOT_FEATURE_AVX512DQ, "avx512dq"},
    {INGOT_FEATURE_AVX512VL, "avx512vl"},
    {INGOT_FEATURE_AVX512VNNI, "avx512vnni"},
    {INGOT_FEATURE_AVX512BF16, "avx512bf16"},
    {INGOT_FEATURE_AMX_TILE, "amx-tile"},
    {INGOT_FEATURE_AMX_INT8, "amx-int8"},
    {INGOT_FEATURE_AMX_BF16, "amx-bf16"},
    {INGOT_FEATURE_FP16, "fp16"},
    {INGOT_FEATURE_DOTPROD, "dotprod"},
    {INGOT_FEATURE_I8MM, "i8mm"},
};

#if defined(__x86_64__)
// The register sets that the system saves; a processor's feature without it would fault or lose its values.
static uint64_t savedState() {
  uint32_t low, high;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return uint64_t{high} << 32 | low;
}

// Linux saves tiles only for a process that has asked for it; without this, the first tile instruction ends the process.
static bool permitTiles() {
  constexpr long requestPermission = 0x1023, tileData = 18; // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
  return syscall(SYS_arch_prctl, requestPermission, tileData) == 0;
}

uint32_t processorFeatures() {
  unsigned eax, ebx, ecx, edx;
  if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || !(ecx & bit_OSXSAVE)) return 0;
  const uint64_t saved = savedState();
  const bool avx = (saved & 0x6) == 0x6 && ecx & bit_AVX, avx512 = avx && (saved & 0xe6) == 0xe6;
  uint32_t found = 0;
  const auto add = [&found](bool has, uint32_t bit) { found |= has ? bit : 0; };
  add(avx && ecx & bit_FMA, INGOT_FEATURE_FMA);
  add(avx && ecx & bit_F16C, INGOT_FEATURE_F16C);
  if (!__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx)) return found;
  const unsigned subleaves = eax;
  constexpr unsigned amxBf16 = 1 << 22, amxTile = 1 << 24, amxInt8 = 1 << 25; // of edx
  constexpr uint64_t tileState = 3 << 17;
  if (avx512 && (saved & tileState) == tileState && edx & amxTile && permitTiles()) {
    add(true, INGOT_FEATURE_AMX_TILE);
    add(edx & amxInt8, INGOT_FEATURE_AMX_INT8);
    add(edx & amxBf16, INGOT_FEATURE_AMX_BF16);
  }
  add(avx && ebx & bit_AVX2, INGOT_FEATURE_AVX2);
  add(ebx & bit_BMI2, INGOT_FEATURE_BMI2);
  add(avx512 && ebx & bit_AVX512F, INGOT_FEATURE_AVX512F);
  add(avx512 && ebx & bit_AVX512BW, INGOT_FEATURE_AVX512BW);
  add(avx512 && ebx & bit_AVX512DQ, INGOT_FEATURE_AVX512DQ);
  add(avx512 && ebx & bit_AVX512VL, INGOT_FEATURE_AVX512VL);
  add(avx512 && ecx & bit_AVX512VNNI, INGOT_FEATURE_AVX512VNNI);
  if (subleaves >= 1 && __get_cpuid_count(7, 1, &eax, &ebx, &ecx, &edx))
    add(avx512 && eax & bit_AVX512BF16, INGOT_FEATURE_AVX512BF16);
  return found;
}
#elif defined(__aarch64__)
// The kernel says what the processor has and it itself allows.
uint32_t processorFeatures() {
  uint32_t found = 0;
  if (getauxval(AT_HWCAP) & HWCAP_ASIMDHP) found |= INGOT_FEATURE_FP16;
  if (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) found |= INGOT_FEATURE_DOTPROD;
  if (getauxval(AT_HWCAP2) & HWCAP2_I8MM) found |= INGOT_FEATURE_I8MM;
  return found;
}
#endif

void featureNames(uint32_t features, const char *separator, char *out, size_t room) {
  size_t used = 0;
  out[0] = 0;
  const auto add = [&](const char *name) {
    if (used < room) used += static_cast<size_t>(snprintf(out + used, room - used, "%s%s", used ? separator : "", name));
  };
  for (const auto &feature : kFeatures) {
    if (features & feature.bit) add(feature.name);
    features &= ~feature.bit;
  }
  for (unsigned bit = 0; bit < 32; bit++) { // bits of a later compiler
    char name[24];
    snprintf(name, sizeof name, "feature %u", bit);
    if (features >> bit & 1) add(name);
  }
}

bool checkFeatures(uint32_t needed, uint32_t available, Error &error) {
  const uint32_t missing = needed & ~available;
  if (!missing) return true;
  char names[256];
  featureNames(missing, " and ", names, sizeof names);
  return errors::missingFeatures(error, names, (missing & (missing - 1)) != 0);
}

} // namespace ingot::runtime
