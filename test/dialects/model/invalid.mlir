// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One case a constraint, named after it; then what types refuse.
// RUN: ingot-opt %s --verify-diagnostics --split-input-file

func.func @rms_norm_c1(%x: tensor<?x8xf32>, %weight: tensor<4xf32>) {
  // expected-error @below {{'model.rms_norm' op normalises rows of 8 with a weight of 4}}
  %y = model.rms_norm %x, %weight epsilon 1.0e-5 : tensor<?x8xf32>, tensor<4xf32>
  return
}

// -----

func.func @rms_norm_c2(%x: tensor<?x8xf32>, %weight: tensor<8xf32>) {
  // expected-error @below {{'model.rms_norm' op needs a positive epsilon}}
  %y = model.rms_norm %x, %weight epsilon 0.0 : tensor<?x8xf32>, tensor<8xf32>
  return
}

// -----

func.func @reshape_c1(%x: tensor<?x8xf32>) {
  // expected-error @below {{'model.reshape' op turns rows of 8 values into rows of 12}}
  %y = model.reshape %x : tensor<?x8xf32> -> tensor<?x3x4xf32>
  return
}

// -----

func.func @rotation_c1(%positions: tensor<?xi32>, %frequencies: tensor<2xf32>) {
  // expected-error @below {{'model.rotation' op of 2 frequencies must give 2 heads of 2, not 2 of 3}}
  %y = model.rotation %positions, %frequencies : tensor<2xf32> -> tensor<?x2x3xf32>
  return
}

// -----

func.func @rope_c1(%x: tensor<?x4x8xf32>, %rotation: tensor<?x2x5xf32>) {
  // expected-error @below {{'model.rope' op rotates 10 values of heads of 8}}
  %y = model.rope %x, %rotation : tensor<?x4x8xf32>, tensor<?x2x5xf32>
  return
}

// -----

func.func @rope_c2(%x: tensor<?x4x8xf32>, %rotation: tensor<?x3x4xf32>) {
  // expected-error @below {{'model.rope' op needs a rotation of 2 heads, not 3}}
  %y = model.rope %x, %rotation : tensor<?x4x8xf32>, tensor<?x3x4xf32>
  return
}

// -----

func.func @weight_c1() {
  // expected-error @below {{'model.weight' op is stored in unknown format 'q9_9'}}
  %w = model.weight "w" stored "q9_9" : tensor<8x32xf32>
  return
}

// -----

func.func @weight_c2() {
  // expected-error @below {{'model.weight' op has rows of 48, which are no whole blocks of 32 (q4_1)}}
  %w = model.weight "w" stored "q4_1" : tensor<8x48xf32>
  return
}

// -----

func.func @embed_c1(%tokens: tensor<?xi32>, %w: tensor<16x8xf32>) {
  // expected-error @below {{'model.embed' op gives rows of 9 from a matrix of rows of 8}}
  %x = model.embed %tokens, %w : tensor<16x8xf32> -> tensor<?x9xf32>
  return
}

// -----

func.func @linear_c1(%x: tensor<?x9xf32>, %w: tensor<16x8xf32>) {
  // expected-error @below {{'model.linear' op multiplies rows of 9 with a matrix of 8 inputs}}
  %y = model.linear %x, %w : tensor<?x9xf32>, tensor<16x8xf32> -> tensor<?x16xf32>
  return
}

// -----

func.func @linear_c1_outputs(%x: tensor<?x8xf32>, %w: tensor<16x8xf32>) {
  // expected-error @below {{'model.linear' op gives rows of 8 from a matrix of 16 outputs}}
  %y = model.linear %x, %w : tensor<?x8xf32>, tensor<16x8xf32> -> tensor<?x8xf32>
  return
}

// -----

func.func @projections_c1(%x: tensor<?x8xf32>, %w: tensor<16x8xf32>) {
  // expected-error @below {{'model.projections' op has 1 weights but 2 results}}
  %y:2 = model.projections %x, (%w) : tensor<?x8xf32>, (tensor<16x8xf32>) -> (tensor<?x16xf32>, tensor<?x16xf32>)
  return
}

// -----

func.func @projections_c1_none(%x: tensor<?x8xf32>) {
  // expected-error @below {{'model.projections' op has no weights}}
  "model.projections"(%x) : (tensor<?x8xf32>) -> ()
  return
}

// -----

func.func @scores_c1(%q: tensor<?x4x8xf32>, %k: tensor<?x3x8xf32>) {
  // expected-error @below {{'model.scores' op shares 3 heads among 4, which is not a whole number}}
  %s = model.scores %q, %k scale 1.0 : tensor<?x4x8xf32>, tensor<?x3x8xf32> -> tensor<?x4x?xf32>
  return
}

// -----

func.func @scores_c1_width(%q: tensor<?x4x8xf32>, %k: tensor<?x2x7xf32>) {
  // expected-error @below {{'model.scores' op compares queries of width 8 with keys of width 7}}
  %s = model.scores %q, %k scale 1.0 : tensor<?x4x8xf32>, tensor<?x2x7xf32> -> tensor<?x4x?xf32>
  return
}

// -----

func.func @scores_c2(%q: tensor<?x4x8xf32>, %k: tensor<?x2x8xf32>) {
  // expected-error @below {{'model.scores' op of 4 heads gives 5}}
  %s = model.scores %q, %k scale 1.0 : tensor<?x4x8xf32>, tensor<?x2x8xf32> -> tensor<?x5x?xf32>
  return
}

// -----

func.func @softmax_c1(%s: tensor<?x4x?xf32>, %positions: tensor<?xi32>) {
  // expected-error @below {{'model.softmax' op needs a positive window}}
  %p = model.softmax %s, %positions window 0 : tensor<?x4x?xf32>
  return
}

// -----

func.func @mix_c1(%p: tensor<?x4x?xf32>, %v: tensor<?x2x8xf32>) {
  // expected-error @below {{'model.mix' op of 4 heads and values of width 8 gives 4x9}}
  %y = model.mix %p, %v : tensor<?x4x?xf32>, tensor<?x2x8xf32> -> tensor<?x4x9xf32>
  return
}

// -----

func.func @attention_c1(%q: tensor<?x4x8xf32>, %k: tensor<?x2x8xf32>, %v: tensor<?x1x8xf32>, %positions: tensor<?xi32>) {
  // expected-error @below {{'model.attention' op has keys and values of different heads or width}}
  %y = model.attention %q, %k, %v, %positions scale 1.0 : tensor<?x4x8xf32>, tensor<?x2x8xf32>, tensor<?x1x8xf32>
  return
}

// -----

func.func @attention_c2(%q: tensor<?x4x8xf32>, %k: tensor<?x2x8xf32>, %positions: tensor<?xi32>) {
  // expected-error @below {{'model.attention' op needs a positive window}}
  %y = model.attention %q, %k, %k, %positions scale 1.0 window -3 : tensor<?x4x8xf32>, tensor<?x2x8xf32>, tensor<?x2x8xf32>
  return
}

// -----

func.func @attention_c3(%q: tensor<?x4x8xf32>, %k: tensor<?x2x8xf32>, %positions: tensor<?xi32>) {
  // expected-error @below {{'model.attention' op has products in bf16 or, without the attribute, float32, not in 'f16'}}
  %y = model.attention %q, %k, %k, %positions scale 1.0 products f16 : tensor<?x4x8xf32>, tensor<?x2x8xf32>, tensor<?x2x8xf32>
  return
}

// -----

func.func @append_c1(%k: tensor<?x2x8xf32>) {
  %cache = model.cache "keys.0" : !model.cache<keys, 2x4, 16, f16>
  // expected-error @below {{'model.append' op appends rows of other heads or width than the cache's}}
  %keys = model.append %k, %cache : tensor<?x2x8xf32>, !model.cache<keys, 2x4, 16, f16>
  return
}

// -----

func.func @append_c2(%k: tensor<?x2x8xf32>) {
  %cache = model.cache "keys.0" : !model.cache<keys, 2x8, 16, f16>
  // expected-error @below {{'model.append' op writes a cache in place that has other uses}}
  %keys = model.append %k, %cache : tensor<?x2x8xf32>, !model.cache<keys, 2x8, 16, f16>
  %again = model.append %k, %cache : tensor<?x2x8xf32>, !model.cache<keys, 2x8, 16, f16>
  return
}

// -----

// expected-error @below {{expected <keys|values, HEADSxWIDTH, POSITIONS, f16|bf16|i8|f32>}}
func.func private @cache_kind(!model.cache<queries, 2x8, 16, f16>)

// -----

// expected-error @below {{a cache needs positive heads, width and positions}}
func.func private @cache_empty(!model.cache<keys, 2x8, 0, f16>)

// -----

// expected-error @below {{a cache holds f16, bf16, i8 or f32, not 'i16'}}
func.func private @cache_element(!model.cache<keys, 2x8, 16, i16>)

// -----

// expected-error @below {{a cache of i8 has a scale for 32 values, so heads can't be 8 wide}}
func.func private @cache_scales(!model.cache<keys, 2x8, 16, i8>)

// -----

func.func @empty_rows(%x: tensor<?x0xf32>) {
  // expected-error @below {{must be tensor of float32 rows}}
  %y = model.silu %x : tensor<?x0xf32>
  return
}

// -----

func.func @static_tokens(%x: tensor<5x8xf32>) {
  // expected-error @below {{must be tensor of float32 rows}}
  %y = model.silu %x : tensor<5x8xf32>
  return
}

// -----

// expected-error @below {{a cache needs positive heads, width and positions, and at most 2^40 values}}
func.func private @cache_too_large(!model.cache<keys, 4611686018427387904x8, 16, f16>)

// -----

func.func @rows_too_long(%x: tensor<?x4611686018427387904xf32>) {
  // expected-error @below {{must be tensor of float32 rows}}
  %y = model.silu %x : tensor<?x4611686018427387904xf32>
  return
}
