// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The names of a split model's files: `<prefix>-00001-of-00003.gguf`.
#ifndef INGOT_FRONTENDS_GGUF_SPLITNAME_H
#define INGOT_FRONTENDS_GGUF_SPLITNAME_H

#include "llvm/ADT/StringRef.h"

#include <optional>
#include <string>

namespace ingot::gguf {

struct SplitName {
  llvm::StringRef prefix;
  unsigned number, count; ///< number counts from 1

  static std::optional<SplitName> parse(llvm::StringRef path);
  /// The path of another part.
  std::string part(unsigned number) const;
};

} // namespace ingot::gguf
#endif
