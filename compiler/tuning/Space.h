// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The schedules that are tried. One more setting of kernels is one more row here, beside its field in MeasuredSchedule.
#ifndef INGOT_COMPILER_TUNING_SPACE_H
#define INGOT_COMPILER_TUNING_SPACE_H

#include "passes/kernel/ScheduleSource.h"
#include "llvm/ADT/ArrayRef.h"

#include <vector>

namespace ingot::tuning {

/// What a kernel's default schedule is, as far as it limits what may be tried.
struct SpaceLimits {
  bool hasOne = false, hasMany = false;              ///< passes of one token, and of several, are timed
  int64_t tokens = 1, prefetch = 0, prefetchOne = 0; ///< by the defaults
};

/// Schedules that change a kernel's code in one way; the defaults are not among them.
std::vector<MeasuredSchedule> codeSchedules(const SpaceLimits &limits);
/// `schedule` with one more setting: those of its code that it leaves alone, and sizes of claims.
std::vector<MeasuredSchedule> furtherSchedules(const MeasuredSchedule &schedule, const SpaceLimits &limits);

} // namespace ingot::tuning
#endif
