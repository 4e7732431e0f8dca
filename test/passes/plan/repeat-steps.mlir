// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: ingot-opt --ingot-repeat-steps %s | FileCheck %s
// RUN: ingot-opt --ingot-repeat-steps --ingot-place-buffers --ingot-verify-plan %s | FileCheck --check-prefix=PLACES %s
// RUN: ingot-opt --ingot-repeat-steps %s --remarks-filter=repeat-steps --remark-format=emitRemark 2>&1 | FileCheck --check-prefix=REMARK %s
llvm.func @norm()
llvm.func @matmul()
llvm.func @append()

// What a norm reads stays alive while the matmul behind it writes: no thread may find it overwritten.
// CHECK-LABEL: plan.program @generated
// PLACES-LABEL: plan.program @generated tokens 1 arena 192
// REMARK-DAG: 1 of 3 steps (generated tokens) can be done by every thread for itself
plan.program @generated tokens 1 arena 0 scratch 0 {
  // PLACES: plan.buffer arena 64 at 0
  // PLACES: plan.buffer arena 64 at 64
  // PLACES: plan.buffer arena 64 at 128
  %tokens = plan.buffer tokens 4
  %x = plan.buffer arena 64
  %normed = plan.buffer arena 64
  %y = plan.buffer arena 64
  plan.step @norm(%tokens, %x) writes 1 tokens factor 1 divisor 1 grain 4
  // CHECK: plan.step @norm({{.*}}) writes 1 tokens factor 1 divisor 1 grain 4 {repeatable}
  plan.step @norm(%x, %normed) writes 1 tokens factor 1 divisor 1 grain 4
  // CHECK: plan.step @matmul({{.*}}) writes 1 fixed factor 9 divisor 1 grain 1{{$}}
  plan.step @matmul(%normed, %y) writes 1 fixed factor 9 divisor 1 grain 1
}

// Done once: what writes a cache, what is changed in place before or behind it, and what is no matmul's input.
// CHECK-LABEL: plan.program @not_repeatable
// CHECK-NOT: repeatable
// CHECK-LABEL: plan.program @read
// REMARK-DAG: @append before @matmul once for all threads: it writes more than activations
// REMARK-DAG: @norm before @matmul once for all threads: the matmul writes over what it reads
// REMARK-DAG: @norm before @matmul once for all threads: the matmul adds to one of its results
// REMARK-DAG: @norm before @matmul once for all threads: it writes over what it reads
plan.program @not_repeatable tokens 1 arena 0 scratch 0 {
  %x = plan.buffer arena 64
  %y = plan.buffer arena 64
  %z = plan.buffer arena 64
  %keys = plan.buffer cache 64 "keys.0"
  plan.step @append(%x, %y, %keys) writes 3 tokens factor 1 divisor 1 grain 4
  plan.step @matmul(%y, %z) writes 1 fixed factor 9 divisor 1 grain 1
  plan.step @norm(%x, %y) writes 1 tokens factor 1 divisor 1 grain 4
  plan.step @matmul(%y, %x) writes 1 fixed factor 9 divisor 1 grain 1
  plan.step @norm(%x, %y, %z) writes 2 tokens factor 1 divisor 1 grain 4
  plan.step @matmul(%y, %z) writes 1 fixed factor 9 divisor 1 grain 1
  plan.step @norm(%x, %x) writes 1 tokens factor 1 divisor 1 grain 4
  plan.step @matmul(%x, %z) writes 1 fixed factor 9 divisor 1 grain 1
  plan.step @norm(%x, %y) writes 1 tokens factor 1 divisor 1 grain 4
  plan.step @norm(%y, %z) writes 1 tokens factor 1 divisor 1 grain 4
  plan.step @norm(%x, %y) writes 1 tokens factor 1 divisor 1 grain 4
  plan.step @matmul(%x, %z) writes 1 fixed factor 9 divisor 1 grain 1
}

// Many tokens are many items: there is one for each thread.
plan.program @read tokens 512 arena 0 scratch 0 {
  // CHECK-NOT: repeatable
  %x = plan.buffer arena 64
  %y = plan.buffer arena 64
  plan.step @norm(%x) writes 1 tokens factor 1 divisor 1 grain 4
  plan.step @matmul(%x, %y) writes 1 fixed factor 9 divisor 1 grain 1
}
