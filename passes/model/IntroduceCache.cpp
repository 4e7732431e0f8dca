// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// IntroduceCache: keys and values are appended to a cache, and attention reads the cache.
#include "passes/Explain.h"
#include "passes/model/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;

namespace ingot {
#define GEN_PASS_DEF_INTRODUCECACHE
#include "passes/model/Passes.h.inc"

namespace {
struct IntroduceCache : impl::IntroduceCacheBase<IntroduceCache> {
  using IntroduceCacheBase::IntroduceCacheBase;

  /// The next name of the kind that no cache has.
  StringAttr nextName(model::CacheKind kind, int64_t &layer) {
    std::string name;
    do name = (stringifyCacheKind(kind) + "." + Twine(layer++)).str();
    while (taken.contains(name));
    return StringAttr::get(&getContext(), name);
  }

  /// A cache that holds `rows`, appended to where they are known. Null, with an error, if it would be too large.
  Value append(Value rows, model::CacheKind kind, int64_t &layer) {
    OpBuilder builder(rows.getContext());
    builder.setInsertionPointAfterValue(rows);
    auto type = cast<RankedTensorType>(rows.getType());
    if (element == "q8_0" && type.getDimSize(2) % 32 != 0) {
      emitError(rows.getLoc()) << "a cache in q8_0 has a scale for 32 values, so heads can't be " << type.getDimSize(2)
                               << " wide; f16 and bf16 take any width";
      return {};
    }
    auto cacheType = model::CacheType::getChecked([&] { return emitError(rows.getLoc()); }, rows.getContext(), kind,
                                                  type.getDimSize(1), type.getDimSize(2), (positions + 15) / 16 * 16, stored);
    if (!cacheType) return {};
    Value cache = model::CacheOp::create(builder, rows.getLoc(), cacheType, nextName(kind, layer));
    return model::AppendOp::create(builder, rows.getLoc(), cacheType, rows, cache);
  }

  void runOnOperation() override {
    if (positions < 1 || positions > model::valuesMax) {
      getOperation().emitError() << "a cache needs room for 1 position or more, at most 2^40, not " << int64_t(positions);
      return signalPassFailure();
    }
    stored = elementType();
    if (!stored) {
      getOperation().emitError() << "a cache holds f16, bf16, q8_0 or f32, not '" << element << "'";
      return signalPassFailure();
    }
    int64_t keys = 0, values = 0;
    taken.clear();
    getOperation().walk([&](model::CacheOp cache) { taken.insert(cache.getName()); });
    getOperation().walk([&](Operation *op) {
      OpOperand *operand = nullptr;
      if (auto scores = dyn_cast<model::ScoresOp>(op)) operand = &scores.getKeysMutable();
      if (auto mix = dyn_cast<model::MixOp>(op)) operand = &mix.getValuesMutable();
      // What is in kernels already is past this pass.
      if (!operand || !isa<func::FuncOp>(op->getParentOp()) || isa<model::CacheType>(operand->get().getType())) return;
      bool isKeys = isa<model::ScoresOp>(op);
      Value cache = append(operand->get(), isKeys ? model::CacheKind::keys : model::CacheKind::values, isKeys ? keys : values);
      if (!cache) return signalPassFailure();
      operand->set(cache);
    });
    explainDone(getOperation(), "introduce-cache", "keys and values of " + Twine(keys) + " layers are kept in " + element);
  }

  Type elementType() {
    Builder builder(&getContext());
    return llvm::StringSwitch<Type>(element)
        .Case("f16", builder.getF16Type())
        .Case("bf16", builder.getBF16Type())
        .Case("q8_0", builder.getI8Type())
        .Case("f32", builder.getF32Type())
        .Default({});
  }

  Type stored;
  llvm::StringSet<> taken;
};
} // namespace
} // namespace ingot
