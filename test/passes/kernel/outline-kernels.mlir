// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: ingot-opt --ingot-form-kernels --ingot-outline-kernels %s | FileCheck %s
// RUN: ingot-opt --ingot-form-kernels --ingot-outline-kernels %s --remarks-filter=outline-kernels --remark-format=emitRemark 2>&1 | FileCheck --check-prefix=REMARK %s
// REMARK: 7 steps share the code of 5 kernels

// The name is taken, by whatever it is.
llvm.func @rows_gelu()

// CHECK: kernel.func @rows_silu(%[[ROWS:.*]]: tensor<?x8xf32>) -> tensor<?x8xf32> {
// CHECK-NEXT: %[[RESULT:.*]] = model.silu %[[ROWS]]
// CHECK-NEXT: kernel.return %[[RESULT]]
// CHECK: kernel.func @rows_silu_v2(%{{.*}}: tensor<?x4xf32>)
// CHECK: kernel.func @rows_scale(
// CHECK: kernel.func @rows_scale_v2(
// CHECK: kernel.func @rows_gelu_v2(

// Equal work is one kernel, in all functions.
// CHECK-LABEL: func.func @equal
// CHECK-SAME: (%[[INPUT:.*]]: tensor<?x8xf32>)
func.func @equal(%input: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // CHECK-NEXT: %[[ONCE:.*]] = kernel.call @rows_silu(%[[INPUT]])
  // CHECK-NEXT: %[[TWICE:.*]] = kernel.call @rows_silu(%[[ONCE]])
  // CHECK-NEXT: return %[[TWICE]]
  %once = model.silu %input : tensor<?x8xf32>
  %twice = model.silu %once : tensor<?x8xf32>
  return %twice : tensor<?x8xf32>
}

// CHECK-LABEL: func.func @equal_again
// CHECK: kernel.call @rows_silu(
func.func @equal_again(%input: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %result = model.silu %input : tensor<?x8xf32>
  return %result : tensor<?x8xf32>
}

// Another shape is another kernel.
// CHECK-LABEL: func.func @no_equal_shape
// CHECK: kernel.call @rows_silu_v2(
func.func @no_equal_shape(%input: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %result = model.silu %input : tensor<?x4xf32>
  return %result : tensor<?x4xf32>
}

// And so is another factor.
// CHECK-LABEL: func.func @no_equal_attribute
// CHECK: kernel.call @rows_scale(
// CHECK: kernel.call @rows_scale_v2(
func.func @no_equal_attribute(%input: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %half = model.scale %input by 0.5 : tensor<?x8xf32>
  %result = model.scale %half by 0.25 : tensor<?x8xf32>
  return %result : tensor<?x8xf32>
}

// CHECK-LABEL: func.func @no_free_name
// CHECK: kernel.call @rows_gelu_v2(
func.func @no_free_name(%input: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %result = model.gelu %input : tensor<?x8xf32>
  return %result : tensor<?x8xf32>
}
func.func private @no_body()
