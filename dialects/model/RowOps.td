// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Row-wise ops: each token's row is computed from the same token's rows alone.
#ifndef INGOT_DIALECTS_MODEL_ROWOPS_TD
#define INGOT_DIALECTS_MODEL_ROWOPS_TD
include "dialects/model/ModelBase.td"

class Model_UnaryRowOp<string mnemonic, string text> : Model_RowOp<mnemonic, [SameOperandsAndResultType]> {
  let summary = text;
  let arguments = (ins Model_Rows:$input);
  let results = (outs Model_Rows:$result);
  let assemblyFormat = "$input attr-dict `:` type($input)";
}
class Model_BinaryRowOp<string mnemonic, string text> : Model_RowOp<mnemonic, [SameOperandsAndResultType, Commutative]> {
  let summary = text;
  let arguments = (ins Model_Rows:$lhs, Model_Rows:$rhs);
  let results = (outs Model_Rows:$result);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` type($lhs)";
}

def Model_AddOp : Model_BinaryRowOp<"add", "lhs + rhs"> { let description = [{`%y = model.add %a, %b : tensor<?x576xf32>`}]; }
def Model_MultiplyOp : Model_BinaryRowOp<"multiply", "lhs * rhs"> { let description = [{`%y = model.multiply %a, %b : tensor<?x576xf32>`}]; }
def Model_SiluOp : Model_UnaryRowOp<"silu", "x / (1 + exp(-x))"> { let description = [{`%y = model.silu %x : tensor<?x1536xf32>`}]; }
def Model_GeluOp : Model_UnaryRowOp<"gelu", "x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3))), computed, not looked up"> {
  let description = [{`%y = model.gelu %x : tensor<?x2048xf32>`}];
}

def Model_ScaleOp : Model_RowOp<"scale", [SameOperandsAndResultType]> {
  let summary = "x * factor";
  let description = [{`%y = model.scale %x by 2.529822e+01 : tensor<?x640xf32>`}];
  let arguments = (ins Model_Rows:$input, F32Attr:$factor);
  let results = (outs Model_Rows:$result);
  let assemblyFormat = "$input `by` $factor attr-dict `:` type($input)";
  let hasFolder = 1;
}

def Model_RmsNormOp : Model_RowOp<"rms_norm", [AllTypesMatch<["input", "result"]>]> {
  let summary = "x * (mean(x^2) + epsilon)^-1/2 * weight over the last dimension";
  let description = [{
    Float32 throughout; with heads, each head is normalised by itself with the one weight.

    - (C1) the weight is as long as the last dimension.
    - (C2) epsilon is positive.

    `%y = model.rms_norm %x, %w epsilon 1.0e-5 : tensor<?x576xf32>, tensor<576xf32>`
    Source: Zhang and Sennrich, https://arxiv.org/abs/1910.07467.
  }];
  let arguments = (ins Model_Rows:$input, Model_Vector:$weight, F32Attr:$epsilon);
  let results = (outs Model_Rows:$result);
  let assemblyFormat = "$input `,` $weight `epsilon` $epsilon attr-dict `:` type($input) `,` type($weight)";
  let hasVerifier = 1;
}

def Model_ReshapeOp : Model_RowOp<"reshape"> {
  let summary = "the same values of each row, seen as other heads";
  let description = [{
    - (C1) both rows have the same number of values.

    `%h = model.reshape %x : tensor<?x576xf32> -> tensor<?x9x64xf32>`
  }];
  let arguments = (ins Model_Rows:$input);
  let results = (outs Model_Rows:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

def Model_RotationOp : Model_RowOp<"rotation"> {
  let summary = "cosines and sines of position * frequency";
  let description = [{
    For P frequencies a row of 2 heads: the P cosines, then the P sines. Scaling rules (linear, llama3, yarn …) are in the frequencies.

    - (C1) the result is [tokens, 2, P].

    `%r = model.rotation %positions, %f : tensor<32xf32> -> tensor<?x2x32xf32>`
  }];
  let arguments = (ins Model_TokenIntegers:$positions, Model_Vector:$frequencies);
  let results = (outs Model_HeadRows:$result);
  let assemblyFormat = "$positions `,` $frequencies attr-dict `:` type($frequencies) `->` type($result)";
  let hasVerifier = 1;
}

def Model_RopeOp : Model_RowOp<"rope", [AllTypesMatch<["input", "result"]>]> {
  let summary = "rotary position embedding of the first 2 P values of each head";
  let description = [{
    Pair j is (2j, 2j+1) when `interleaved`, (j, j+P) otherwise ("halves", NeoX); values beyond 2 P stay.

    - (C1) 2 P is at most the head's width.
    - (C2) the rotation has 2 heads: cosines and sines.

    `%y = model.rope %x, %r interleaved : tensor<?x9x64xf32>, tensor<?x2x32xf32>`
    Source: Su et al., https://arxiv.org/abs/2104.09864.
  }];
  let arguments = (ins Model_HeadRows:$input, Model_HeadRows:$rotation, UnitAttr:$interleaved);
  let results = (outs Model_HeadRows:$result);
  let assemblyFormat = "$input `,` $rotation (`interleaved` $interleaved^)? attr-dict `:` type($input) `,` type($rotation)";
  let hasVerifier = 1;
}

def Model_WantedOp : Model_RowOp<"wanted", [SameOperandsAndResultType]> {
  let summary = "the rows of the tokens whose logits are wanted";
  let description = [{The pass says which. `%y = model.wanted %x : tensor<?x576xf32>`}];
  let arguments = (ins Model_Rows:$input);
  let results = (outs Model_Rows:$result);
  let assemblyFormat = "$input attr-dict `:` type($input)";
}
#endif
