// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: ingot-opt --ingot-split-classes %s --split-input-file --verify-diagnostics | FileCheck %s

// CHECK: func.func @read(%{{.*}}: tensor<?x8xf32>)
// CHECK-NEXT: model.silu
// CHECK: func.func @generated(%{{.*}}: tensor<?x8xf32>)
// CHECK-NEXT: model.silu
// CHECK-NOT: @forward
func.func @forward(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %y = model.silu %x : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

// expected-error @below {{has no function @forward}}
module @no_forward {}

// -----

// expected-error @below {{has no function @forward}}
module @no_function {
  llvm.func @forward()
}

// -----

// expected-error @below {{has a symbol @generated already}}
module @no_free_name {
  func.func private @forward()
  llvm.func @generated()
}

// -----

// expected-error @below {{has uses of @forward, which would be lost}}
module @no_uses {
  func.func private @forward()
  func.func @caller() {
    call @forward() : () -> ()
    return
  }
}
