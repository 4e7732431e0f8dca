// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The packed dialect: weights and activations as a target stores them, and the products of the two.
#ifndef INGOT_DIALECTS_PACKED_PACKED_TD
#define INGOT_DIALECTS_PACKED_PACKED_TD

include "dialects/model/ModelBase.td"

def Packed_Dialect : Dialect {
  let name = "packed";
  let cppNamespace = "::ingot::packed";
  let summary = "How weights and activations are stored";
  let description = [{
    One table of block formats (BlockFormat.h) says what a stored weight means; the order of the bytes in memory is the target's
    (codegen/cpu/layout). Types name the format and the shape, ops multiply.
  }];
  let useDefaultTypePrinterParser = 1;
}

def Packed_Matrix : TypeDef<Packed_Dialect, "Matrix"> {
  let mnemonic = "matrix";
  let summary = "a weight matrix in the target's order";
  let description = [{`!packed.matrix<192x576, q4_1>`: 192 outputs, 576 inputs.}];
  let parameters = (ins "int64_t":$rows, "int64_t":$columns, "::ingot::packed::BlockFormat":$format);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

def Packed_Activations : TypeDef<Packed_Dialect, "Activations"> {
  let mnemonic = "activations";
  let summary = "a row a token, rounded for a matmul";
  let description = [{
    `!packed.activations<q8, 576, [negated32]>`: 576 values in int8 blocks of 32, with the sums that zero points and minimums need
    (negated32, negated16, scaled32, scaled16); q15 may come as `words`. See ActivationKind.h.
  }];
  let parameters = (ins "::ingot::packed::ActivationKind":$kind, "int64_t":$columns, "uint8_t":$parts);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

class Packed_Op<string mnemonic, list<Trait> traits = []> : Op<Packed_Dialect, mnemonic, !listconcat([Pure], traits)>;

def Packed_WeightOp : Packed_Op<"weight"> {
  let summary = "a named weight matrix in the target's order";
  let description = [{`%w = packed.weight "blk.0.attn_q.weight" : !packed.matrix<576x576, q4_1>`}];
  let arguments = (ins StrAttr:$name);
  let results = (outs Packed_Matrix:$result);
  let assemblyFormat = "$name attr-dict `:` type($result)";
}

def Packed_QuantiseOp : Packed_Op<"quantise"> {
  let summary = "rows rounded for a matmul";
  let description = [{
    - (C1) the result has as many columns as the rows have values.
    - (C2) q8 and q15 need a multiple of 32 columns.

    `%a = packed.quantise %x : tensor<?x576xf32> -> !packed.activations<q8, 576, [scaled32]>`
  }];
  let arguments = (ins Model_Rows:$input);
  let results = (outs Packed_Activations:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

def Packed_MatmulOp : Packed_Op<"matmul"> {
  let summary = "products of one input with one or several packed matrices";
  let description = [{
    - (C1) one weight or more, as many results; each weight has the input's columns and its result's width.
    - (C2) the input carries the sums that the weights' formats need.
    - (C3) words meet only weights with codes of four or eight bits.

    `%y:2 = packed.matmul %a, (%v, %w) : !packed.activations<q8, 576, [scaled32]>, (!packed.matrix<192x576, q4_1>, !packed.matrix<192x576, q4_1>) -> (tensor<?x192xf32>, tensor<?x192xf32>)`
  }];
  let arguments = (ins Packed_Activations:$input, Variadic<Packed_Matrix>:$weights);
  let results = (outs Variadic<Model_PlainRows>:$results);
  let assemblyFormat = "$input `,` `(` $weights `)` attr-dict `:` type($input) `,` `(` type($weights) `)` `->` `(` type($results) `)`";
  let hasVerifier = 1;
}

def Packed_EmbedOp : Packed_Op<"embed"> {
  let summary = "rows of a packed matrix picked by token id, dequantised exactly";
  let description = [{
    - (C1) the result's rows are as wide as the matrix.

    `%x = packed.embed %tokens, %w : !packed.matrix<49152x576, q8_0> -> tensor<?x576xf32>`
  }];
  let arguments = (ins Model_TokenIntegers:$tokens, Packed_Matrix:$weight);
  let results = (outs Model_PlainRows:$result);
  let assemblyFormat = "$tokens `,` $weight attr-dict `:` type($weight) `->` type($result)";
  let hasVerifier = 1;
}
#endif
