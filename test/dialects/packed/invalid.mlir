// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One case a constraint, named after it; then what types refuse.
// RUN: ingot-opt %s --verify-diagnostics --split-input-file

func.func @quantise_c1(%x: tensor<?x32xf32>) {
  // expected-error @below {{'packed.quantise' op rounds rows of 32 values to 64}}
  %a = packed.quantise %x : tensor<?x32xf32> -> !packed.activations<q8, 64>
  return
}

// -----

func.func @quantise_c2(%x: tensor<?x48xf32>) {
  // expected-error @below {{'packed.quantise' op needs a multiple of 32 columns, not 48}}
  %a = packed.quantise %x : tensor<?x48xf32> -> !packed.activations<q15, 48>
  return
}

// -----

func.func @matmul_c1(%a: !packed.activations<f32, 32>, %w: !packed.matrix<16x32, f32>) {
  // expected-error @below {{'packed.matmul' op has 1 weights but 2 results}}
  %y:2 = packed.matmul %a, (%w) : !packed.activations<f32, 32>, (!packed.matrix<16x32, f32>) -> (tensor<?x16xf32>, tensor<?x16xf32>)
  return
}

// -----

func.func @matmul_c1_none(%a: !packed.activations<f32, 32>) {
  // expected-error @below {{'packed.matmul' op has no weights}}
  "packed.matmul"(%a) : (!packed.activations<f32, 32>) -> ()
  return
}

// -----

func.func @matmul_c1_inputs(%a: !packed.activations<f32, 32>, %w: !packed.matrix<16x31, f32>) {
  // expected-error @below {{'packed.matmul' op multiplies rows of 32 with a matrix of 31 inputs}}
  %y = packed.matmul %a, (%w) : !packed.activations<f32, 32>, (!packed.matrix<16x31, f32>) -> (tensor<?x16xf32>)
  return
}

// -----

func.func @matmul_c1_outputs(%a: !packed.activations<f32, 32>, %w: !packed.matrix<16x32, f32>) {
  // expected-error @below {{'packed.matmul' op gives rows of 17 from a matrix of 16 outputs}}
  %y = packed.matmul %a, (%w) : !packed.activations<f32, 32>, (!packed.matrix<16x32, f32>) -> (tensor<?x17xf32>)
  return
}

// -----

func.func @matmul_c2(%a: !packed.activations<q8, 32, [scaled32]>, %w: !packed.matrix<16x32, q4_0>) {
  // expected-error @below {{'packed.matmul' op needs sums for q4_0 that its input lacks}}
  %y = packed.matmul %a, (%w) : !packed.activations<q8, 32, [scaled32]>, (!packed.matrix<16x32, q4_0>) -> (tensor<?x16xf32>)
  return
}

// -----

func.func @matmul_c3(%a: !packed.activations<q15, 256, [negated16, words]>, %w: !packed.matrix<16x256, q6_k>) {
  // expected-error @below {{'packed.matmul' op has words, which are not multiplied by q6_k}}
  %y = packed.matmul %a, (%w) : !packed.activations<q15, 256, [negated16, words]>, (!packed.matrix<16x256, q6_k>) -> (tensor<?x16xf32>)
  return
}

// -----

func.func @embed_c1(%tokens: tensor<?xi32>, %w: !packed.matrix<16x32, q8_0>) {
  // expected-error @below {{'packed.embed' op gives rows of 16 from a matrix of rows of 32}}
  %x = packed.embed %tokens, %w : !packed.matrix<16x32, q8_0> -> tensor<?x16xf32>
  return
}

// -----

// expected-error @below {{expected <OUTPUTSxINPUTS, FORMAT>}}
func.func private @matrix_format(!packed.matrix<16x32, q9_9>)

// -----

// expected-error @below {{expected <OUTPUTSxINPUTS, FORMAT>}}
func.func private @matrix_rank(!packed.matrix<16x32x2, f32>)

// -----

// expected-error @below {{a matrix needs positive outputs and inputs}}
func.func private @matrix_empty(!packed.matrix<16x0, f32>)

// -----

// expected-error @below {{48 inputs are no whole blocks of 32 (q4_1)}}
func.func private @matrix_blocks(!packed.matrix<16x48, q4_1>)

// -----

// expected-error @below {{unknown kind of activations 'q7'}}
func.func private @activations_kind(!packed.activations<q7, 32>)

// -----

// expected-error @below {{unknown part 'scaled64'}}
func.func private @activations_part(!packed.activations<q8, 32, [scaled64]>)

// -----

// expected-error @below {{only q15 comes as words}}
func.func private @activations_words(!packed.activations<q8, 32, [words]>)

// -----

// expected-error @below {{activations need 1 to 2^40 columns}}
func.func private @activations_empty(!packed.activations<q8, 0>)

// -----

// expected-error @below {{a matrix needs positive outputs and inputs, and at most 2^40 values}}
func.func private @matrix_too_large(!packed.matrix<4611686018427387904x4611686018427387904, f32>)
