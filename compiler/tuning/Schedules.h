// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Looks schedules up in tuning records: the kernel itself, else the nearest shape of the same work.
#ifndef INGOT_COMPILER_TUNING_SCHEDULES_H
#define INGOT_COMPILER_TUNING_SCHEDULES_H

#include "compiler/tuning/Record.h"

namespace ingot::tuning {

/// A matmul's name taken apart.
struct MatmulName {
  std::string input;                ///< "q15"
  std::vector<std::string> formats; ///< of each weight
  std::vector<int64_t> outputs;     ///< of each weight
  int64_t inputs = 0;
  bool wanted = false;
  std::string rest; ///< "_add"

  static std::optional<MatmulName> parse(llvm::StringRef kernel);
};

/// How far apart two matmuls are: 0 for the same shape, 1 for a factor of e in outputs or inputs, a little for other epilogues and
/// mixtures of formats. None where nothing follows from one for the other.
std::optional<double> distance(const MatmulName &a, const MatmulName &b);

/// What the records say for one processor.
class Schedules final : public ScheduleSource {
public:
  /// Of two records with the same kernel the first counts. In each, sections of the processor's features are used: those of this
  /// version, else of another, and of them the one whose caches are nearest.
  Schedules(llvm::ArrayRef<Record> records, const Processor &processor, llvm::StringRef ingotVersion,
            llvm::StringRef halideVersion);

  std::optional<MeasuredSchedule> find(llvm::StringRef tokenClass, llvm::StringRef kernel) const override;
  /// Changes when any schedule does; the same for the same schedules, wherever they are written.
  std::string identity() const;

private:
  std::vector<Entry> entries;
};

} // namespace ingot::tuning
#endif
