// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: ingot-opt --ingot-form-kernels --ingot-fuse-residual %s --remarks-filter=fuse-residual --remark-format=emitRemark --verify-diagnostics | FileCheck %s

// x + matmul(a) is one kernel, in the place of the sum.
// CHECK-LABEL: func.func @residual
// CHECK-SAME: (%[[INPUT:.*]]: !packed.activations<f32, 8>, %[[BEFORE:.*]]: tensor<?x8xf32>)
func.func @residual(%input: !packed.activations<f32, 8>, %before: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // CHECK: %[[WEIGHT:.*]] = packed.weight
  // CHECK: %[[X:.*]] = kernel.group(%[[BEFORE]]) {
  // CHECK: kernel.group(%[[INPUT]], %[[WEIGHT]], %[[X]]) {
  // CHECK-NEXT: ^bb0(%[[ROUNDED:.*]]: !packed.activations<f32, 8>, %[[MATRIX:.*]]: !packed.matrix<8x8, f32>, %[[ROWS:.*]]: tensor<?x8xf32>):
  // CHECK-NEXT:   %[[PRODUCT:.*]] = packed.matmul %[[ROUNDED]], (%[[MATRIX]])
  // CHECK-NEXT:   %[[SUM:.*]] = model.add %[[ROWS]], %[[PRODUCT]]
  // CHECK-NEXT:   kernel.yield %[[SUM]]
  // CHECK-NOT: model.add
  %weight = packed.weight "w" : !packed.matrix<8x8, f32>
  %x = model.silu %before : tensor<?x8xf32>
  %product = packed.matmul %input, (%weight) : !packed.activations<f32, 8>, (!packed.matrix<8x8, f32>) -> (tensor<?x8xf32>)
  // expected-remark @below {{w adds to the residual in place}}
  %sum = model.add %x, %product : tensor<?x8xf32>
  return %sum : tensor<?x8xf32>
}

// Both operands are products: the later one takes the sum, the earlier one is the residual.
// CHECK-LABEL: func.func @two_products
// CHECK: %[[FIRST:.*]] = kernel.group
// CHECK: packed.matmul
// CHECK: kernel.group(%{{.*}}, %{{.*}}, %[[FIRST]]) {
// CHECK: packed.matmul
// CHECK-NEXT: model.add
func.func @two_products(%input: !packed.activations<f32, 8>, %weight: !packed.matrix<8x8, f32>) -> tensor<?x8xf32> {
  %first = packed.matmul %input, (%weight) : !packed.activations<f32, 8>, (!packed.matrix<8x8, f32>) -> (tensor<?x8xf32>)
  %second = packed.matmul %input, (%weight) : !packed.activations<f32, 8>, (!packed.matrix<8x8, f32>) -> (tensor<?x8xf32>)
  // expected-remark @below {{adds to the residual in place}}
  %sum = model.add %first, %second : tensor<?x8xf32>
  return %sum : tensor<?x8xf32>
}

// CHECK-LABEL: func.func @no_product
// CHECK-COUNT-2: kernel.group
func.func @no_product(%before: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %x = model.silu %before : tensor<?x8xf32>
  // expected-remark @below {{left alone: neither operand is a matmul's result}}
  %sum = model.add %x, %before : tensor<?x8xf32>
  return %sum : tensor<?x8xf32>
}

// x + x of a product has no other operand that could be the memory.
// CHECK-LABEL: func.func @no_double
// CHECK: packed.matmul
// CHECK-NEXT: kernel.yield
func.func @no_double(%input: !packed.activations<f32, 8>, %weight: !packed.matrix<8x8, f32>) -> tensor<?x8xf32> {
  %product = packed.matmul %input, (%weight) : !packed.activations<f32, 8>, (!packed.matrix<8x8, f32>) -> (tensor<?x8xf32>)
  // expected-remark @below {{left alone: it does not add two values}}
  %sum = model.add %product, %product : tensor<?x8xf32>
  return %sum : tensor<?x8xf32>
}

// CHECK-LABEL: func.func @no_other_use_of_the_product
// CHECK: packed.matmul
// CHECK-NEXT: kernel.yield
func.func @no_other_use_of_the_product(%input: !packed.activations<f32, 8>, %weight: !packed.matrix<8x8, f32>, %before: tensor<?x8xf32>) -> (tensor<?x8xf32>, tensor<?x8xf32>) {
  %x = model.silu %before : tensor<?x8xf32>
  %product = packed.matmul %input, (%weight) : !packed.activations<f32, 8>, (!packed.matrix<8x8, f32>) -> (tensor<?x8xf32>)
  // expected-remark @below {{left alone: the matmul's result has other uses}}
  %sum = model.add %x, %product : tensor<?x8xf32>
  return %sum, %product : tensor<?x8xf32>, tensor<?x8xf32>
}

// CHECK-LABEL: func.func @no_later_use_of_the_residual
// CHECK: packed.matmul
// CHECK-NEXT: kernel.yield
func.func @no_later_use_of_the_residual(%input: !packed.activations<f32, 8>, %weight: !packed.matrix<8x8, f32>, %before: tensor<?x8xf32>) -> (tensor<?x8xf32>, tensor<?x8xf32>) {
  %x = model.silu %before : tensor<?x8xf32>
  %product = packed.matmul %input, (%weight) : !packed.activations<f32, 8>, (!packed.matrix<8x8, f32>) -> (tensor<?x8xf32>)
  // expected-remark @below {{left alone: the other operand is needed later}}
  %sum = model.add %x, %product : tensor<?x8xf32>
  return %sum, %x : tensor<?x8xf32>, tensor<?x8xf32>
}

// An argument of the function is not ours to write over.
// CHECK-LABEL: func.func @no_argument
// CHECK: packed.matmul
// CHECK-NEXT: kernel.yield
func.func @no_argument(%input: !packed.activations<f32, 8>, %weight: !packed.matrix<8x8, f32>, %before: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %product = packed.matmul %input, (%weight) : !packed.activations<f32, 8>, (!packed.matrix<8x8, f32>) -> (tensor<?x8xf32>)
  // expected-remark @below {{left alone: the other operand is not a kernel's result}}
  %sum = model.add %before, %product : tensor<?x8xf32>
  return %sum : tensor<?x8xf32>
}

// Rows of all tokens and of the wanted ones are not the same rows.
// CHECK-LABEL: func.func @no_other_tokens
// CHECK: packed.matmul
// CHECK-NEXT: kernel.yield
func.func @no_other_tokens(%input: !packed.activations<f32, 8>, %weight: !packed.matrix<8x8, f32>, %before: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %x = model.wanted %before : tensor<?x8xf32>
  %product = packed.matmul %input, (%weight) : !packed.activations<f32, 8>, (!packed.matrix<8x8, f32>) -> (tensor<?x8xf32>)
  // expected-remark @below {{left alone: the matmul works elsewhere or on other tokens}}
  %sum = model.add %x, %product : tensor<?x8xf32>
  return %sum : tensor<?x8xf32>
}
