// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One case a constraint, named after it.
// RUN: ingot-opt %s --verify-diagnostics --split-input-file

func.func @group_c1(%x: tensor<?x8xf32>) {
  // expected-error @below {{'kernel.group' op has a body whose arguments differ from its inputs}}
  kernel.group (%x) {
  ^bb0(%a: tensor<?x9xf32>):
    kernel.yield
  } : (tensor<?x8xf32>) -> ()
  return
}

// -----

func.func @group_c1_results(%x: tensor<?x8xf32>) {
  // expected-error @below {{'kernel.group' op yields other types than its results'}}
  %y = kernel.group (%x) {
  ^bb0(%a: tensor<?x8xf32>):
    kernel.yield
  } : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @group_c1_end(%x: tensor<?x8xf32>) {
  // expected-error @below {{'kernel.group' op has a body that does not end with kernel.yield}}
  kernel.group (%x) {
  ^bb0(%a: tensor<?x8xf32>):
    llvm.unreachable
  } : (tensor<?x8xf32>) -> ()
  return
}

// -----

func.func @group_c2(%x: !packed.activations<f32, 8>, %w: !packed.matrix<8x8, f32>) {
  // expected-error @below {{'kernel.group' op holds other work beside a matmul and the sums of its results with arguments}}
  %y = kernel.group (%x, %w) {
  ^bb0(%a: !packed.activations<f32, 8>, %v: !packed.matrix<8x8, f32>):
    %b = packed.matmul %a, (%v) : !packed.activations<f32, 8>, (!packed.matrix<8x8, f32>) -> (tensor<?x8xf32>)
    %c = model.add %b, %b : tensor<?x8xf32>
    kernel.yield %c : tensor<?x8xf32>
  } : (!packed.activations<f32, 8>, !packed.matrix<8x8, f32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @group_c2_embed(%tokens: tensor<?xi32>, %w: !packed.matrix<8x8, f32>) {
  // expected-error @below {{'kernel.group' op holds other work beside an embedding or attention}}
  %y = kernel.group (%tokens, %w) {
  ^bb0(%t: tensor<?xi32>, %v: !packed.matrix<8x8, f32>):
    %b = packed.embed %t, %v : !packed.matrix<8x8, f32> -> tensor<?x8xf32>
    %c = model.silu %b : tensor<?x8xf32>
    kernel.yield %c : tensor<?x8xf32>
  } : (tensor<?xi32>, !packed.matrix<8x8, f32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @group_c2_nested() {
  // expected-error @below {{'kernel.group' op holds an operation with regions}}
  kernel.group () {
    kernel.group () {
      kernel.yield
    } : () -> ()
    kernel.yield
  } : () -> ()
  return
}

// -----

func.func @yield_outside(%x: tensor<?x8xf32>) {
  // expected-error @below {{'kernel.yield' op expects parent op 'kernel.group'}}
  kernel.yield %x : tensor<?x8xf32>
}

// -----

// expected-error @below {{'kernel.func' op has a body that does not end with kernel.return}}
kernel.func @func_c1() {
  llvm.unreachable
}

// -----

// Two sums cannot both be written over one argument.
// expected-error @below {{'kernel.func' op holds other work beside a matmul and the sums of its results with arguments}}
kernel.func @func_c2(%a: !packed.activations<f32, 8>, %w: !packed.matrix<8x8, f32>, %x: tensor<?x8xf32>) -> (tensor<?x8xf32>, tensor<?x8xf32>) {
  %b:2 = packed.matmul %a, (%w, %w) : !packed.activations<f32, 8>, (!packed.matrix<8x8, f32>, !packed.matrix<8x8, f32>) -> (tensor<?x8xf32>, tensor<?x8xf32>)
  %c = model.add %b#0, %x : tensor<?x8xf32>
  %d = model.add %b#1, %x : tensor<?x8xf32>
  kernel.return %c, %d : tensor<?x8xf32>, tensor<?x8xf32>
}

// -----

// A kernel always has its body.
// expected-error @below {{region with 1 blocks}}
kernel.func private @func_without_body(tensor<?x8xf32>)

// -----

kernel.func @return_c1(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error @below {{'kernel.return' op returns other types than @return_c1 has}}
  kernel.return %x, %x : tensor<?x8xf32>, tensor<?x8xf32>
}

// -----

func.func @call_c1() {
  // expected-error @below {{'kernel.call' op calls @call_c1, which is no kernel}}
  kernel.call @call_c1() : () -> ()
  return
}

// -----

kernel.func @silu(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %y = model.silu %x : tensor<?x8xf32>
  kernel.return %y : tensor<?x8xf32>
}
func.func @call_c1_types(%x: tensor<?x9xf32>) {
  // expected-error @below {{'kernel.call' op calls @silu with other types than it has}}
  %y = kernel.call @silu(%x) : (tensor<?x9xf32>) -> tensor<?x9xf32>
  return
}

// -----

// expected-error @below {{a schedule needs a positive grain and tokens, and no negative prefetch}}
func.func private @schedule() attributes {schedule = #kernel.schedule<grain = 1, tokens = 0, prefetch = 0>}
