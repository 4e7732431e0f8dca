// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What an architecture is built from: numbers and tensors by name. Each file format implements it once; names are GGUF's, without
// the architecture's prefix ("attention.head_count"), tensors as "blk.0.attn_q.weight".
#ifndef INGOT_FRONTENDS_ARCHITECTURES_SOURCE_H
#define INGOT_FRONTENDS_ARCHITECTURES_SOURCE_H

#include "dialects/packed/WeightTable.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <optional>
#include <string>
#include <variant>

namespace ingot::architectures {

/// A metadata value: a number, a text, or one number a layer.
using Setting = std::variant<double, std::string, std::vector<double>>;

struct SourceTensor {
  std::string name;
  llvm::SmallVector<int64_t, 4> shape; ///< outermost first: [outputs, inputs]
  packed::Weight weight;
};

class Source {
public:
  virtual ~Source() = default;
  virtual std::string file() const = 0;
  virtual std::string architecture() const = 0;
  virtual std::optional<Setting> setting(llvm::StringRef key) const = 0;
  /// How the file writes that setting, for notes: "llama.attention.head_count_kv = 32, at offset 0x1f0".
  virtual std::string describe(llvm::StringRef key) const = 0;
  /// All settings of the architecture, without its prefix, in the file's order.
  virtual std::vector<std::string> settingNames() const = 0;
  virtual const SourceTensor *tensor(llvm::StringRef name) const = 0;
  virtual std::vector<std::string> tensorNames() const = 0;
};

} // namespace ingot::architectures
#endif
