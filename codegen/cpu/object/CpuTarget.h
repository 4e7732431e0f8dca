// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The processor that code is made for. Features decide what may be emitted, `tune` only how it is scheduled; a processor's name
// never decides features, because virtual machines report wrong ones.
#ifndef INGOT_CODEGEN_CPU_OBJECT_CPUTARGET_H
#define INGOT_CODEGEN_CPU_OBJECT_CPUTARGET_H

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ingot::cpu {

struct CpuTarget {
  std::string name; ///< as the user writes it
  std::string triple;
  std::string tune;                  ///< LLVM's name of a scheduling model
  std::vector<std::string> features; ///< LLVM's names, without a sign
  uint32_t abiFeatures = 0;          ///< what the program checks at start: ingot_feature bits of runtime/abi/Model.h

  /// "+avx2,+fma,…"
  std::string featureString() const;

  /// The target for the processor that this runs on, from its feature bits. Empty, with a message, when it lacks one that is
  /// needed.
  static std::optional<CpuTarget> native(std::string &error);

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
