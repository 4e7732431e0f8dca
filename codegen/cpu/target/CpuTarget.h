// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The processor that code is made for. Features decide what may be emitted, `tune` only how it is scheduled; a processor's name
// never decides features, because virtual machines report wrong ones.
#ifndef INGOT_CODEGEN_CPU_TARGET_CPUTARGET_H
#define INGOT_CODEGEN_CPU_TARGET_CPUTARGET_H

#include "codegen/cpu/target/VectorUnit.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ingot::cpu {

/// A row of the table in CpuTarget.cpp.
struct CpuTarget {
  std::string name; ///< as the user writes it
  std::string triple;
  std::string cpu;                   ///< LLVM's name of what every processor of the triple has
  std::string tune;                  ///< LLVM's name of a scheduling model
  std::vector<std::string> features; ///< LLVM's names, without a sign
  uint32_t abiFeatures = 0;          ///< what the program checks at start: ingot_feature bits of runtime/abi/Model.h
  VectorUnit unit;
  std::string example;   ///< processors that have the features, for messages
  std::string sign = {}; ///< a feature that is not needed, but tells this row's processors from others with the same; may be empty

  bool isAArch64() const { return triple.starts_with("aarch64"); }
  /// "+avx2,+fma,…"
  std::string featureString() const;

  /// For the processor that this runs on. Empty, with a message, when there is no row for it.
  static std::optional<CpuTarget> native(std::string &error);
  /// For a processor of this one's architecture with the features `present` (LLVM's names): the first row that needs no others; of
  /// rows that need the same one whose sign is present, too.
  static std::optional<CpuTarget> forFeatures(const std::vector<std::string> &present, std::string &error);

  /// "native", or one of `names()`. Empty, with a message, for any other.
  static std::optional<CpuTarget> named(const std::string &name, std::string &error);
  static const std::vector<std::string> &names();

  /// Features that `present` (LLVM's names) lacks, in this target's order.
  std::vector<std::string> missingFrom(const std::vector<std::string> &present) const;
};

/// LLVM's names of the features of the processor that this runs on.
std::vector<std::string> hostFeatures();

/// The message for a processor that lacks features.
std::string describeMissing(const CpuTarget &target, const std::vector<std::string> &missing);

} // namespace ingot::cpu
#endif
