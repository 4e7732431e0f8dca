// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Prints what a GGUF file holds, for people and as JSON.
#ifndef INGOT_FRONTENDS_GGUF_INSPECT_H
#define INGOT_FRONTENDS_GGUF_INSPECT_H

#include "frontends/gguf/File.h"

#include "llvm/Support/raw_ostream.h"

#include <functional>

namespace ingot::gguf {

struct InspectOptions {
  uint64_t arrayElements = 6;   ///< of a long array, how many are shown
  uint64_t textCharacters = 72; ///< of a long string; people only, JSON has strings whole
  /// What becomes of a tensor, as one short phrase; left out when null or empty.
  std::function<std::string(const Tensor &)> fate;
};

/// Sections: the file, its metadata, its tensors, totals by format.
void inspect(const File &file, llvm::raw_ostream &out, const InspectOptions &options = {});

/// One JSON object: path, version, alignment, parts, metadata (list of key, type, value), tensors, formats. Always valid UTF-8 and
/// valid JSON: broken UTF-8 is replaced by U+FFFD, floats that JSON lacks are strings ("nan", "inf").
void inspectAsJson(const File &file, llvm::raw_ostream &out, const InspectOptions &options = {});

} // namespace ingot::gguf
#endif
