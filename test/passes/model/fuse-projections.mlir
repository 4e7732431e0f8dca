// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: ingot-opt --ingot-fuse-projections %s --remarks-filter=fuse-projections --remark-format=emitRemark --verify-diagnostics | FileCheck %s

// At the place of the first; each weight keeps its own format, and the outputs may differ.
// CHECK-LABEL: func.func @two
// CHECK-SAME: (%[[INPUT:.*]]: tensor<?x32xf32>)
func.func @two(%input: tensor<?x32xf32>) -> (tensor<?x16xf32>, tensor<?x8xf32>) {
  // CHECK-NEXT: %[[V:.*]] = model.weight "v"
  // CHECK-NEXT: %[[W:.*]] = model.weight "w"
  // CHECK-NEXT: %[[RESULTS:.*]]:2 = model.projections %[[INPUT]], (%[[V]], %[[W]])
  %v = model.weight "v" stored "q4_1" : tensor<16x32xf32>
  // expected-remark @below {{v, w in one product}}
  %0 = model.linear %input, %v : tensor<?x32xf32>, tensor<16x32xf32> -> tensor<?x16xf32>
  // CHECK-NEXT: model.silu %[[RESULTS]]#0
  %activated = model.silu %0 : tensor<?x16xf32>
  %w = model.weight "w" stored "f16" : tensor<8x32xf32>
  %1 = model.linear %input, %w : tensor<?x32xf32>, tensor<8x32xf32> -> tensor<?x8xf32>
  // CHECK-NEXT: return %{{.*}}, %[[RESULTS]]#1
  return %activated, %1 : tensor<?x16xf32>, tensor<?x8xf32>
}

// A weight that is used before, such as one tied to the embedding, stays where it is.
// CHECK-LABEL: func.func @tied
// CHECK-SAME: (%[[TOKENS:.*]]: tensor<?xi32>)
func.func @tied(%tokens: tensor<?xi32>) -> (tensor<?x16xf32>, tensor<?x16xf32>) {
  // CHECK-NEXT: %[[TIED:.*]] = model.weight "tied"
  // CHECK-NEXT: model.embed %[[TOKENS]], %[[TIED]]
  // CHECK: model.projections %{{.*}}, (%[[TIED]], %[[TIED]])
  %tied = model.weight "tied" stored "f32" : tensor<16x32xf32>
  %x = model.embed %tokens, %tied : tensor<16x32xf32> -> tensor<?x32xf32>
  // expected-remark @below {{in one product}}
  %0 = model.linear %x, %tied : tensor<?x32xf32>, tensor<16x32xf32> -> tensor<?x16xf32>
  %1 = model.linear %x, %tied : tensor<?x32xf32>, tensor<16x32xf32> -> tensor<?x16xf32>
  return %0, %1 : tensor<?x16xf32>, tensor<?x16xf32>
}

// CHECK-LABEL: func.func @no_other_linear
// CHECK: model.linear
func.func @no_other_linear(%input: tensor<?x32xf32>) -> tensor<?x16xf32> {
  %w = model.weight "w" stored "f32" : tensor<16x32xf32>
  // expected-remark @below {{w alone: no other product reads its input}}
  %0 = model.linear %input, %w : tensor<?x32xf32>, tensor<16x32xf32> -> tensor<?x16xf32>
  return %0 : tensor<?x16xf32>
}

// CHECK-LABEL: func.func @no_named_weight
// CHECK-COUNT-2: model.linear
func.func @no_named_weight(%input: tensor<?x32xf32>, %computed: tensor<16x32xf32>) -> (tensor<?x16xf32>, tensor<?x16xf32>) {
  %w = model.weight "w" stored "f32" : tensor<16x32xf32>
  %0 = model.linear %input, %w : tensor<?x32xf32>, tensor<16x32xf32> -> tensor<?x16xf32>
  // expected-remark @below {{products of one input left apart: a weight is computed}}
  %1 = model.linear %input, %computed : tensor<?x32xf32>, tensor<16x32xf32> -> tensor<?x16xf32>
  return %0, %1 : tensor<?x16xf32>, tensor<?x16xf32>
}

// CHECK-LABEL: func.func @no_common_block
// CHECK-COUNT-2: model.linear
func.func @no_common_block(%input: tensor<?x32xf32>) -> (tensor<?x16xf32>, tensor<?x16xf32>) {
  %w = model.weight "w" stored "f32" : tensor<16x32xf32>
  // expected-remark @below {{no other product reads its input}}
  %0 = model.linear %input, %w : tensor<?x32xf32>, tensor<16x32xf32> -> tensor<?x16xf32>
  llvm.br ^later
^later:
  // expected-remark @below {{no other product reads its input}}
  %1 = model.linear %input, %w : tensor<?x32xf32>, tensor<16x32xf32> -> tensor<?x16xf32>
  return %0, %1 : tensor<?x16xf32>, tensor<?x16xf32>
}

// A weight of an earlier block is there already.
// CHECK-LABEL: func.func @weight_of_an_earlier_block
// CHECK: model.weight
// CHECK: llvm.br
// CHECK: model.projections
func.func @weight_of_an_earlier_block(%input: tensor<?x32xf32>) -> (tensor<?x16xf32>, tensor<?x16xf32>) {
  %w = model.weight "w" stored "f32" : tensor<16x32xf32>
  llvm.br ^later
^later:
  // expected-remark @below {{in one product}}
  %0 = model.linear %input, %w : tensor<?x32xf32>, tensor<16x32xf32> -> tensor<?x16xf32>
  %1 = model.linear %input, %w : tensor<?x32xf32>, tensor<16x32xf32> -> tensor<?x16xf32>
  return %0, %1 : tensor<?x16xf32>, tensor<?x16xf32>
}
