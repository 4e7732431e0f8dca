// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/tuning/Space.h"

namespace ingot::tuning {
namespace {

/// Far enough apart to differ: how far ahead pays depends on latency times bandwidth, some kilobytes on all machines seen.
constexpr int64_t prefetches[] = {0, 512, 1152, 2304, 4608, 6656, 9216};
/// Of them those below the default, which is as many as the registers hold.
constexpr int64_t tokenTiles[] = {2, 3, 4, 5, 6, 8, 10};
/// The same of kernels that take blocks of tokens: fewer leave the second-level cache more room for weights.
constexpr int64_t tokenBlocks[] = {64, 128, 192};
constexpr int64_t fewestOfBlocks = 64;
constexpr int64_t claims[] = {4 << 10, 16 << 10, 32 << 10, 64 << 10, 128 << 10, 256 << 10};

using Setting = std::optional<int64_t> MeasuredSchedule::*;
constexpr Setting codeSettings[] = {&MeasuredSchedule::tokens, &MeasuredSchedule::prefetch, &MeasuredSchedule::prefetchOne};

} // namespace

std::vector<MeasuredSchedule> codeSchedules(const SpaceLimits &limits) {
  std::vector<MeasuredSchedule> schedules;
  for (int64_t prefetch : prefetches) {
    if (limits.hasOne && prefetch != limits.prefetchOne) schedules.emplace_back().prefetchOne = prefetch;
    if (limits.hasMany && prefetch != limits.prefetch) schedules.emplace_back().prefetch = prefetch;
  }
  const bool takesBlocks = limits.tokens >= fewestOfBlocks;
  for (int64_t tokens : takesBlocks ? llvm::ArrayRef(tokenBlocks) : llvm::ArrayRef(tokenTiles)) // a token alone has no tile
    if (limits.hasMany && tokens < limits.tokens) schedules.emplace_back().tokens = tokens;
  return schedules;
}

std::vector<MeasuredSchedule> furtherSchedules(const MeasuredSchedule &schedule, const SpaceLimits &limits) {
  std::vector<MeasuredSchedule> schedules;
  if (!schedule.isDefault())
    for (const MeasuredSchedule &change : codeSchedules(limits))
      for (Setting setting : codeSettings)
        if (change.*setting && !(schedule.*setting)) {
          schedules.push_back(schedule);
          schedules.back().*setting = change.*setting;
        }
  if (!schedule.claimBytes)
    for (int64_t claim : claims) {
      schedules.push_back(schedule);
      schedules.back().claimBytes = claim;
    }
  return schedules;
}

} // namespace ingot::tuning
