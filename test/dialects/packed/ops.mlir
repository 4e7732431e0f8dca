// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Every op and type of the packed dialect, read, printed and read again.
// The type of a lone value prints without its dialect: the op says it.
// RUN: ingot-opt %s | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @ops
// CHECK-SAME: (%[[TOKENS:.*]]: tensor<?xi32>)
func.func @ops(%tokens: tensor<?xi32>) {
  // CHECK-NEXT: %[[WEIGHT:.*]] = packed.weight "w" : <16x32, q4_1>
  %weight = packed.weight "w" : !packed.matrix<16x32, q4_1>
  // CHECK-NEXT: %[[X:.*]] = packed.embed %[[TOKENS]], %[[WEIGHT]] : <16x32, q4_1> -> tensor<?x32xf32>
  %x = packed.embed %tokens, %weight : !packed.matrix<16x32, q4_1> -> tensor<?x32xf32>
  // CHECK-NEXT: %[[INPUT:.*]] = packed.quantise %[[X]] : tensor<?x32xf32> -> <q8, 32, [scaled32]>
  %input = packed.quantise %x : tensor<?x32xf32> -> !packed.activations<q8, 32, [scaled32]>
  // CHECK-NEXT: packed.matmul %[[INPUT]], (%[[WEIGHT]], %[[WEIGHT]]) : <q8, 32, [scaled32]>, (!packed.matrix<16x32, q4_1>, !packed.matrix<16x32, q4_1>) -> (tensor<?x16xf32>, tensor<?x16xf32>)
  %y:2 = packed.matmul %input, (%weight, %weight) : !packed.activations<q8, 32, [scaled32]>, (!packed.matrix<16x32, q4_1>, !packed.matrix<16x32, q4_1>) -> (tensor<?x16xf32>, tensor<?x16xf32>)
  return
}

// Heads are rounded as the row that they are.
// CHECK-LABEL: func.func @quantise_heads
func.func @quantise_heads(%x: tensor<?x2x16xf32>) {
  // CHECK: packed.quantise %{{.*}} : tensor<?x2x16xf32> -> <q15, 32>
  %input = packed.quantise %x : tensor<?x2x16xf32> -> !packed.activations<q15, 32>
  return
}

// CHECK-LABEL: func.func private @formats(
// CHECK-SAME: !packed.matrix<4x256, f32>, !packed.matrix<4x256, f16>, !packed.matrix<4x256, bf16>, !packed.matrix<4x256, q4_0>,
// CHECK-SAME: !packed.matrix<4x256, q4_1>, !packed.matrix<4x256, q5_0>, !packed.matrix<4x256, q5_1>, !packed.matrix<4x256, q8_0>,
// CHECK-SAME: !packed.matrix<4x256, q2_k>, !packed.matrix<4x256, q3_k>, !packed.matrix<4x256, q4_k>, !packed.matrix<4x256, q5_k>,
// CHECK-SAME: !packed.matrix<4x256, q6_k>)
func.func private @formats(
  !packed.matrix<4x256, f32>, !packed.matrix<4x256, f16>, !packed.matrix<4x256, bf16>, !packed.matrix<4x256, q4_0>,
  !packed.matrix<4x256, q4_1>, !packed.matrix<4x256, q5_0>, !packed.matrix<4x256, q5_1>, !packed.matrix<4x256, q8_0>,
  !packed.matrix<4x256, q2_k>, !packed.matrix<4x256, q3_k>, !packed.matrix<4x256, q4_k>, !packed.matrix<4x256, q5_k>,
  !packed.matrix<4x256, q6_k>)

// CHECK-LABEL: func.func private @kinds(
// CHECK-SAME: !packed.activations<f32, 5>, !packed.activations<bf16, 5>, !packed.activations<q8, 32>,
// CHECK-SAME: !packed.activations<q15, 32, [negated32, negated16, scaled32, scaled16]>)
func.func private @kinds(
  !packed.activations<f32, 5>, !packed.activations<bf16, 5>, !packed.activations<q8, 32>,
  !packed.activations<q15, 32, [negated32, negated16, scaled32, scaled16]>)
