// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: ingot-opt --ingot-place-buffers %s | FileCheck %s
// RUN: ingot-opt --ingot-place-buffers --ingot-verify-plan %s
// RUN: ingot-opt --ingot-place-buffers %s --remarks-filter=place-buffers --remark-format=emitRemark 2>&1 | FileCheck --check-prefix=REMARK %s
llvm.func @work()

// A chain needs two buffers at a time: the third lies where the first was.
// CHECK-LABEL: plan.program @chain tokens 1 arena 192 scratch 0
// REMARK-DAG: an arena of 192
plan.program @chain tokens 1 arena 0 scratch 0 {
  // CHECK-NEXT: plan.buffer tokens 4 at 0
  // CHECK-NEXT: plan.buffer arena 64 at 128
  // CHECK-NEXT: plan.buffer arena 128 at 0
  // CHECK-NEXT: plan.buffer arena 60 at 128
  // CHECK-NEXT: plan.buffer logits 64 at 0
  %tokens = plan.buffer tokens 4
  %first = plan.buffer arena 64
  %second = plan.buffer arena 128
  %third = plan.buffer arena 60
  %logits = plan.buffer logits 64
  plan.step @work(%tokens, %first) writes 1 tokens factor 1 divisor 1 grain 1
  plan.step @work(%first, %second) writes 1 tokens factor 1 divisor 1 grain 1
  plan.step @work(%second, %third) writes 1 tokens factor 1 divisor 1 grain 1
  plan.step @work(%third, %logits) writes 1 tokens factor 1 divisor 1 grain 1
}

// What is alive at once lies apart; sizes are rounded up to cache lines.
// CHECK-LABEL: plan.program @no_sharing tokens 1 arena 256 scratch 0
plan.program @no_sharing tokens 1 arena 0 scratch 0 {
  // CHECK-NEXT: plan.buffer arena 65 at 0
  // CHECK-NEXT: plan.buffer arena 65 at 128
  %first = plan.buffer arena 65
  %second = plan.buffer arena 65
  plan.step @work(%first, %second) writes 2 tokens factor 1 divisor 1 grain 1
}

// Weights and caches are placed by name, in one order for all programs.
// CHECK-LABEL: plan.program @read
plan.program @read tokens 1 arena 0 scratch 0 {
  // CHECK-NEXT: plan.buffer weights 100 "v" at 0
  // CHECK-NEXT: plan.buffer weights 64 "w" at 128
  // CHECK-NEXT: plan.buffer cache 64 "keys.0" at 0
  %v = plan.buffer weights 100 "v"
  %w = plan.buffer weights 64 "w"
  %keys = plan.buffer cache 64 "keys.0"
}
// CHECK-LABEL: plan.program @generated
plan.program @generated tokens 1 arena 0 scratch 0 {
  // CHECK-NEXT: plan.buffer weights 64 "w" at 128
  // CHECK-NEXT: plan.buffer weights 100 "v" at 0
  // CHECK-NEXT: plan.buffer cache 64 "values.0" at 64
  %w = plan.buffer weights 64 "w"
  %v = plan.buffer weights 100 "v"
  %values = plan.buffer cache 64 "values.0"
}

// The same position of two caches lies an odd number of pages apart.
// CHECK-LABEL: plan.program @caches
plan.program @caches tokens 1 arena 0 scratch 0 {
  // CHECK-NEXT: plan.buffer cache 65536 "keys.1" at 128
  // CHECK-NEXT: plan.buffer cache 8193 "values.1" at 69760
  // CHECK-NEXT: plan.buffer cache 64 "keys.2" at 82048
  %keys = plan.buffer cache 65536 "keys.1"
  %values = plan.buffer cache 8193 "values.1"
  %next = plan.buffer cache 64 "keys.2"
}

// No step uses it, so it takes no room of its own.
// CHECK-LABEL: plan.program @no_use tokens 1 arena 0 scratch 0
plan.program @no_use tokens 1 arena 0 scratch 0 {
  // CHECK-NEXT: plan.buffer arena 64 at 0
  %unused = plan.buffer arena 64
}

// CHECK-LABEL: plan.program @no_steps tokens 1 arena 0 scratch 0
plan.program @no_steps tokens 1 arena 64 scratch 0 {}
