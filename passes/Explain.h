// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How passes say what they did and what they left alone: MLIR remarks, which cost nothing unless `--explain` asks for them.
#ifndef INGOT_PASSES_EXPLAIN_H
#define INGOT_PASSES_EXPLAIN_H

#include "mlir/IR/Operation.h"
#include "mlir/IR/Remarks.h"

namespace ingot {

/// `pass` is the pass's name without the prefix: "fuse-attention".
inline void explainDone(mlir::Operation *op, llvm::StringRef pass, const llvm::Twine &what) {
  auto options = mlir::remark::RemarkOpts::name(pass).category(pass);
  if (auto remark = mlir::remark::passed(op->getLoc(), options)) remark << what.str();
}

inline void explainMissed(mlir::Operation *op, llvm::StringRef pass, const llvm::Twine &what, const llvm::Twine &why) {
  auto options = mlir::remark::RemarkOpts::name(pass).category(pass);
  if (auto remark = mlir::remark::missed(op->getLoc(), options)) remark << (what + ": " + why).str();
}

} // namespace ingot
#endif
