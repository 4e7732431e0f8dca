// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// --explain: the remarks of the passes, equal ones counted, as text or JSON.
#ifndef INGOT_COMPILER_EXPLAIN_H
#define INGOT_COMPILER_EXPLAIN_H

#include "compiler/Options.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/raw_ostream.h"

namespace ingot {

class Explanation {
public:
  /// Listens to the context's remarks; must outlive it. Without a format nothing is listened to.
  void listen(mlir::MLIRContext &context, const CompileOptions &options);
  /// Numbers of layers in tensors' names become '*', so that what is said of every layer is said once.
  void add(llvm::StringRef pass, bool done, llvm::StringRef text);
  void print(llvm::raw_ostream &out, ExplainFormat format) const;

private:
  struct Remark {
    std::string pass, text;
    bool done;
  };
  std::vector<std::pair<Remark, unsigned>> remarks; ///< with how often each was made
};

} // namespace ingot
#endif
