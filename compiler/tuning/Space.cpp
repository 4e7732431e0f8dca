// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/tuning/Space.h"

namespace ingot::tuning {
namespace {

/// Far enough apart to differ: how far ahead pays depends on latency times bandwidth, some kilobytes on all machines seen.
constexpr int64_t prefetches[] = {0, 512, 1152, 2304, 4608, 9216};
/// Of them those below the default, which is as many as the registers hold.
constexpr int64_t tokenTiles[] = {2, 3, 4, 5, 6, 8, 10};
constexpr int64_t claims[] = {4 << 10, 16 << 10, 32 << 10, 64 << 10, 128 << 10, 256 << 10};

} // namespace

std::vector<MeasuredSchedule> codeSchedules(const SpaceLimits &limits) {
  std::vector<MeasuredSchedule> schedules;
  // A token alone waits for memory, and tiles have nothing to hold; many tokens read a panel from the cache.
  for (int64_t prefetch : prefetches)
    if (limits.hasOne && prefetch != limits.prefetch) schedules.emplace_back().prefetch = prefetch;
  for (int64_t tokens : tokenTiles)
    if (limits.hasMany && tokens < limits.tokens) schedules.emplace_back().tokens = tokens;
  return schedules;
}

std::vector<MeasuredSchedule> furtherSchedules(const MeasuredSchedule &schedule, const SpaceLimits &limits) {
  std::vector<MeasuredSchedule> schedules;
  for (MeasuredSchedule further : codeSchedules(limits)) {
    further.claimBytes = schedule.claimBytes;
    bool isOther = (schedule.tokens || schedule.prefetch || schedule.claimBytes) && !(further.tokens && schedule.tokens) &&
                   !(further.prefetch && schedule.prefetch);
    if (!isOther) continue;
    if (schedule.tokens) further.tokens = schedule.tokens;
    if (schedule.prefetch) further.prefetch = schedule.prefetch;
    schedules.push_back(further);
  }
  for (int64_t claim : claims) {
    if (schedule.claimBytes) break;
    schedules.push_back(schedule);
    schedules.back().claimBytes = claim;
  }
  return schedules;
}

} // namespace ingot::tuning
