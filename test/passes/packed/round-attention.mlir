// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: ingot-opt --ingot-round-attention %s | FileCheck %s
// RUN: ingot-opt --ingot-round-attention %s --remarks-filter=round-attention --remark-format=emitRemark 2>&1 | FileCheck --check-prefix=REMARK %s
// REMARK: attention multiplies in bf16 (read tokens)
// REMARK: [Missed] {{.*}}attention multiplies in float32 (read tokens): it is in three parts
// REMARK-NOT: (generated tokens)

// CHECK-LABEL: func.func @read
func.func @read(%q: tensor<?x4x8xf32>, %k: tensor<?x2x8xf32>, %positions: tensor<?xi32>) {
  // CHECK: model.attention {{.*}} scale 5.000000e-01 window 3 products bf16 :
  %a = model.attention %q, %k, %k, %positions scale 0.5 window 3 : tensor<?x4x8xf32>, tensor<?x2x8xf32>, tensor<?x2x8xf32>
  // CHECK-NOT: bf16
  %s = model.scores %q, %k scale 0.5 : tensor<?x4x8xf32>, tensor<?x2x8xf32> -> tensor<?x4x?xf32>
  %p = model.softmax %s, %positions : tensor<?x4x?xf32>
  %y = model.mix %p, %k : tensor<?x4x?xf32>, tensor<?x2x8xf32> -> tensor<?x4x8xf32>
  return
}

// CHECK-LABEL: func.func @generated
func.func @generated(%q: tensor<?x4x8xf32>, %k: tensor<?x2x8xf32>, %positions: tensor<?xi32>) {
  // CHECK-NOT: bf16
  %a = model.attention %q, %k, %k, %positions scale 0.5 : tensor<?x4x8xf32>, tensor<?x2x8xf32>, tensor<?x2x8xf32>
  return
}
