// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: ingot-opt --ingot-pack-weights %s --split-input-file --verify-diagnostics | FileCheck %s
// RUN: ingot-opt --ingot-pack-weights="read=f32 generated=f32" %s --split-input-file --verify-diagnostics | FileCheck --check-prefix=FLOAT %s
// RUN: ingot-opt --ingot-pack-weights=read=bf16 %s --split-input-file --verify-diagnostics | FileCheck --check-prefix=BRAIN %s
// RUN: ingot-opt --ingot-pack-weights=word-dots %s --split-input-file --verify-diagnostics | FileCheck --check-prefix=WORDS %s
// RUN: not ingot-opt --ingot-pack-weights=generated=q3 %s 2>&1 | FileCheck --check-prefix=UNKNOWN %s
// RUN: not ingot-opt --ingot-pack-weights %s --split-input-file --remarks-filter=pack-weights --remark-format=emitRemark 2>&1 | FileCheck --check-prefix=REMARK %s
// REMARK: q4_1 with q8 input (read tokens)
// REMARK: q4_1 with q15 input (generated tokens)
// REMARK: [Missed] {{.*}}v, w, v in 2 products instead of one: their formats want different roundings of the input
// UNKNOWN: error: activations 'q3' are not known; known: q8, bf16, q15, f32

// Read tokens: int8 for quantised weights, with the sums that the format's zero point or minimum needs.
// CHECK-LABEL: func.func @read
// CHECK-SAME: (%[[INPUT:.*]]: tensor<?x256xf32>)
// FLOAT-LABEL: func.func @read
// BRAIN-LABEL: func.func @read
func.func @read(%input: tensor<?x256xf32>) {
  // CHECK-NEXT: %[[W:.*]] = packed.weight "q4_1" : <16x256, q4_1>
  // CHECK-NEXT: %[[ROUNDED:.*]] = packed.quantise %[[INPUT]] : tensor<?x256xf32> -> <q8, 256, [scaled32]>
  // BRAIN: packed.quantise %{{.*}} : tensor<?x256xf32> -> <bf16, 256>
  // CHECK-NEXT: packed.matmul %[[ROUNDED]], (%[[W]])
  // FLOAT: packed.quantise %{{.*}} -> <f32, 256>
  %q4_1 = model.weight "q4_1" stored "q4_1" : tensor<16x256xf32>
  %0 = model.linear %input, %q4_1 : tensor<?x256xf32>, tensor<16x256xf32> -> tensor<?x16xf32>
  // CHECK: packed.quantise %[[INPUT]] : tensor<?x256xf32> -> <q8, 256, [negated32]>
  %q4_0 = model.weight "q4_0" stored "q4_0" : tensor<16x256xf32>
  %1 = model.linear %input, %q4_0 : tensor<?x256xf32>, tensor<16x256xf32> -> tensor<?x16xf32>
  // CHECK: packed.quantise %[[INPUT]] : tensor<?x256xf32> -> <q8, 256, [negated16]>
  %q6_k = model.weight "q6_k" stored "q6_k" : tensor<16x256xf32>
  %2 = model.linear %input, %q6_k : tensor<?x256xf32>, tensor<16x256xf32> -> tensor<?x16xf32>
  // CHECK: packed.quantise %[[INPUT]] : tensor<?x256xf32> -> <bf16, 256>
  %bf16 = model.weight "bf16" stored "bf16" : tensor<16x256xf32>
  %3 = model.linear %input, %bf16 : tensor<?x256xf32>, tensor<16x256xf32> -> tensor<?x16xf32>
  // CHECK: packed.quantise %[[INPUT]] : tensor<?x256xf32> -> <f32, 256>
  %f16 = model.weight "f16" stored "f16" : tensor<16x256xf32>
  %4 = model.linear %input, %f16 : tensor<?x256xf32>, tensor<16x256xf32> -> tensor<?x16xf32>
  // FLOAT-NOT: bf16, 256
  // CHECK-NEXT: packed.matmul
  // CHECK-NEXT: return
  return
}

// Generated tokens: 15 bits, and nothing rounds to bfloat16. With word-dots the bits come as words where all codes have four or
// eight bits.
// CHECK-LABEL: func.func @generated
// CHECK-SAME: (%[[INPUT:.*]]: tensor<?x32xf32>)
// FLOAT-LABEL: func.func @generated
// WORDS-NOT: words
// WORDS-LABEL: func.func @generated
func.func @generated(%input: tensor<?x32xf32>) {
  // CHECK: packed.quantise %[[INPUT]] : tensor<?x32xf32> -> <q15, 32, [scaled32]>
  // WORDS: -> <q15, 32, [scaled32, words]>
  %q4_1 = model.weight "q4_1" stored "q4_1" : tensor<16x32xf32>
  %0 = model.linear %input, %q4_1 : tensor<?x32xf32>, tensor<16x32xf32> -> tensor<?x16xf32>
  // CHECK: packed.quantise %[[INPUT]] : tensor<?x32xf32> -> <f32, 32>
  %bf16 = model.weight "bf16" stored "bf16" : tensor<16x32xf32>
  %1 = model.linear %input, %bf16 : tensor<?x32xf32>, tensor<16x32xf32> -> tensor<?x16xf32>
  // WORDS: -> <q15, 32, [negated32, words]>
  %q8_0 = model.weight "q8_0" stored "q8_0" : tensor<16x32xf32>
  %2 = model.linear %input, %q8_0 : tensor<?x32xf32>, tensor<16x32xf32> -> tensor<?x16xf32>
  // WORDS: -> <q15, 32, [negated32, scaled32]>
  %q5_0 = model.weight "q5_0" stored "q5_0" : tensor<16x32xf32>
  %3:2 = model.projections %input, (%q4_1, %q5_0) : tensor<?x32xf32>, (tensor<16x32xf32>, tensor<16x32xf32>) -> (tensor<?x16xf32>, tensor<?x16xf32>)
  return
}

// One rounding serves weights of several formats; vectors stay as they are.
// CHECK-LABEL: func.func @projections
// CHECK-SAME: (%[[INPUT:.*]]: tensor<?x32xf32>)
func.func @projections(%input: tensor<?x32xf32>) -> (tensor<?x16xf32>, tensor<?x8xf32>) {
  // CHECK-NEXT: model.weight "norm"
  // CHECK-NEXT: %[[NORMED:.*]] = model.rms_norm
  // CHECK-NEXT: %[[V:.*]] = packed.weight "v"
  // CHECK-NEXT: %[[W:.*]] = packed.weight "w"
  // CHECK-NEXT: %[[ROUNDED:.*]] = packed.quantise %[[NORMED]] : tensor<?x32xf32> -> <q8, 32, [negated32, scaled32]>
  // CHECK-NEXT: %[[RESULTS:.*]]:2 = packed.matmul %[[ROUNDED]], (%[[V]], %[[W]])
  // CHECK-NEXT: return %[[RESULTS]]#0, %[[RESULTS]]#1
  %norm = model.weight "norm" stored "f32" : tensor<32xf32>
  %normed = model.rms_norm %input, %norm epsilon 1.0e-5 : tensor<?x32xf32>, tensor<32xf32>
  %v = model.weight "v" stored "q4_0" : tensor<16x32xf32>
  %w = model.weight "w" stored "q4_1" : tensor<8x32xf32>
  %y:2 = model.projections %normed, (%v, %w) : tensor<?x32xf32>, (tensor<16x32xf32>, tensor<8x32xf32>) -> (tensor<?x16xf32>, tensor<?x8xf32>)
  return %y#0, %y#1 : tensor<?x16xf32>, tensor<?x8xf32>
}

// CHECK-LABEL: func.func @no_common_rounding
// CHECK-SAME: (%[[INPUT:.*]]: tensor<?x32xf32>)
func.func @no_common_rounding(%input: tensor<?x32xf32>) -> (tensor<?x16xf32>, tensor<?x8xf32>, tensor<?x16xf32>) {
  // CHECK: %[[QUANTISED:.*]]:2 = packed.matmul %{{.*}} : <q8, 32, [negated32]>
  // CHECK: %[[DENSE:.*]] = packed.matmul %{{.*}} : <f32, 32>
  // CHECK-NEXT: return %[[QUANTISED]]#0, %[[DENSE]], %[[QUANTISED]]#1
  %v = model.weight "v" stored "q4_0" : tensor<16x32xf32>
  %w = model.weight "w" stored "f32" : tensor<8x32xf32>
  %y:3 = model.projections %input, (%v, %w, %v) : tensor<?x32xf32>, (tensor<16x32xf32>, tensor<8x32xf32>, tensor<16x32xf32>) -> (tensor<?x16xf32>, tensor<?x8xf32>, tensor<?x16xf32>)
  return %y#0, %y#1, %y#2 : tensor<?x16xf32>, tensor<?x8xf32>, tensor<?x16xf32>
}

// An embedding is exact in any format, and two of one weight name it twice.
// CHECK-LABEL: func.func @embed_twice
// CHECK-SAME: (%[[TOKENS:.*]]: tensor<?xi32>)
func.func @embed_twice(%tokens: tensor<?xi32>) -> (tensor<?x32xf32>, tensor<?x32xf32>) {
  // CHECK-NEXT: %[[FIRST:.*]] = packed.weight "w" : <16x32, q8_0>
  // CHECK-NEXT: packed.embed %[[TOKENS]], %[[FIRST]]
  // CHECK-NEXT: %[[SECOND:.*]] = packed.weight "w" : <16x32, q8_0>
  // CHECK-NEXT: packed.embed %[[TOKENS]], %[[SECOND]]
  // CHECK-NEXT: return
  %w = model.weight "w" stored "q8_0" : tensor<16x32xf32>
  %x = model.embed %tokens, %w : tensor<16x32xf32> -> tensor<?x32xf32>
  %y = model.embed %tokens, %w : tensor<16x32xf32> -> tensor<?x32xf32>
  return %x, %y : tensor<?x32xf32>, tensor<?x32xf32>
}
func.func private @no_body()

// -----

func.func @no_named_weight(%input: tensor<?x32xf32>, %weight: tensor<16x32xf32>) {
  // expected-error @below {{'model.linear' op has a weight that is no model.weight, so it cannot be packed}}
  %y = model.linear %input, %weight : tensor<?x32xf32>, tensor<16x32xf32> -> tensor<?x16xf32>
  return
}
