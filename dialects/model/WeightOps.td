// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Weights and what multiplies with them.
#ifndef INGOT_DIALECTS_MODEL_WEIGHTOPS_TD
#define INGOT_DIALECTS_MODEL_WEIGHTOPS_TD
include "dialects/model/ModelBase.td"

def Model_WeightOp : Model_Op<"weight", [Pure]> {
  let summary = "a named weight, as the values that its stored form stands for";
  let description = [{
    The values stay in the file: a side table (dialects/packed/WeightTable.h) maps the name to them. A matrix is [outputs, inputs].

    - (C1) `stored` names a format of dialects/packed/BlockFormat.h.
    - (C2) the last dimension is whole blocks of the format.

    `%w = model.weight "blk.0.attn_q.weight" stored "q4_1" : tensor<576x576xf32>`
  }];
  let arguments = (ins StrAttr:$name, StrAttr:$stored);
  let results = (outs AnyTypeOf<[Model_Vector, Model_Matrix]>:$result);
  let assemblyFormat = "$name `stored` $stored attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Model_EmbedOp : Model_Op<"embed", [Pure]> {
  let summary = "rows of a matrix picked by token id";
  let description = [{
    - (C1) the result's rows are as wide as the matrix.

    `%x = model.embed %tokens, %w : tensor<49152x576xf32> -> tensor<?x576xf32>`
  }];
  let arguments = (ins Model_TokenIntegers:$tokens, Model_Matrix:$weight);
  let results = (outs Model_PlainRows:$result);
  let assemblyFormat = "$tokens `,` $weight attr-dict `:` type($weight) `->` type($result)";
  let hasVerifier = 1;
}

def Model_LinearOp : Model_Op<"linear", [Pure]> {
  let summary = "y[t, n] = sum over k of x[t, k] * w[n, k]";
  let description = [{
    - (C1) x's rows are as wide as w's inputs, the result's as w's outputs.

    `%y = model.linear %x, %w : tensor<?x576xf32>, tensor<192x576xf32> -> tensor<?x192xf32>`
  }];
  let arguments = (ins Model_PlainRows:$input, Model_Matrix:$weight);
  let results = (outs Model_PlainRows:$result);
  let assemblyFormat = "$input `,` $weight attr-dict `:` type($input) `,` type($weight) `->` type($result)";
  let hasVerifier = 1;
}

def Model_ProjectionsOp : Model_Op<"projections", [Pure]> {
  let summary = "several linears of one input in one piece of work";
  let description = [{
    Made by FuseProjections; each weight keeps its own stored format.

    - (C1) one weight or more, as many results, each pair as in `model.linear`.

    `%y:2 = model.projections %x, (%v, %w) : tensor<?x576xf32>, (tensor<1536x576xf32>, tensor<1536x576xf32>) -> (tensor<?x1536xf32>, tensor<?x1536xf32>)`
  }];
  let arguments = (ins Model_PlainRows:$input, Variadic<Model_Matrix>:$weights);
  let results = (outs Variadic<Model_PlainRows>:$results);
  let assemblyFormat = "$input `,` `(` $weights `)` attr-dict `:` type($input) `,` `(` type($weights) `)` `->` `(` type($results) `)`";
  let hasVerifier = 1;
}
#endif
