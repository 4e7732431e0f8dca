// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Every op and type of the plan dialect, read, printed and read again.
// RUN: ingot-opt %s | ingot-opt | FileCheck %s

kernel.func @work(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %y = model.silu %x : tensor<?x8xf32>
  kernel.return %y : tensor<?x8xf32>
}
llvm.func @lowered()

// CHECK-LABEL: plan.program @read tokens 512 block 16 arena 4096 scratch 256 {
plan.program @read tokens 512 block 16 arena 4096 scratch 256 {
  // CHECK-NEXT: %[[TOKENS:.*]] = plan.buffer tokens 2048
  %tokens = plan.buffer tokens 2048
  // CHECK-NEXT: %[[X:.*]] = plan.buffer arena 2048 at 64
  %x = plan.buffer arena 2048 at 64
  // CHECK-NEXT: %[[WEIGHT:.*]] = plan.buffer weights 640 "w" at 0
  %weight = plan.buffer weights 640 "w" at 0
  // CHECK-NEXT: %[[CACHE:.*]] = plan.buffer cache 512 "keys.0"
  %cache = plan.buffer cache 512 "keys.0"
  // CHECK-NEXT: %[[LOGITS:.*]] = plan.buffer logits 2048
  %logits = plan.buffer logits 2048
  // CHECK-NEXT: plan.step @work(%[[TOKENS]], %[[X]]) writes 1 tokens factor 1 divisor 1 grain 4
  plan.step @work(%tokens, %x) writes 1 tokens factor 1 divisor 1 grain 4
  // CHECK-NEXT: plan.step @lowered(%[[X]], %[[WEIGHT]], %[[CACHE]]) writes 1 fixed factor 12 divisor 1 grain 2 {multiply_adds = 64 : i64, source_bytes = 640 : i64}
  plan.step @lowered(%x, %weight, %cache) writes 1 fixed factor 12 divisor 1 grain 2 {multiply_adds = 64 : i64, source_bytes = 640 : i64}
  // CHECK-NEXT: plan.step @work(%[[X]], %[[LOGITS]]) writes 1 wanted factor 3 divisor 16 grain 1
  plan.step @work(%x, %logits) writes 1 wanted factor 3 divisor 16 grain 1
  // CHECK-NEXT: plan.step @work(%[[X]], %[[LOGITS]]) writes 1 blocks factor 3 divisor 1 grain 1
  plan.step @work(%x, %logits) writes 1 blocks factor 3 divisor 1 grain 1
  // CHECK-NEXT: plan.step @work(%[[X]], %[[LOGITS]]) writes 1 wanted_blocks factor 3 divisor 1 grain 1
  plan.step @work(%x, %logits) writes 1 wanted_blocks factor 3 divisor 1 grain 1
}

// CHECK-LABEL: plan.program @nothing tokens 1 arena 0 scratch 0 {
plan.program @nothing tokens 1 arena 0 scratch 0 {}
