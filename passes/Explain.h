// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How passes say what they did and what they left alone: MLIR remarks, which cost nothing unless `--explain` asks for them. They
// are for the one whose model it is: tensors by their names in the file.
#ifndef INGOT_PASSES_EXPLAIN_H
#define INGOT_PASSES_EXPLAIN_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Operation.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

#include <string>

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

/// The tensors among `values`, without their endings: "blk.0.attn_q, blk.0.attn_k".
inline std::string tensorNames(mlir::ValueRange values) {
  std::string names;
  for (mlir::Value value : values)
    if (mlir::Operation *op = value.getDefiningOp())
      if (auto name = op->getAttrOfType<mlir::StringAttr>("name")) {
        llvm::StringRef text = name.getValue();
        text.consume_back(".weight");
        names += (names.empty() ? "" : ", ") + text.str();
      }
  return names;
}

/// What a block does: "rms_norm, quantise"; an op that stands there several times, once.
inline std::string operationNames(mlir::Block &block) {
  std::string names;
  llvm::SmallVector<llvm::StringRef> seen;
  for (mlir::Operation &op : block.without_terminator()) {
    llvm::StringRef name = op.getName().stripDialect();
    if (name == "reshape" || llvm::is_contained(seen, name)) continue;
    seen.push_back(name);
    names += (names.empty() ? "" : ", ") + name.str();
  }
  return names.empty() ? "reshape" : names;
}

/// The class of tokens that an op works on: " (read tokens)"; nothing before the classes are apart.
inline std::string classOf(mlir::Operation *op) {
  auto function = op->getParentOfType<mlir::FunctionOpInterface>();
  llvm::StringRef name = function ? function.getName() : "";
  return name == "read" || name == "generated" ? (" (" + name + " tokens)").str() : "";
}

} // namespace ingot
#endif
