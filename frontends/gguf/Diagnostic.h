// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The form of every complaint about a file: `path: error: what is wrong (offset 0x1f0)`, then `note:` lines with the remedy.
#ifndef INGOT_FRONTENDS_GGUF_DIAGNOSTIC_H
#define INGOT_FRONTENDS_GGUF_DIAGNOSTIC_H

#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <optional>

namespace ingot::gguf {

/// An error whose text (llvm::toString) is what the user reads. `note` may be empty, or several lines; each becomes a note.
llvm::Error fileError(llvm::StringRef path, const llvm::Twine &what, std::optional<uint64_t> offset = std::nullopt,
                      const llvm::Twine &note = "");

/// A name of the file in single quotes: control characters and broken UTF-8 escaped, at most 80 bytes of it.
std::string quoted(llvm::StringRef name);

/// "0x1f0"
std::string hexadecimal(uint64_t offset);

} // namespace ingot::gguf
#endif
