// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What GGUF files call their tensor formats, those that Ingot cannot compute with included, so that they can be shown and refused
// by name.
#ifndef INGOT_FRONTENDS_GGUF_GGMLTYPES_H
#define INGOT_FRONTENDS_GGUF_GGMLTYPES_H

#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <string>

namespace ingot::gguf {

struct GgmlType {
  uint32_t number;
  llvm::StringLiteral name; ///< "Q4_K"
  uint32_t blockElements, blockBytes;
};

/// Null for a number that ggml does not define, or has withdrawn.
const GgmlType *ggmlType(uint32_t number);

/// "IQ4_XS", or "type 77".
std::string ggmlTypeName(uint32_t number);

/// "F32, F16, Q4_0, …": those that Ingot computes with.
std::string knownFormats();

} // namespace ingot::gguf
#endif
