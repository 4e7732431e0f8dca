// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What follows a program's code: packed weights where the plan placed them, then the text section and the notices.
#ifndef INGOT_COMPILER_WEIGHTBLOB_H
#define INGOT_COMPILER_WEIGHTBLOB_H

#include "compiler/artifact/Blob.h"
#include "dialects/packed/WeightTable.h"
#include "mlir/IR/BuiltinOps.h"
#include "runtime/abi/Model.h"

namespace ingot {

struct WeightBlob {
  uint64_t bytes = 0;
  ingot_section text{}, notices{};
  std::vector<artifact::BlobPart> parts;
};

/// Lays out the blob of `module`'s plans. Weights, text and notices must outlive the parts.
WeightBlob layOutBlob(mlir::ModuleOp module, const packed::WeightTable &weights, llvm::StringRef text, llvm::StringRef notices);

} // namespace ingot
#endif
