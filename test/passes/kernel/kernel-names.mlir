// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Names say what kernels do, by the grammar in codegen/README.md.
// RUN: ingot-opt --ingot-outline-kernels %s | FileCheck %s
// RUN: ingot-opt --ingot-outline-kernels %s | %python %S/check-names.py %source/codegen/README.md
// RUN: %if models %{ ingot compile %models/SmolLM2-135M-Instruct.Q4_1.gguf --emit ir=kernel -o - --quiet | %python %S/check-names.py %source/codegen/README.md %}
// RUN: %if models %{ ingot compile %models/gemma-3-270m-q4_k_m.gguf --emit ir=kernel -o - --quiet --disable fuse-attention,fuse-rows | %python %S/check-names.py %source/codegen/README.md %}
// A name that breaks the rules is found.
// RUN: echo 'kernel.func @rows_dance' | not %python %S/check-names.py %source/codegen/README.md 2>&1 | FileCheck --check-prefix=ODD %s
// ODD: error: 'rows_dance' does not follow the grammar

// CHECK: kernel.func @matmul_q8_q4_1_q8_0_n16_8_k32_t6(
func.func @matmul(%input: !packed.activations<q8, 32, [negated32, scaled32]>, %v: !packed.matrix<16x32, q4_1>, %w: !packed.matrix<8x32, q8_0>) {
  %results:2 = kernel.group (%input, %v, %w) schedule <grain = 1, tokens = 6, prefetch = 0> {
  ^bb0(%a: !packed.activations<q8, 32, [negated32, scaled32]>, %b: !packed.matrix<16x32, q4_1>, %c: !packed.matrix<8x32, q8_0>):
    %y:2 = packed.matmul %a, (%b, %c) : !packed.activations<q8, 32, [negated32, scaled32]>, (!packed.matrix<16x32, q4_1>, !packed.matrix<8x32, q8_0>) -> (tensor<?x16xf32>, tensor<?x8xf32>)
    kernel.yield %y#0, %y#1 : tensor<?x16xf32>, tensor<?x8xf32>
  } : (!packed.activations<q8, 32, [negated32, scaled32]>, !packed.matrix<16x32, q4_1>, !packed.matrix<8x32, q8_0>) -> (tensor<?x16xf32>, tensor<?x8xf32>)
  return
}

// Adding to the residual, for wanted tokens.
// CHECK: kernel.func @matmul_f32_f16_n8_k8_add_wanted_t1(
func.func @matmul_add(%input: !packed.activations<f32, 8>, %weight: !packed.matrix<8x8, f16>, %x: tensor<?x8xf32>) {
  %sum = kernel.group (%input, %weight, %x) wanted schedule <grain = 1, tokens = 1, prefetch = 0> {
  ^bb0(%a: !packed.activations<f32, 8>, %w: !packed.matrix<8x8, f16>, %rows: tensor<?x8xf32>):
    %y = packed.matmul %a, (%w) : !packed.activations<f32, 8>, (!packed.matrix<8x8, f16>) -> (tensor<?x8xf32>)
    %z = model.add %rows, %y : tensor<?x8xf32>
    kernel.yield %z : tensor<?x8xf32>
  } : (!packed.activations<f32, 8>, !packed.matrix<8x8, f16>, tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}

// CHECK: kernel.func @embed_q6_k_k256(
func.func @embed(%tokens: tensor<?xi32>, %weight: !packed.matrix<16x256, q6_k>) {
  %x = kernel.group (%tokens, %weight) {
  ^bb0(%ids: tensor<?xi32>, %w: !packed.matrix<16x256, q6_k>):
    %y = packed.embed %ids, %w : !packed.matrix<16x256, q6_k> -> tensor<?x256xf32>
    kernel.yield %y : tensor<?x256xf32>
  } : (tensor<?xi32>, !packed.matrix<16x256, q6_k>) -> tensor<?x256xf32>
  return
}

// CHECK: kernel.func @attention_h4_d8_w3_t16(
func.func @attention(%queries: tensor<?x4x8xf32>, %keys: tensor<?x2x8xf32>, %positions: tensor<?xi32>) {
  %x = kernel.group (%queries, %keys, %positions) schedule <grain = 1, tokens = 16, prefetch = 0> {
  ^bb0(%q: tensor<?x4x8xf32>, %k: tensor<?x2x8xf32>, %p: tensor<?xi32>):
    %y = model.attention %q, %k, %k, %p scale 0.5 window 3 : tensor<?x4x8xf32>, tensor<?x2x8xf32>, tensor<?x2x8xf32>
    kernel.yield %y : tensor<?x4x8xf32>
  } : (tensor<?x4x8xf32>, tensor<?x2x8xf32>, tensor<?xi32>) -> tensor<?x4x8xf32>
  return
}

// CHECK: kernel.func @attention_h4_d8_bf16_t16(
func.func @rounded_attention(%queries: tensor<?x4x8xf32>, %keys: tensor<?x2x8xf32>, %positions: tensor<?xi32>) {
  %x = kernel.group (%queries, %keys, %positions) schedule <grain = 1, tokens = 16, prefetch = 0> {
  ^bb0(%q: tensor<?x4x8xf32>, %k: tensor<?x2x8xf32>, %p: tensor<?xi32>):
    %y = model.attention %q, %k, %k, %p scale 0.5 products bf16 : tensor<?x4x8xf32>, tensor<?x2x8xf32>, tensor<?x2x8xf32>
    kernel.yield %y : tensor<?x4x8xf32>
  } : (tensor<?x4x8xf32>, tensor<?x2x8xf32>, tensor<?xi32>) -> tensor<?x4x8xf32>
  return
}

// Scores have no width before they are made.
// CHECK: kernel.func @softmax_h4_t1(
func.func @softmax(%scores: tensor<?x4x?xf32>, %positions: tensor<?xi32>) {
  %x = kernel.group (%scores, %positions) schedule <grain = 1, tokens = 1, prefetch = 0> {
  ^bb0(%s: tensor<?x4x?xf32>, %p: tensor<?xi32>):
    %y = model.softmax %s, %p : tensor<?x4x?xf32>
    kernel.yield %y : tensor<?x4x?xf32>
  } : (tensor<?x4x?xf32>, tensor<?xi32>) -> tensor<?x4x?xf32>
  return
}

// Reshapes are no work, and a repeated operation is said once.
// CHECK: kernel.func @rows_silu_multiply_quantise_q8_32_t1(
// CHECK: kernel.func @rows_silu_multiply_quantise_q8_32_t1_v2(
func.func @rows(%heads: tensor<?x4x8xf32>) {
  %x = kernel.group (%heads) schedule <grain = 4, tokens = 1, prefetch = 0> {
  ^bb0(%h: tensor<?x4x8xf32>):
    %rows = model.reshape %h : tensor<?x4x8xf32> -> tensor<?x32xf32>
    %once = model.silu %rows : tensor<?x32xf32>
    %twice = model.silu %once : tensor<?x32xf32>
    %y = model.multiply %twice, %once : tensor<?x32xf32>
    %z = packed.quantise %y : tensor<?x32xf32> -> !packed.activations<q8, 32>
    kernel.yield %z : !packed.activations<q8, 32>
  } : (tensor<?x4x8xf32>) -> !packed.activations<q8, 32>
  %w = kernel.group (%heads) schedule <grain = 4, tokens = 1, prefetch = 0> {
  ^bb0(%h: tensor<?x4x8xf32>):
    %rows = model.reshape %h : tensor<?x4x8xf32> -> tensor<?x32xf32>
    %once = model.silu %rows : tensor<?x32xf32>
    %y = model.multiply %once, %rows : tensor<?x32xf32>
    %z = packed.quantise %y : tensor<?x32xf32> -> !packed.activations<q8, 32>
    kernel.yield %z : !packed.activations<q8, 32>
  } : (tensor<?x4x8xf32>) -> !packed.activations<q8, 32>
  return
}
