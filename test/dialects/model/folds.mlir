// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: ingot-opt --canonicalize %s | FileCheck %s

// A factor of 1 does nothing.
// CHECK-LABEL: func.func @scale_by_one
// CHECK-SAME: (%[[INPUT:.*]]: tensor<?x8xf32>)
// CHECK-NEXT: return %[[INPUT]]
func.func @scale_by_one(%input: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %result = model.scale %input by 1.0 : tensor<?x8xf32>
  return %result : tensor<?x8xf32>
}

// CHECK-LABEL: func.func @no_scale_by_two
// CHECK-NEXT: model.scale
func.func @no_scale_by_two(%input: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %result = model.scale %input by 2.0 : tensor<?x8xf32>
  return %result : tensor<?x8xf32>
}
