// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a target without tiles says, and what a gate must be.
// RUN: ingot-opt --ingot-form-kernels --ingot-fuse-rows --ingot-fuse-gate %s --remarks-filter=fuse-gate --remark-format=emitRemark --verify-diagnostics | FileCheck %s
// With tiles, gate and up of real layers end in one kernel; its results of both are nowhere else.
// RUN: ingot compile %data/conformance/llama/model-bf16.gguf --target amx --tuning none --emit ir=kernel -o - --quiet | FileCheck --check-prefix=TILES %s
// RUN: ingot compile %data/conformance/llama/model-bf16.gguf --target amx --tuning none --emit ir=kernel -o - --quiet --disable fuse-gate | FileCheck --check-prefix=APART %s
// Where vectors share units, those that read a prompt in 8 bits do, too; generated tokens in 15 bits do not.
// RUN: ingot compile %data/conformance/llama_quants/model-q4_0.gguf --target sapphirerapids --tuning none --emit ir=kernel -o - --quiet | FileCheck --check-prefix=VECTORS --implicit-check-not=rows_silu_multiply_quantise_q8 %s

// VECTORS: kernel.func @matmul_q8_q4_0_q4_0_n{{[0-9]+}}_{{[0-9]+}}_k{{[0-9]+}}_silu_wanted_t{{[0-9]+}}(
// VECTORS: kernel.func @rows_silu_multiply_quantise_q15

// TILES: kernel.func @matmul_bf16_bf16_bf16_n{{[0-9]+}}_{{[0-9]+}}_k{{[0-9]+}}_silu_t256(
// TILES-NEXT: %[[BOTH:.*]]:2 = packed.matmul
// TILES-NEXT: %[[GATE:.*]] = model.silu %[[BOTH]]#0
// TILES-NEXT: %[[PRODUCT:.*]] = model.multiply %[[GATE]], %[[BOTH]]#1
// TILES-NEXT: %[[ROUNDED:.*]] = packed.quantise %[[PRODUCT]]
// TILES-NEXT: kernel.return %[[ROUNDED]]
// APART-NOT: _silu_t256
// APART: kernel.func @rows_silu_multiply_quantise_bf16

// CHECK-LABEL: func.func @no_tiles
// CHECK: packed.matmul
// CHECK-NEXT: kernel.yield
func.func @no_tiles(%input: !packed.activations<bf16, 32>, %gate: !packed.matrix<32x32, q4_0>, %up: !packed.matrix<32x32, q4_0>) -> !packed.activations<bf16, 32> {
  %0:2 = packed.matmul %input, (%gate, %up) : !packed.activations<bf16, 32>, (!packed.matrix<32x32, q4_0>, !packed.matrix<32x32, q4_0>) -> (tensor<?x32xf32>, tensor<?x32xf32>)
  %1 = model.silu %0#0 : tensor<?x32xf32>
  %2 = model.multiply %1, %0#1 : tensor<?x32xf32>
  // expected-remark @below {{the target's matmul cannot end in this rounding}}
  %3 = packed.quantise %2 : tensor<?x32xf32> -> !packed.activations<bf16, 32>
  return %3 : !packed.activations<bf16, 32>
}

// CHECK-LABEL: func.func @up_first
func.func @up_first(%input: !packed.activations<bf16, 32>, %gate: !packed.matrix<32x32, q4_0>, %up: !packed.matrix<32x32, q4_0>) -> !packed.activations<bf16, 32> {
  %0:2 = packed.matmul %input, (%up, %gate) : !packed.activations<bf16, 32>, (!packed.matrix<32x32, q4_0>, !packed.matrix<32x32, q4_0>) -> (tensor<?x32xf32>, tensor<?x32xf32>)
  %1 = model.silu %0#1 : tensor<?x32xf32>
  %2 = model.multiply %1, %0#0 : tensor<?x32xf32>
  // expected-remark @below {{its inputs are not gate and up of one matmul}}
  %3 = packed.quantise %2 : tensor<?x32xf32> -> !packed.activations<bf16, 32>
  return %3 : !packed.activations<bf16, 32>
}

// CHECK-LABEL: func.func @other_inputs
func.func @other_inputs(%a: tensor<?x32xf32>, %b: tensor<?x32xf32>) -> !packed.activations<bf16, 32> {
  %1 = model.silu %a : tensor<?x32xf32>
  %2 = model.multiply %1, %b : tensor<?x32xf32>
  // expected-remark @below {{its inputs are not those of one matmul}}
  %3 = packed.quantise %2 : tensor<?x32xf32> -> !packed.activations<bf16, 32>
  return %3 : !packed.activations<bf16, 32>
}
