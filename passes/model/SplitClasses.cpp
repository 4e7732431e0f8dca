// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// SplitClasses: @forward becomes @read and @generated, the two numeric classes.
#include "passes/model/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

namespace ingot {
#define GEN_PASS_DEF_SPLITCLASSES
#include "passes/model/Passes.h.inc"

namespace {
struct SplitClasses : impl::SplitClassesBase<SplitClasses> {
  void runOnOperation() override {
    auto forward = getOperation().lookupSymbol<func::FuncOp>("forward");
    auto refuse = [&](const Twine &why) {
      getOperation().emitError(why);
      signalPassFailure();
    };
    if (!forward) return refuse("has no function @forward");
    for (StringRef name : {"read", "generated"})
      if (getOperation().lookupSymbol(name)) return refuse("has a symbol @" + name + " already");
    if (!SymbolTable::symbolKnownUseEmpty(forward, getOperation())) return refuse("has uses of @forward, which would be lost");
    auto generated = forward.clone();
    generated.setName("generated");
    getOperation().insert(std::next(forward->getIterator()), generated);
    forward.setName("read");
  }
};
} // namespace
} // namespace ingot
