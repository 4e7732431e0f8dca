// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: ingot-opt --ingot-form-kernels --ingot-fuse-residual --ingot-fuse-rows %s --remarks-filter=fuse-rows --remark-format=emitRemark --verify-diagnostics | FileCheck %s

// A chain becomes one kernel; only what is needed outside leaves it.
// CHECK-LABEL: func.func @chain
// CHECK-SAME: (%[[INPUT:.*]]: tensor<?x32xf32>)
func.func @chain(%input: tensor<?x32xf32>) -> (tensor<?x32xf32>, !packed.activations<q8, 32>) {
  // CHECK-NEXT: %[[RESULTS:.*]]:2 = kernel.group(%[[INPUT]]) {
  // CHECK-NEXT: ^bb0(%[[ROWS:.*]]: tensor<?x32xf32>):
  // CHECK-NEXT:   %[[ACTIVATED:.*]] = model.silu %[[ROWS]]
  // CHECK-NEXT:   %[[SCALED:.*]] = model.scale %[[ACTIVATED]]
  // CHECK-NEXT:   %[[ROUNDED:.*]] = packed.quantise %[[SCALED]]
  // CHECK-NEXT:   kernel.yield %[[ACTIVATED]], %[[ROUNDED]]
  // CHECK: return %[[RESULTS]]#0, %[[RESULTS]]#1
  %activated = model.silu %input : tensor<?x32xf32>
  %scaled = model.scale %activated by 2.0 : tensor<?x32xf32>
  // expected-remark @below {{silu, scale, quantise in one pass over the rows}}
  %rounded = packed.quantise %scaled : tensor<?x32xf32> -> !packed.activations<q8, 32>
  return %activated, %rounded : tensor<?x32xf32>, !packed.activations<q8, 32>
}

// Neighbours need not use each other: both walk the same rows.
// CHECK-LABEL: func.func @neighbours
// CHECK-COUNT-1: kernel.group
// CHECK-NOT: kernel.group
func.func @neighbours(%left: tensor<?x8xf32>, %right: tensor<?x4xf32>) -> (tensor<?x8xf32>, tensor<?x4xf32>) {
  %y = model.silu %left : tensor<?x8xf32>
  // expected-remark @below {{silu in one pass over the rows}}
  %z = model.silu %right : tensor<?x4xf32>
  return %y, %z : tensor<?x8xf32>, tensor<?x4xf32>
}

// The work after a choice of rows can follow it into its kernel.
// CHECK-LABEL: func.func @wanted
// CHECK: kernel.group(%{{.*}}) wanted {
// CHECK: model.wanted
// CHECK-NEXT: model.silu
func.func @wanted(%input: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %rows = model.wanted %input : tensor<?x8xf32>
  // expected-remark @below {{wanted, silu in one pass over the rows}}
  %y = model.silu %rows : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// Two choices of rows are one; what works on rows chosen before stays apart from a choice.
// CHECK-LABEL: func.func @wanted_twice
// CHECK: kernel.group(%{{.*}}) wanted {
// CHECK: model.wanted
// CHECK-NEXT: model.wanted
// CHECK-NEXT: packed.quantise
// CHECK: model.silu
// CHECK: kernel.group(%{{.*}}) wanted {
// CHECK-NEXT: ^bb0
// CHECK-NEXT: model.wanted
func.func @wanted_twice(%left: tensor<?x8xf32>, %right: tensor<?x2x4xf32>, %weight: !packed.matrix<8x8, f32>) -> (tensor<?x2x4xf32>, tensor<?x8xf32>, tensor<?x8xf32>) {
  %rows = model.wanted %left : tensor<?x8xf32>
  %heads = model.wanted %right : tensor<?x2x4xf32>
  // expected-remark @below {{wanted, quantise in one pass over the rows}}
  %rounded = packed.quantise %rows : tensor<?x8xf32> -> !packed.activations<f32, 8>
  %product = packed.matmul %rounded, (%weight) : !packed.activations<f32, 8>, (!packed.matrix<8x8, f32>) -> (tensor<?x8xf32>)
  // expected-remark @below {{a kernel between them needs the first}}
  %y = model.silu %product : tensor<?x8xf32>
  // expected-remark @below {{the second picks the wanted rows of the first}}
  %z = model.wanted %left : tensor<?x8xf32>
  return %heads, %y, %z : tensor<?x2x4xf32>, tensor<?x8xf32>, tensor<?x8xf32>
}

// CHECK-LABEL: func.func @no_wanted_after_all
// CHECK-COUNT-2: kernel.group
func.func @no_wanted_after_all(%input: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %y = model.silu %input : tensor<?x8xf32>
  // expected-remark @below {{one works on all tokens, the other on the wanted ones}}
  %rows = model.wanted %y : tensor<?x8xf32>
  return %rows : tensor<?x8xf32>
}

// The product between them needs the first.
// CHECK-LABEL: func.func @no_joining_over_a_use
// CHECK-COUNT-3: kernel.group
func.func @no_joining_over_a_use(%input: tensor<?x32xf32>, %weight: !packed.matrix<32x32, f32>) -> tensor<?x32xf32> {
  %rounded = packed.quantise %input : tensor<?x32xf32> -> !packed.activations<f32, 32>
  %product = packed.matmul %rounded, (%weight) : !packed.activations<f32, 32>, (!packed.matrix<32x32, f32>) -> (tensor<?x32xf32>)
  // expected-remark @below {{a kernel between them needs the first}}
  %y = model.silu %product : tensor<?x32xf32>
  return %y : tensor<?x32xf32>
}

// The product is added to x in place: what reads x before cannot move behind it.
// CHECK-LABEL: func.func @no_joining_over_a_write
// CHECK: kernel.group
// CHECK: model.scale
// CHECK: kernel.group
// CHECK: packed.matmul
// CHECK-NEXT: model.add
// CHECK: kernel.group
// CHECK: model.multiply
func.func @no_joining_over_a_write(%tokens: tensor<?xi32>, %rounded: !packed.activations<f32, 8>, %weight: !packed.matrix<8x8, f32>) -> tensor<?x8xf32> {
  %x = packed.embed %tokens, %weight : !packed.matrix<8x8, f32> -> tensor<?x8xf32>
  %scaled = model.scale %x by 2.0 : tensor<?x8xf32>
  %product = packed.matmul %rounded, (%weight) : !packed.activations<f32, 8>, (!packed.matrix<8x8, f32>) -> (tensor<?x8xf32>)
  %sum = model.add %x, %product : tensor<?x8xf32>
  // expected-remark @below {{a matmul between them adds in place to what the first reads}}
  %y = model.multiply %sum, %scaled : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// CHECK-LABEL: func.func private @no_body
func.func private @no_body()
