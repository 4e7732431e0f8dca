// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: ingot-opt --ingot-narrow-wanted %s --remarks-filter=narrow-wanted --remark-format=emitRemark --verify-diagnostics | FileCheck %s

// The last attention's queries and the residual are picked, once each; keys and values are everyone's.
// CHECK-LABEL: func.func @read
// CHECK-SAME: (%[[X:[a-z0-9]*]]: tensor<?x16xf32>, %[[POSITIONS:[a-z0-9]*]]: tensor<?xi32>)
// CHECK: %[[Q:.*]] = model.reshape %[[X]]
// CHECK: %[[KEYS:.*]] = model.append
// CHECK-NEXT: %[[VALUES:.*]] = model.append
// CHECK-NEXT: %[[WANTED_Q:.*]] = model.wanted %[[Q]] : tensor<?x2x8xf32>
// CHECK-NEXT: %[[WANTED_X:.*]] = model.wanted %[[X]] : tensor<?x16xf32>
// CHECK-NEXT: %[[MIXED:.*]] = model.attention %[[WANTED_Q]], %[[KEYS]], %[[VALUES]], %[[POSITIONS]]
// CHECK-NEXT: %[[ROWS:.*]] = model.reshape %[[MIXED]]
// CHECK-NEXT: %[[OUT:.*]] = model.linear %[[ROWS]]
// CHECK-NEXT: %[[SUM:.*]] = model.add %[[WANTED_X]], %[[OUT]]
// CHECK-NEXT: %[[NORM:.*]] = model.rms_norm %[[SUM]]
// CHECK-NEXT: %[[UP:.*]]:2 = model.projections %[[NORM]]
// CHECK-NEXT: %[[BOTH:.*]] = model.multiply %[[UP]]#0, %[[UP]]#1
// CHECK-NEXT: %[[END:.*]] = model.add %[[SUM]], %[[BOTH]]
// CHECK-NEXT: model.linear %[[END]]
// CHECK-NEXT: return
func.func @read(%x: tensor<?x16xf32>, %positions: tensor<?xi32>) -> tensor<?x16xf32> {
  %w = model.weight "w" stored "f32" : tensor<16x16xf32>
  %n = model.weight "n" stored "f32" : tensor<16xf32>
  %keys = model.cache "keys.0" : !model.cache<keys, 2x8, 16, f16>
  %values = model.cache "values.0" : !model.cache<values, 2x8, 16, f16>
  %q = model.reshape %x : tensor<?x16xf32> -> tensor<?x2x8xf32>
  %k = model.append %q, %keys : tensor<?x2x8xf32>, !model.cache<keys, 2x8, 16, f16>
  %v = model.append %q, %values : tensor<?x2x8xf32>, !model.cache<values, 2x8, 16, f16>
  %mixed = model.attention %q, %k, %v, %positions scale 0.5 : tensor<?x2x8xf32>, !model.cache<keys, 2x8, 16, f16>, !model.cache<values, 2x8, 16, f16>
  %rows = model.reshape %mixed : tensor<?x2x8xf32> -> tensor<?x16xf32>
  %out = model.linear %rows, %w : tensor<?x16xf32>, tensor<16x16xf32> -> tensor<?x16xf32>
  %sum = model.add %x, %out : tensor<?x16xf32>
  %norm = model.rms_norm %sum, %n epsilon 1.0e-5 : tensor<?x16xf32>, tensor<16xf32>
  %up:2 = model.projections %norm, (%w, %w) : tensor<?x16xf32>, (tensor<16x16xf32>, tensor<16x16xf32>) -> (tensor<?x16xf32>, tensor<?x16xf32>)
  %both = model.multiply %up#0, %up#1 : tensor<?x16xf32>
  %end = model.add %sum, %both : tensor<?x16xf32>
  // expected-remark @below {{after the last attention, w, w, w only for the tokens whose logits are wanted (read tokens)}}
  %wanted = model.wanted %end : tensor<?x16xf32>
  %logits = model.linear %wanted, %w : tensor<?x16xf32>, tensor<16x16xf32> -> tensor<?x16xf32>
  return %logits : tensor<?x16xf32>
}

// Attention in three parts: the queries of the scores.
// CHECK-LABEL: func.func @parts
// CHECK: %[[WANTED:.*]] = model.wanted %{{.*}} : tensor<?x2x8xf32>
// CHECK-NEXT: model.scores %[[WANTED]]
// CHECK-NEXT: model.softmax
// CHECK-NEXT: model.mix
// CHECK-NEXT: return
func.func @parts(%q: tensor<?x2x8xf32>, %positions: tensor<?xi32>) -> tensor<?x2x8xf32> {
  %keys = model.cache "keys.0" : !model.cache<keys, 2x8, 16, f16>
  %values = model.cache "values.0" : !model.cache<values, 2x8, 16, f16>
  %s = model.scores %q, %keys scale 0.5 : tensor<?x2x8xf32>, !model.cache<keys, 2x8, 16, f16> -> tensor<?x2x?xf32>
  %p = model.softmax %s, %positions : tensor<?x2x?xf32>
  %y = model.mix %p, %values : tensor<?x2x?xf32>, !model.cache<values, 2x8, 16, f16> -> tensor<?x2x8xf32>
  // expected-remark @below {{after the last attention, what makes the rows only for}}
  %wanted = model.wanted %y : tensor<?x2x8xf32>
  return %wanted : tensor<?x2x8xf32>
}

// What others need stays whole.
// CHECK-LABEL: func.func @shared
// CHECK: %[[Y:.*]] = model.silu
// CHECK-NEXT: model.append %[[Y]]
// CHECK-NEXT: model.wanted %[[Y]]
func.func @shared(%x: tensor<?x2x8xf32>) -> (tensor<?x2x8xf32>, !model.cache<keys, 2x8, 16, f16>) {
  %keys = model.cache "keys.0" : !model.cache<keys, 2x8, 16, f16>
  %y = model.silu %x : tensor<?x2x8xf32>
  %k = model.append %y, %keys : tensor<?x2x8xf32>, !model.cache<keys, 2x8, 16, f16>
  // expected-remark @below {{what makes them is needed for the others too}}
  %wanted = model.wanted %y : tensor<?x2x8xf32>
  return %wanted, %k : tensor<?x2x8xf32>, !model.cache<keys, 2x8, 16, f16>
}

// Generated tokens: one row, as a rule, and picking it twice would be a step more.
// CHECK-LABEL: func.func @generated
// CHECK: model.silu
// CHECK-NEXT: model.wanted
func.func @generated(%x: tensor<?x16xf32>) -> tensor<?x16xf32> {
  %y = model.silu %x : tensor<?x16xf32>
  %wanted = model.wanted %y : tensor<?x16xf32>
  return %wanted : tensor<?x16xf32>
}
