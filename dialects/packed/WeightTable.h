// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Weights never enter the IR: ops name them, and this table says where their bytes are (a mapped file, or made by a frontend).
#ifndef INGOT_DIALECTS_PACKED_WEIGHTTABLE_H
#define INGOT_DIALECTS_PACKED_WEIGHTTABLE_H

#include "dialects/packed/BlockFormat.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringMap.h"

#include <memory>
#include <vector>

namespace ingot::packed {

/// A matrix [rows, columns] (a vector has one row) in the source's format, row after row.
struct Weight {
  BlockFormat format = BlockFormat::F32;
  int64_t rows = 0, columns = 0;
  llvm::ArrayRef<uint8_t> bytes;
  bool mapped = false; ///< the bytes are pages of a mapped file, which come back when they are read again
};

class WeightTable {
public:
  void add(llvm::StringRef name, const Weight &weight) { weights[name] = weight; }
  /// A float32 vector made at compile time; the table keeps it.
  void addVector(llvm::StringRef name, std::vector<float> values) {
    owned.push_back(std::make_unique<std::vector<float>>(std::move(values)));
    const std::vector<float> &kept = *owned.back();
    add(name,
        {BlockFormat::F32, 1, int64_t(kept.size()), {reinterpret_cast<const uint8_t *>(kept.data()), kept.size() * sizeof(float)}});
  }
  /// Null when there is no weight of that name.
  const Weight *find(llvm::StringRef name) const {
    auto found = weights.find(name);
    return found == weights.end() ? nullptr : &found->second;
  }

private:
  llvm::StringMap<Weight> weights;
  std::vector<std::unique_ptr<std::vector<float>>> owned;
};

} // namespace ingot::packed
#endif
