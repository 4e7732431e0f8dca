// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tuning records: which schedule of a kernel was the fastest on which processor. A text file, a line a kernel:
//
//     ingot-tuning 1
//
//     processor avx2 avx512bf16 avx512f avx512vnni l1d=32K l2=1M l3=32M
//     made-by ingot=0.1.0 halide=21.0.0
//     limit threads=1 read=29.5 dot=470
//     generated matmul_q15_q8_0_n4096_k4096 prefetch=4608 claim=32K | 2026-11-24 bytes=17825792 operations=33554432 1t=690.1/602.3
//     read matmul_q8_q8_0_n4096_k4096 default | 2026-11-24 bytes=17825792 operations=17179869184 1t=48211.0/48211.0
//
// A '#' at the beginning of a line makes it a comment. A kernel is named by its tokens' class and its name (grammar:
// codegen/README.md). Its settings are what differs from the compiler's defaults, or `default`. Behind '|': when it was measured,
// the source file's bytes and the operations of one run, and for each number of threads the microseconds of a run with the defaults
// and with the settings; '2t8' are two threads that generate for eight sequences at once. Limits are GB/s and GOP/s (a multiply-add
// is two) of the same hour. Only the settings change programs.
#ifndef INGOT_COMPILER_TUNING_RECORD_H
#define INGOT_COMPILER_TUNING_RECORD_H

#include "compiler/tuning/Processor.h"
#include "passes/kernel/ScheduleSource.h"

namespace ingot::tuning {

/// How long a run took, in seconds.
struct Timing {
  unsigned threads = 1;
  unsigned tokens = 0;          ///< of the pass, where it isn't the usual one; 0: one generated token, or 512 read ones
  double before = 0, after = 0; ///< with the defaults, with the settings
};

struct Entry {
  std::string tokenClass, kernel;
  MeasuredSchedule schedule; ///< its origin is "FILE:LINE" when it was read
  std::string date;          ///< "2026-11-24"
  uint64_t bytes = 0, operations = 0;
  std::vector<Timing> timings;

  bool isDefault() const { return schedule.isDefault(); }
  /// How many times faster than the defaults: the mean over the numbers of threads.
  double gain() const;
};

/// What a machine can do with so many threads, per second; 0: not measured.
struct Limit {
  unsigned threads = 1;
  double readBytes = 0, dotOperations = 0;
};

/// What was measured on one kind of processor by one version of the compiler.
struct Section {
  Processor processor;
  std::string ingotVersion, halideVersion;
  std::vector<Limit> limits;  ///< by threads
  std::vector<Entry> entries; ///< by class and kernel

  const Entry *find(llvm::StringRef tokenClass, llvm::StringRef kernel) const;
  void put(Entry entry); ///< replaces one of the same kernel
  bool isSameKind(const Section &other) const;
};

struct Record {
  std::vector<Section> sections;

  /// The section of this kind; made when there is none.
  Section &section(const Processor &processor, llvm::StringRef ingotVersion, llvm::StringRef halideVersion);
  /// Takes over what `other` has; of two measurements of one kernel the later counts, of the same day the other's.
  void merge(const Record &other);
};

/// "zen4.txt:12: error: expected …": `name` is the file's, for messages and origins.
llvm::Expected<Record> parseRecord(llvm::StringRef text, llvm::StringRef name);
llvm::Expected<Record> readRecord(llvm::StringRef path);
/// Sections and lines in a fixed order: equal records, equal texts.
std::string recordText(const Record &record);
/// "tokens=8 claim=32K", or "default".
std::string settingsText(const MeasuredSchedule &schedule);

} // namespace ingot::tuning
#endif
