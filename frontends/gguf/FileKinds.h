// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Recognises files that are often taken for GGUF files, by their first bytes.
#ifndef INGOT_FRONTENDS_GGUF_FILEKINDS_H
#define INGOT_FRONTENDS_GGUF_FILEKINDS_H

#include "llvm/ADT/StringRef.h"

namespace ingot::gguf {

struct FileKind {
  llvm::StringRef what;   ///< "a safetensors file"
  llvm::StringRef remedy; ///< may be empty
};

/// What a file that does not start with "GGUF" seems to be; `what` is empty when nothing is recognised.
FileKind recogniseFile(llvm::StringRef contents);

} // namespace ingot::gguf
#endif
