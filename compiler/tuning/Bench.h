// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs a compiled step as a program would: by the runtime's own team of threads, one run behind the other, with weights that come
// from memory and not from a cache, because every run has a copy of its own until the copies begin again.
#ifndef INGOT_COMPILER_TUNING_BENCH_H
#define INGOT_COMPILER_TUNING_BENCH_H

#include "compiler/tuning/Trial.h"
#include "compiler/tuning/Work.h"

namespace ingot::tuning {

/// Weights as programs have them: a mapped file, in the page cache, on the largest pages that the file system gives. The file has
/// no name, and goes when the mapping does. Its bytes are sensible numbers in every format.
class WeightFile {
public:
  static llvm::Expected<WeightFile> create(size_t bytes, llvm::StringRef folder);
  WeightFile(WeightFile &&other) : start(other.start), size(other.size) { other.start = nullptr; }
  WeightFile &operator=(WeightFile &&) = delete;
  ~WeightFile();
  const uint8_t *data() const { return start; }
  size_t bytes() const { return size; }
  /// Makes all of it present in this process: a child does not inherit that, and its first runs would time page faults.
  void populate() const;

private:
  WeightFile(uint8_t *start, size_t size) : start(start), size(size) {}
  uint8_t *start;
  size_t size;
};

/// Bytes of a step's weights, and of its other operands.
struct StepBytes {
  size_t weights = 0, others = 0;
};
StepBytes bytesOf(const CompiledStep &step);

/// Loads the step's code and readies it to be timed. No timer: the code can't be loaded.
Timer makeTimer(const CompiledStep &step, const WeightFile &weights);

} // namespace ingot::tuning
#endif
