// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a schedule's speed depends on of a processor. Its name says nothing: virtual machines report wrong ones.
#ifndef INGOT_COMPILER_TUNING_PROCESSOR_H
#define INGOT_COMPILER_TUNING_PROCESSOR_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <string>
#include <vector>

namespace ingot::tuning {

struct Processor {
  std::vector<std::string> features; ///< those that decide about vectors and dot products, sorted
  /// Of the caches that one core reads through; 0: not known, which fits any.
  uint64_t level1Bytes = 0, level2Bytes = 0, level3Bytes = 0;

  /// The features that `present` (LLVM's names) has of those that matter, without caches.
  static Processor withFeatures(llvm::ArrayRef<std::string> present);
  /// The one that this runs on. Caches are what the system says of the first processor.
  static Processor host();

  /// "avx2 avx512bf16 avx512f avx512vnni l1d=32K l2=1M l3=32M"; caches that aren't known are left out.
  std::string text() const;
  static llvm::Expected<Processor> parse(llvm::StringRef text);

  bool hasSameFeatures(const Processor &other) const { return features == other.features; }
  /// How far the caches are apart: 0 for the same or unknown ones, 1 for twice the size of one of them.
  double cacheDistance(const Processor &other) const;
  bool operator==(const Processor &) const = default;
};

/// "32K", "1M", "1234": powers of 1024.
std::string bytesText(uint64_t bytes);
bool parseBytes(llvm::StringRef text, uint64_t &out);

} // namespace ingot::tuning
#endif
