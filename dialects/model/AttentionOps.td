// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Attention: three unfused primitives, the fused op, and the cache.
#ifndef INGOT_DIALECTS_MODEL_ATTENTIONOPS_TD
#define INGOT_DIALECTS_MODEL_ATTENTIONOPS_TD
include "dialects/model/ModelBase.td"

def Model_ScoresOp : Model_Op<"scores", [Pure]> {
  let summary = "scores[t, h, s] = scale * (q[t, h] . k[s, h / group])";
  let description = [{
    - (C1) the heads are a multiple of the keys' heads (group = their ratio), of the same width.
    - (C2) the result has the queries' heads.

    `%s = model.scores %q, %k scale 1.25e-01 : tensor<?x9x64xf32>, tensor<?x3x64xf32> -> tensor<?x9x?xf32>`
  }];
  let arguments = (ins Model_HeadRows:$queries, Model_KeysOrValues:$keys, F32Attr:$scale);
  let results = (outs Model_Scores:$result);
  let assemblyFormat = "$queries `,` $keys `scale` $scale attr-dict `:` type($queries) `,` type($keys) `->` type($result)";
  let hasVerifier = 1;
}

def Model_SoftmaxOp : Model_Op<"softmax", [Pure, AllTypesMatch<["input", "result"]>]> {
  let summary = "softmax over the keys that a token sees";
  let description = [{
    Token at position p sees key s iff s <= p, and with a `window` w also s > p - w; the others get exactly 0.

    - (C1) the window is positive.

    `%p = model.softmax %s, %positions window 512 : tensor<?x4x?xf32>`
  }];
  let arguments = (ins Model_Scores:$input, Model_TokenIntegers:$positions, OptionalAttr<I64Attr>:$window);
  let results = (outs Model_Scores:$result);
  let assemblyFormat = "$input `,` $positions (`window` $window^)? attr-dict `:` type($input)";
  let hasVerifier = 1;
}

def Model_MixOp : Model_Op<"mix", [Pure]> {
  let summary = "y[t, h] = sum over s of p[t, h, s] * v[s, h / group]";
  let description = [{
    - (C1) the heads are a multiple of the values' heads; the result has the probabilities' heads and the values' width.

    `%y = model.mix %p, %v : tensor<?x9x?xf32>, tensor<?x3x64xf32> -> tensor<?x9x64xf32>`
  }];
  let arguments = (ins Model_Scores:$probabilities, Model_KeysOrValues:$values);
  let results = (outs Model_HeadRows:$result);
  let assemblyFormat = "$probabilities `,` $values attr-dict `:` type($probabilities) `,` type($values) `->` type($result)";
  let hasVerifier = 1;
}

def Model_AttentionOp : Model_Op<"attention", [Pure, AllTypesMatch<["queries", "result"]>]> {
  let summary = "scores, softmax and mix without the scores in memory";
  let description = [{
    Made by FuseAttention. Like `model.softmax`, it may work on wanted rows: `positions` then stands for those of the wanted tokens.

    - (C1) heads and widths as in `model.scores` and `model.mix`, keys and values alike.
    - (C2) the window is positive.
    - (C3) `products` is bf16: queries, keys, values and the weights of the mix are rounded to it before they are multiplied; sums are
      float32. Without it products are float32.

    `%y = model.attention %q, %k, %v, %positions scale 1.25e-01 : tensor<?x9x64xf32>, !model.cache<keys, 3x64, 8192, f16>, !model.cache<values, 3x64, 8192, f16>`
  }];
  let arguments = (ins Model_HeadRows:$queries, Model_KeysOrValues:$keys, Model_KeysOrValues:$values, Model_TokenIntegers:$positions,
                       F32Attr:$scale, OptionalAttr<I64Attr>:$window, OptionalAttr<TypeAttr>:$products);
  let results = (outs Model_HeadRows:$result);
  let assemblyFormat = [{$queries `,` $keys `,` $values `,` $positions `scale` $scale (`window` $window^)? (`products` $products^)? attr-dict
                         `:` type($queries) `,` type($keys) `,` type($values)}];
  let hasVerifier = 1;
}

def Model_CacheOp : Model_Op<"cache", [Pure]> {
  let summary = "the cache of an earlier pass, by name";
  let description = [{`%c = model.cache "keys.0" : !model.cache<keys, 3x64, 8192, f16>`}];
  let arguments = (ins StrAttr:$name);
  let results = (outs Model_Cache:$result);
  let assemblyFormat = "$name attr-dict `:` type($result)";
}

def Model_AppendOp : Model_Op<"append", [Pure, AllTypesMatch<["cache", "result"]>]> {
  let summary = "a cache with this pass's keys or values at their positions";
  let description = [{
    Values are rounded to the cache's element type, to nearest even.

    - (C1) heads and width are the cache's.
    - (C2) the cache has no other use: it is written in place.

    `%d = model.append %k, %c : tensor<?x3x64xf32>, !model.cache<keys, 3x64, 8192, f16>`
  }];
  let arguments = (ins Model_HeadRows:$rows, Model_Cache:$cache);
  let results = (outs Model_Cache:$result);
  let assemblyFormat = "$rows `,` $cache attr-dict `:` type($rows) `,` type($cache)";
  let hasVerifier = 1;
}
#endif
