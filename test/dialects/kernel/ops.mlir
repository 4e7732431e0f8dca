// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Every op and attribute of the kernel dialect, read, printed and read again.
// RUN: ingot-opt %s | ingot-opt | FileCheck %s

// CHECK-LABEL: kernel.func @silu(
// CHECK-SAME: %[[X:.*]]: tensor<?x8xf32>) -> tensor<?x8xf32> attributes {schedule = #kernel.schedule<grain = 4, tokens = 6, prefetch = 64>, wanted} {
kernel.func @silu(%x: tensor<?x8xf32>) -> tensor<?x8xf32> attributes {schedule = #kernel.schedule<grain = 4, tokens = 6, prefetch = 64>, wanted} {
  %y = model.silu %x : tensor<?x8xf32>
  // CHECK: kernel.return %{{.*}} : tensor<?x8xf32>
  kernel.return %y : tensor<?x8xf32>
}

// A kernel without results is allowed to stand, though none is made.
// CHECK-LABEL: kernel.func @nothing()
kernel.func @nothing() {
  // CHECK-NEXT: kernel.return
  kernel.return
}

// CHECK-LABEL: func.func @ops
// CHECK-SAME: (%[[INPUT:.*]]: tensor<?x8xf32>)
func.func @ops(%input: tensor<?x8xf32>) {
  // CHECK-NEXT: kernel.call @silu(%[[INPUT]]) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %called = kernel.call @silu(%input) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // CHECK-NEXT: kernel.call @nothing() : () -> ()
  kernel.call @nothing() : () -> ()
  // CHECK-NEXT: kernel.group(%[[INPUT]]) {
  // CHECK-NEXT: ^bb0(%[[A:.*]]: tensor<?x8xf32>):
  // CHECK-NEXT:   %[[B:.*]] = model.silu %[[A]]
  // CHECK-NEXT:   kernel.yield %[[B]] : tensor<?x8xf32>
  // CHECK-NEXT: } : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %grouped = kernel.group (%input) {
  ^bb0(%a: tensor<?x8xf32>):
    %b = model.silu %a : tensor<?x8xf32>
    kernel.yield %b : tensor<?x8xf32>
  } : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // CHECK-NEXT: kernel.group(%[[INPUT]]) wanted schedule <grain = 1, tokens = 1, prefetch = 0> {
  %scheduled = kernel.group (%input) wanted schedule <grain = 1, tokens = 1, prefetch = 0> {
  ^bb0(%a: tensor<?x8xf32>):
    kernel.yield %a : tensor<?x8xf32>
  } : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}
