// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The model dialect: its types and the base classes of its ops.
#ifndef INGOT_DIALECTS_MODEL_MODELBASE_TD
#define INGOT_DIALECTS_MODEL_MODELBASE_TD

include "mlir/IR/OpBase.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"

def Model_Dialect : Dialect {
  let name = "model";
  let cppNamespace = "::ingot::model";
  let summary = "What a transformer computes, on tensors";
  let description = [{
    Ops on float32 tensors whose first dimension is the number of tokens of a pass, which is not known before run time. Two kinds of
    rows exist: `tensor<?xWxf32>` (a row of W a token) and `tensor<?xHxWxf32>` (H heads of W a token). The dialect knows neither
    memory nor the target nor how weights are stored; a weight is named, never held.
  }];
  let useDefaultTypePrinterParser = 1;
}

/// A row a token: tensor<?xWxf32> or tensor<?xHxWxf32>.
def Model_Rows : Type<CPred<"::ingot::model::isRows($_self)">, "tensor of float32 rows (?xW or ?xHxW)", "::mlir::RankedTensorType">;
def Model_PlainRows : Type<CPred<"::ingot::model::isRows($_self) && ::llvm::cast<::mlir::RankedTensorType>($_self).getRank() == 2">,
                           "tensor of plain float32 rows (?xW)", "::mlir::RankedTensorType">;
def Model_HeadRows : Type<CPred<"::ingot::model::isRows($_self) && ::llvm::cast<::mlir::RankedTensorType>($_self).getRank() == 3">,
                          "tensor of float32 heads (?xHxW)", "::mlir::RankedTensorType">;
/// One integer a token: ids or positions.
def Model_TokenIntegers : Type<CPred<"::ingot::model::isTokenIntegers($_self)">, "tensor<?xi32>", "::mlir::RankedTensorType">,
                          BuildableType<"::ingot::model::tokenIntegersType($_builder.getContext())">;
/// [tokens, heads, keys]: both tokens and keys are unknown before run time.
def Model_Scores : Type<CPred<"::ingot::model::isScores($_self)">, "tensor of scores (?xHx?)", "::mlir::RankedTensorType">;
def Model_Vector : Type<CPred<"::ingot::model::isVector($_self)">, "tensor<Wxf32>", "::mlir::RankedTensorType">;
def Model_Matrix : Type<CPred<"::ingot::model::isMatrix($_self)">, "tensor<NxKxf32>", "::mlir::RankedTensorType">;

def Model_CacheKind : I32EnumAttr<"CacheKind", "what a cache holds", [
    I32EnumAttrCase<"keys", 0>, I32EnumAttrCase<"values", 1>]> {
  let cppNamespace = "::ingot::model";
  let genSpecializedAttr = 0;
}

def Model_Cache : TypeDef<Model_Dialect, "Cache"> {
  let mnemonic = "cache";
  let summary = "keys or values of all tokens so far";
  let description = [{
    `!model.cache<keys, 3x64, 8192, f16>`: keys of 3 heads of 64, room for 8192 positions, stored as f16. bf16, f32 and i8 are
    the others; i8 stands for codes with a scale for 32 elements of a head, as Q8_0 rounds. A cache value is used linearly: `model.append` consumes it and yields the longer one, in the same memory.
  }];
  let parameters = (ins EnumParameter<Model_CacheKind>:$kind, "int64_t":$heads, "int64_t":$width, "int64_t":$positions, "::mlir::Type":$element);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}
/// New keys or values, or the cache they were appended to.
def Model_KeysOrValues : AnyTypeOf<[Model_HeadRows, Model_Cache]>;

class Model_Op<string mnemonic, list<Trait> traits = []> : Op<Model_Dialect, mnemonic, traits>;
/// A pure op on the rows of each token by themselves: any two of them can share a kernel.
class Model_RowOp<string mnemonic, list<Trait> traits = []> : Model_Op<mnemonic, !listconcat([Pure], traits)>;

#endif
