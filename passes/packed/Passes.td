// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Passes from model IR to packed IR.
#ifndef INGOT_PASSES_PACKED_PASSES_TD
#define INGOT_PASSES_PACKED_PASSES_TD
include "mlir/Pass/PassBase.td"

def PackWeights : Pass<"ingot-pack-weights", "mlir::ModuleOp"> {
  let summary = "gives products packed weights and rounded inputs";
  let description = [{
    Chooses how each product's input is rounded from the weight's format and the function's numeric class (the function's name: read or
    generated). Projections whose weights want different kinds of input are split. **Needs:** products of `model.weight`.
    **Leaves:** no `model.embed`, `model.linear` or `model.projections`. Example: pack-weights.mlir
  }];
  let options = [Option<"read", "read", "std::string", "\"q8\"", "input of a quantised product for read tokens: q8, bf16, q15 or f32">,
                 Option<"generated", "generated", "std::string", "\"q15\"", "the same for generated tokens">,
                 Option<"bf16Dots", "bf16-dots", "bool", "true", "round the input of a BF16 product to bfloat16 for read tokens">,
                 Option<"wordDots", "word-dots", "bool", "false", "q15 as words where all codes have four or eight bits">];
  let dependentDialects = ["::ingot::packed::PackedDialect"];
}

def RoundAttention : Pass<"ingot-round-attention", "mlir::ModuleOp"> {
  let summary = "lets read tokens' attention multiply in bf16";
  let description = [{
    Generated tokens' attention waits for memory and stays in float32. Attention in three parts does, too: it is there to be simple.
    **Needs:** functions of the two classes. **Leaves:** `products bf16` on the attention of @read. Example: round-attention.mlir
  }];
  let dependentDialects = ["::ingot::model::ModelDialect"];
}
#endif
