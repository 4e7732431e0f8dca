// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: ingot-opt --ingot-form-kernels %s --split-input-file --verify-diagnostics | FileCheck %s

// Weights and caches are no work; what an op reads twice is one input.
// CHECK-LABEL: func.func @one_op_one_kernel
// CHECK-SAME: (%[[INPUT:.*]]: tensor<?x8xf32>)
func.func @one_op_one_kernel(%input: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // CHECK-NEXT: %[[WEIGHT:.*]] = model.weight
  // CHECK-NEXT: %[[NORMED:.*]] = kernel.group(%[[INPUT]], %[[WEIGHT]]) {
  // CHECK-NEXT: ^bb0(%[[ROWS:.*]]: tensor<?x8xf32>, %[[VECTOR:.*]]: tensor<8xf32>):
  // CHECK-NEXT:   %[[RESULT:.*]] = model.rms_norm %[[ROWS]], %[[VECTOR]]
  // CHECK-NEXT:   kernel.yield %[[RESULT]]
  // CHECK: %[[SUM:.*]] = kernel.group(%[[NORMED]]) {
  // CHECK-NEXT: ^bb0(%[[ROWS:.*]]: tensor<?x8xf32>):
  // CHECK-NEXT:   model.add %[[ROWS]], %[[ROWS]]
  // CHECK: return %[[SUM]]
  %weight = model.weight "w" stored "f32" : tensor<8xf32>
  %normed = model.rms_norm %input, %weight epsilon 1.0e-5 : tensor<?x8xf32>, tensor<8xf32>
  %sum = model.add %normed, %normed : tensor<?x8xf32>
  return %sum : tensor<?x8xf32>
}

// Behind the choice of wanted rows, kernels work on the wanted tokens alone.
// CHECK-LABEL: func.func @wanted
func.func @wanted(%input: tensor<?x8xf32>) -> (tensor<?x8xf32>, tensor<?x8xf32>) {
  // CHECK: %[[WANTED:.*]] = kernel.group(%{{.*}}) wanted {
  // CHECK: kernel.group(%[[WANTED]]) wanted {
  // CHECK: kernel.group(%{{.*}}) {
  %rows = model.wanted %input : tensor<?x8xf32>
  %y = model.silu %rows : tensor<?x8xf32>
  %z = model.silu %input : tensor<?x8xf32>
  return %y, %z : tensor<?x8xf32>, tensor<?x8xf32>
}

// CHECK-LABEL: func.func private @no_body
func.func private @no_body()

// CHECK-LABEL: func.func @no_work
// CHECK-NEXT: return
func.func @no_work() {
  return
}

// What is in a kernel stays as it is.
// CHECK-LABEL: func.func @no_second_kernel
// CHECK-COUNT-1: kernel.group
// CHECK-NOT: kernel.group
func.func @no_second_kernel(%input: tensor<?x8xf32>) {
  %y = kernel.group (%input) {
  ^bb0(%rows: tensor<?x8xf32>):
    kernel.yield %rows : tensor<?x8xf32>
  } : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}

// -----

// expected-error @below {{'func.func' op has several blocks, but kernels are formed in one}}
func.func @no_blocks() {
  llvm.br ^next
^next:
  return
}

// -----

func.func @no_unpacked_product(%input: tensor<?x8xf32>, %weight: tensor<8x8xf32>) {
  // expected-error @below {{'model.linear' op is not packed}}
  %y = model.linear %input, %weight : tensor<?x8xf32>, tensor<8x8xf32> -> tensor<?x8xf32>
  return
}

// -----

func.func private @callee()
func.func @no_other_dialect() {
  // expected-error @below {{'func.call' op is no operation of the model or packed dialect, so no kernel can hold it}}
  call @callee() : () -> ()
  return
}
