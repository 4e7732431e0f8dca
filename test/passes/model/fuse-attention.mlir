// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: ingot-opt --ingot-fuse-attention %s --remarks-filter=fuse-attention --remark-format=emitRemark --verify-diagnostics | FileCheck %s

// CHECK-LABEL: func.func @windowed
// CHECK-SAME: (%[[QUERIES:.*]]: tensor<?x4x8xf32>, %[[KEYS:.*]]: tensor<?x2x8xf32>, %[[VALUES:[a-z0-9]*]]: tensor<?x2x8xf32>, %[[POSITIONS:[a-z0-9]*]]:
// CHECK-NEXT: model.attention %[[QUERIES]], %[[KEYS]], %[[VALUES]], %[[POSITIONS]] scale 5.000000e-01 window 3
// CHECK-NEXT: return
func.func @windowed(%queries: tensor<?x4x8xf32>, %keys: tensor<?x2x8xf32>, %values: tensor<?x2x8xf32>, %positions: tensor<?xi32>) -> tensor<?x4x8xf32> {
  %s = model.scores %queries, %keys scale 0.5 : tensor<?x4x8xf32>, tensor<?x2x8xf32> -> tensor<?x4x?xf32>
  %p = model.softmax %s, %positions window 3 : tensor<?x4x?xf32>
  // expected-remark @below {{one attention}}
  %y = model.mix %p, %values : tensor<?x4x?xf32>, tensor<?x2x8xf32> -> tensor<?x4x8xf32>
  return %y : tensor<?x4x8xf32>
}

// CHECK-LABEL: func.func @no_softmax
// CHECK: model.mix
func.func @no_softmax(%queries: tensor<?x4x8xf32>, %keys: tensor<?x2x8xf32>) -> tensor<?x4x8xf32> {
  %s = model.scores %queries, %keys scale 0.5 : tensor<?x4x8xf32>, tensor<?x2x8xf32> -> tensor<?x4x?xf32>
  // expected-remark @below {{its probabilities are not a softmax of scores}}
  %y = model.mix %s, %keys : tensor<?x4x?xf32>, tensor<?x2x8xf32> -> tensor<?x4x8xf32>
  return %y : tensor<?x4x8xf32>
}

// CHECK-LABEL: func.func @no_scores
// CHECK: model.mix
func.func @no_scores(%s: tensor<?x4x?xf32>, %values: tensor<?x2x8xf32>, %positions: tensor<?xi32>) -> tensor<?x4x8xf32> {
  %p = model.softmax %s, %positions : tensor<?x4x?xf32>
  // expected-remark @below {{its probabilities are not a softmax of scores}}
  %y = model.mix %p, %values : tensor<?x4x?xf32>, tensor<?x2x8xf32> -> tensor<?x4x8xf32>
  return %y : tensor<?x4x8xf32>
}

// CHECK-LABEL: func.func @no_single_use
// CHECK-NOT: model.attention
func.func @no_single_use(%queries: tensor<?x4x8xf32>, %keys: tensor<?x2x8xf32>, %positions: tensor<?xi32>) -> (tensor<?x4x8xf32>, tensor<?x4x?xf32>) {
  %s = model.scores %queries, %keys scale 0.5 : tensor<?x4x8xf32>, tensor<?x2x8xf32> -> tensor<?x4x?xf32>
  %p = model.softmax %s, %positions : tensor<?x4x?xf32>
  // expected-remark @below {{its scores or probabilities have other uses}}
  %y = model.mix %p, %keys : tensor<?x4x?xf32>, tensor<?x2x8xf32> -> tensor<?x4x8xf32>
  return %y, %p : tensor<?x4x8xf32>, tensor<?x4x?xf32>
}

// CHECK-LABEL: func.func @no_equal_width
// CHECK-NOT: model.attention
func.func @no_equal_width(%queries: tensor<?x4x8xf32>, %keys: tensor<?x2x8xf32>, %values: tensor<?x2x16xf32>, %positions: tensor<?xi32>) -> tensor<?x4x16xf32> {
  %s = model.scores %queries, %keys scale 0.5 : tensor<?x4x8xf32>, tensor<?x2x8xf32> -> tensor<?x4x?xf32>
  %p = model.softmax %s, %positions : tensor<?x4x?xf32>
  // expected-remark @below {{values are not as wide as queries}}
  %y = model.mix %p, %values : tensor<?x4x?xf32>, tensor<?x2x16xf32> -> tensor<?x4x16xf32>
  return %y : tensor<?x4x16xf32>
}

// Keys of 2 heads, values of 1: each is fine, but there is no such attention.
// CHECK-LABEL: func.func @no_equal_heads
// CHECK-NOT: model.attention
func.func @no_equal_heads(%queries: tensor<?x4x8xf32>, %keys: tensor<?x2x8xf32>, %values: tensor<?x1x8xf32>, %positions: tensor<?xi32>) -> tensor<?x4x8xf32> {
  %s = model.scores %queries, %keys scale 0.5 : tensor<?x4x8xf32>, tensor<?x2x8xf32> -> tensor<?x4x?xf32>
  %p = model.softmax %s, %positions : tensor<?x4x?xf32>
  // expected-remark @below {{keys and values are stored differently}}
  %y = model.mix %p, %values : tensor<?x4x?xf32>, tensor<?x1x8xf32> -> tensor<?x4x8xf32>
  return %y : tensor<?x4x8xf32>
}

// CHECK-LABEL: func.func @no_equal_caches
// CHECK-NOT: model.attention
func.func @no_equal_caches(%queries: tensor<?x4x8xf32>, %positions: tensor<?xi32>) -> tensor<?x4x8xf32> {
  %keys = model.cache "keys.0" : !model.cache<keys, 2x8, 16, f16>
  %values = model.cache "values.0" : !model.cache<values, 2x8, 16, f32>
  %s = model.scores %queries, %keys scale 0.5 : tensor<?x4x8xf32>, !model.cache<keys, 2x8, 16, f16> -> tensor<?x4x?xf32>
  %p = model.softmax %s, %positions : tensor<?x4x?xf32>
  // expected-remark @below {{keys and values are stored differently}}
  %y = model.mix %p, %values : tensor<?x4x?xf32>, !model.cache<values, 2x8, 16, f32> -> tensor<?x4x8xf32>
  return %y : tensor<?x4x8xf32>
}

// Where no order is kept, what is replaced may stand behind the mix. Nothing else may be lost on the way.
// CHECK-LABEL: module @graph
// CHECK: model.attention
// CHECK: model.silu
module @graph {
  %queries, %keys, %positions = builtin.unrealized_conversion_cast to tensor<?x4x8xf32>, tensor<?x2x8xf32>, tensor<?xi32>
  // expected-remark @below {{one attention}}
  %y = model.mix %p, %keys : tensor<?x4x?xf32>, tensor<?x2x8xf32> -> tensor<?x4x8xf32>
  %p = model.softmax %s, %positions : tensor<?x4x?xf32>
  %s = model.scores %queries, %keys scale 0.5 : tensor<?x4x8xf32>, tensor<?x2x8xf32> -> tensor<?x4x?xf32>
  %z = model.silu %y : tensor<?x4x8xf32>
}
