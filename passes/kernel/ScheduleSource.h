// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where ChooseSchedules hears what was measured. Tuning records implement it (compiler/tuning), and so does the tuner, which forces
// one candidate after the other.
#ifndef INGOT_PASSES_KERNEL_SCHEDULESOURCE_H
#define INGOT_PASSES_KERNEL_SCHEDULESOURCE_H

#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <optional>
#include <string>

namespace ingot {

/// Settings of one kernel; what is not set stays with the default.
struct MeasuredSchedule {
  std::optional<int64_t> tokens;      ///< handled together
  std::optional<int64_t> prefetch;    ///< bytes ahead in the weights, with several tokens
  std::optional<int64_t> prefetchOne; ///< with a token alone
  std::optional<int64_t> claimBytes;  ///< of weights that a thread claims at once
  std::string origin;                 ///< for --explain: "as measured (zen4.txt:12)"

  bool isDefault() const { return !tokens && !prefetch && !prefetchOne && !claimBytes; }
};

class ScheduleSource {
public:
  virtual ~ScheduleSource() = default;
  /// `tokenClass` is "read" or "generated"; `kernel` the kernel's name by the grammar in codegen/README.md, without its tokens.
  virtual std::optional<MeasuredSchedule> find(llvm::StringRef tokenClass, llvm::StringRef kernel) const = 0;
};

} // namespace ingot
#endif
