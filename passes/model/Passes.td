// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Passes on model IR.
#ifndef INGOT_PASSES_MODEL_PASSES_TD
#define INGOT_PASSES_MODEL_PASSES_TD
include "mlir/Pass/PassBase.td"

def IntroduceCache : Pass<"ingot-introduce-cache", "mlir::ModuleOp"> {
  let summary = "gives attention the keys and values of earlier passes";
  let description = [{
    **Needs:** `model.scores` and `model.mix` on this pass's keys and values. **Leaves:** the same on caches, each appended to once.
    One cache of keys and one of values a layer, in order of the layers. Example: introduce-cache.mlir
  }];
  let options = [Option<"positions", "positions", "int64_t", "4096", "positions that a cache has room for (rounded up to a multiple of 16)">,
                 Option<"element", "element", "std::string", "\"f16\"", "what it holds: f16, bf16, q8_0 or f32">];
  let dependentDialects = ["::ingot::model::ModelDialect"];
}

def FuseAttention : Pass<"ingot-fuse-attention", "mlir::ModuleOp"> {
  let summary = "turns scores, softmax and mix into attention";
  let description = [{
    **Needs:** nothing. **Leaves:** no chain of scores, softmax and mix whose links have one use each. Example: fuse-attention.mlir
  }];
  let dependentDialects = ["::ingot::model::ModelDialect"];
}

def FuseProjections : Pass<"ingot-fuse-projections", "mlir::ModuleOp"> {
  let summary = "joins linears of one input (queries, keys and values; gate and up)";
  let description = [{
    One step instead of several, and one rounding of the input. **Needs:** weights without operands. **Leaves:** no two `model.linear` of one
    input in a block. Example: fuse-projections.mlir
  }];
  let dependentDialects = ["::ingot::model::ModelDialect"];
}

def SplitClasses : Pass<"ingot-split-classes", "mlir::ModuleOp"> {
  let summary = "makes one function for read tokens and one for generated ones";
  let description = [{
    The numbers of a position depend on whether its token was read or generated, and on nothing else. **Needs:** a function @forward.
    **Leaves:** @read and @generated in its place. Example: split-classes.mlir
  }];
}

def NarrowWanted : Pass<"ingot-narrow-wanted", "mlir::ModuleOp"> {
  let summary = "computes what follows the last attention for the wanted tokens alone";
  let description = [{
    Moves `model.wanted` up through operations on rows to the queries of the last attention and the residual beside it. **Needs:** one
    `model.wanted` in a function; leaves @generated alone. **Leaves:** the same numbers. Example: narrow-wanted.mlir
  }];
  let dependentDialects = ["::ingot::model::ModelDialect"];
}
#endif
