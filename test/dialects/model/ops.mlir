// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Every op and type of the model dialect, read, printed and read again.
// The type of a lone cache prints without its dialect: the op says it.
// RUN: ingot-opt %s | ingot-opt | FileCheck %s

// CHECK-LABEL: func.func @rows
// CHECK-SAME: (%[[X:.*]]: tensor<?x8xf32>, %[[H:.*]]: tensor<?x2x4xf32>, %[[POSITIONS:.*]]: tensor<?xi32>, %[[WEIGHT:.*]]: tensor<8xf32>, %[[FREQUENCIES:.*]]: tensor<2xf32>)
func.func @rows(%x: tensor<?x8xf32>, %h: tensor<?x2x4xf32>, %positions: tensor<?xi32>, %weight: tensor<8xf32>, %frequencies: tensor<2xf32>) {
  // CHECK-NEXT: model.add %[[X]], %[[X]] : tensor<?x8xf32>
  %0 = model.add %x, %x : tensor<?x8xf32>
  // CHECK-NEXT: model.multiply %[[H]], %[[H]] : tensor<?x2x4xf32>
  %1 = model.multiply %h, %h : tensor<?x2x4xf32>
  // CHECK-NEXT: model.silu %[[X]] : tensor<?x8xf32>
  %2 = model.silu %x : tensor<?x8xf32>
  // CHECK-NEXT: model.gelu %[[X]] : tensor<?x8xf32>
  %3 = model.gelu %x : tensor<?x8xf32>
  // CHECK-NEXT: model.scale %[[X]] by 2.500000e+00 : tensor<?x8xf32>
  %4 = model.scale %x by 2.5 : tensor<?x8xf32>
  // CHECK-NEXT: model.rms_norm %[[X]], %[[WEIGHT]] epsilon 9.99999974E-6 : tensor<?x8xf32>, tensor<8xf32>
  %5 = model.rms_norm %x, %weight epsilon 1.0e-5 : tensor<?x8xf32>, tensor<8xf32>
  // CHECK-NEXT: model.reshape %[[X]] : tensor<?x8xf32> -> tensor<?x2x4xf32>
  %6 = model.reshape %x : tensor<?x8xf32> -> tensor<?x2x4xf32>
  // CHECK-NEXT: %[[ROTATION:.*]] = model.rotation %[[POSITIONS]], %[[FREQUENCIES]] : tensor<2xf32> -> tensor<?x2x2xf32>
  %rotation = model.rotation %positions, %frequencies : tensor<2xf32> -> tensor<?x2x2xf32>
  // CHECK-NEXT: model.rope %[[H]], %[[ROTATION]] : tensor<?x2x4xf32>, tensor<?x2x2xf32>
  %8 = model.rope %h, %rotation : tensor<?x2x4xf32>, tensor<?x2x2xf32>
  // CHECK-NEXT: model.rope %[[H]], %[[ROTATION]] interleaved : tensor<?x2x4xf32>, tensor<?x2x2xf32>
  %9 = model.rope %h, %rotation interleaved : tensor<?x2x4xf32>, tensor<?x2x2xf32>
  // CHECK-NEXT: model.wanted %[[X]] : tensor<?x8xf32>
  %10 = model.wanted %x : tensor<?x8xf32>
  return
}

// CHECK-LABEL: func.func @weights
// CHECK-SAME: (%[[TOKENS:.*]]: tensor<?xi32>)
func.func @weights(%tokens: tensor<?xi32>) {
  // CHECK-NEXT: model.weight "norm" stored "f32" : tensor<32xf32>
  %vector = model.weight "norm" stored "f32" : tensor<32xf32>
  // CHECK-NEXT: %[[MATRIX:.*]] = model.weight "matrix" stored "q4_1" : tensor<16x32xf32>
  %matrix = model.weight "matrix" stored "q4_1" : tensor<16x32xf32>
  // CHECK-NEXT: %[[X:.*]] = model.embed %[[TOKENS]], %[[MATRIX]] : tensor<16x32xf32> -> tensor<?x32xf32>
  %x = model.embed %tokens, %matrix : tensor<16x32xf32> -> tensor<?x32xf32>
  // CHECK-NEXT: model.linear %[[X]], %[[MATRIX]] : tensor<?x32xf32>, tensor<16x32xf32> -> tensor<?x16xf32>
  %y = model.linear %x, %matrix : tensor<?x32xf32>, tensor<16x32xf32> -> tensor<?x16xf32>
  // CHECK-NEXT: model.projections %[[X]], (%[[MATRIX]], %[[MATRIX]]) : tensor<?x32xf32>, (tensor<16x32xf32>, tensor<16x32xf32>) -> (tensor<?x16xf32>, tensor<?x16xf32>)
  %z:2 = model.projections %x, (%matrix, %matrix) : tensor<?x32xf32>, (tensor<16x32xf32>, tensor<16x32xf32>) -> (tensor<?x16xf32>, tensor<?x16xf32>)
  return
}

// CHECK-LABEL: func.func @attention
// CHECK-SAME: (%[[Q:.*]]: tensor<?x4x8xf32>, %[[K:.*]]: tensor<?x2x8xf32>, %[[POSITIONS:.*]]: tensor<?xi32>)
func.func @attention(%q: tensor<?x4x8xf32>, %k: tensor<?x2x8xf32>, %positions: tensor<?xi32>) {
  // CHECK-NEXT: %[[S:.*]] = model.scores %[[Q]], %[[K]] scale 5.000000e-01 : tensor<?x4x8xf32>, tensor<?x2x8xf32> -> tensor<?x4x?xf32>
  %s = model.scores %q, %k scale 0.5 : tensor<?x4x8xf32>, tensor<?x2x8xf32> -> tensor<?x4x?xf32>
  // CHECK-NEXT: model.softmax %[[S]], %[[POSITIONS]] : tensor<?x4x?xf32>
  %p = model.softmax %s, %positions : tensor<?x4x?xf32>
  // CHECK-NEXT: %[[P:.*]] = model.softmax %[[S]], %[[POSITIONS]] window 512 : tensor<?x4x?xf32>
  %windowed = model.softmax %s, %positions window 512 : tensor<?x4x?xf32>
  // CHECK-NEXT: model.mix %[[P]], %[[K]] : tensor<?x4x?xf32>, tensor<?x2x8xf32> -> tensor<?x4x8xf32>
  %y = model.mix %windowed, %k : tensor<?x4x?xf32>, tensor<?x2x8xf32> -> tensor<?x4x8xf32>
  // CHECK-NEXT: %[[CACHE:.*]] = model.cache "keys.0" : <keys, 2x8, 16, f16>
  %cache = model.cache "keys.0" : !model.cache<keys, 2x8, 16, f16>
  // CHECK-NEXT: %[[KEYS:.*]] = model.append %[[K]], %[[CACHE]] : tensor<?x2x8xf32>, <keys, 2x8, 16, f16>
  %keys = model.append %k, %cache : tensor<?x2x8xf32>, !model.cache<keys, 2x8, 16, f16>
  // CHECK-NEXT: %[[VALUES:.*]] = model.cache "values.0" : <values, 2x8, 16, f32>
  %values = model.cache "values.0" : !model.cache<values, 2x8, 16, f32>
  // CHECK-NEXT: model.attention %[[Q]], %[[KEYS]], %[[VALUES]], %[[POSITIONS]] scale 5.000000e-01 : tensor<?x4x8xf32>, !model.cache<keys, 2x8, 16, f16>, !model.cache<values, 2x8, 16, f32>
  %a = model.attention %q, %keys, %values, %positions scale 0.5 : tensor<?x4x8xf32>, !model.cache<keys, 2x8, 16, f16>, !model.cache<values, 2x8, 16, f32>
  // CHECK-NEXT: model.cache "keys.1" : <keys, 2x64, 16, bf16>
  %brain = model.cache "keys.1" : !model.cache<keys, 2x64, 16, bf16>
  // CHECK-NEXT: model.cache "keys.2" : <keys, 2x64, 16, i8>
  %codes = model.cache "keys.2" : !model.cache<keys, 2x64, 16, i8>
  // CHECK-NEXT: model.attention %[[Q]], %[[K]], %[[K]], %[[POSITIONS]] scale 1.000000e+00 window 3 : tensor<?x4x8xf32>, tensor<?x2x8xf32>, tensor<?x2x8xf32>
  %b = model.attention %q, %k, %k, %positions scale 1.0 window 3 : tensor<?x4x8xf32>, tensor<?x2x8xf32>, tensor<?x2x8xf32>
  // CHECK-NEXT: model.attention %[[Q]], %[[K]], %[[K]], %[[POSITIONS]] scale 1.000000e+00 window 3 products bf16 : tensor<?x4x8xf32>
  %c = model.attention %q, %k, %k, %positions scale 1.0 window 3 products bf16 : tensor<?x4x8xf32>, tensor<?x2x8xf32>, tensor<?x2x8xf32>
  return
}
