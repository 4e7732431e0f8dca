// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Odd IR that verifies: no pass may crash on it. Optimisations leave it alone or make the best of it, lowerings report an error.
// RUN: ingot-opt %s --split-input-file
// RUN: ingot-opt %s --split-input-file --ingot-introduce-cache
// RUN: ingot-opt %s --split-input-file --ingot-fuse-attention
// RUN: ingot-opt %s --split-input-file --ingot-fuse-projections
// RUN: ingot-opt %s --split-input-file --ingot-narrow-wanted
// RUN: ingot-opt %s --split-input-file --ingot-fuse-residual
// RUN: ingot-opt %s --split-input-file --ingot-fuse-rows
// RUN: ingot-opt %s --split-input-file --ingot-choose-schedules
// RUN: ingot-opt %s --split-input-file --ingot-outline-kernels
// RUN: ingot-opt %s --split-input-file --ingot-place-buffers
// `not` alone fails on a crash.
// RUN: not ingot-opt %s --split-input-file --ingot-split-classes
// RUN: ingot-opt %s --split-input-file --ingot-pack-weights
// RUN: not ingot-opt %s --split-input-file --ingot-form-kernels
// RUN: not ingot-opt %s --split-input-file --ingot-build-plan
// RUN: not ingot-opt %s --split-input-file --ingot-verify-plan
// As the compiler runs them, with optimisations and without.
// RUN: not ingot-opt %s --split-input-file --ingot-introduce-cache --ingot-fuse-attention --cse --ingot-fuse-projections --ingot-split-classes --ingot-narrow-wanted --ingot-pack-weights --ingot-form-kernels --ingot-fuse-residual --ingot-fuse-rows --ingot-choose-schedules --ingot-outline-kernels --ingot-build-plan --ingot-place-buffers --ingot-verify-plan
// RUN: not ingot-opt %s --split-input-file --ingot-split-classes --ingot-pack-weights --ingot-form-kernels --ingot-choose-schedules --ingot-outline-kernels --ingot-build-plan --ingot-place-buffers --ingot-verify-plan

// Nothing.
module {}

// -----

// A function without results.
func.func @forward() {
  return
}

// -----

// The logits are an argument.
func.func @forward(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  return %x : tensor<?x8xf32>
}

// -----

// What nothing reaches may use itself.
func.func @forward(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  return %x : tensor<?x8xf32>
^dead:
  %y = model.add %y, %y : tensor<?x8xf32>
  %s = model.scores %h, %h scale 1.0 : tensor<?x2x4xf32>, tensor<?x2x4xf32> -> tensor<?x2x?xf32>
  %p = model.softmax %s, %pos : tensor<?x2x?xf32>
  %h = model.mix %p, %h : tensor<?x2x?xf32>, tensor<?x2x4xf32> -> tensor<?x2x4xf32>
  %pos = builtin.unrealized_conversion_cast to tensor<?xi32>
  llvm.br ^dead
}

// -----

// Cycles, where no order is kept.
%s = model.scores %h, %h scale 1.0 : tensor<?x2x4xf32>, tensor<?x2x4xf32> -> tensor<?x2x?xf32>
%p = model.softmax %s, %pos : tensor<?x2x?xf32>
%h = model.mix %p, %h : tensor<?x2x?xf32>, tensor<?x2x4xf32> -> tensor<?x2x4xf32>
%pos = builtin.unrealized_conversion_cast to tensor<?xi32>
%l = model.linear %l, %w : tensor<?x8xf32>, tensor<8x8xf32> -> tensor<?x8xf32>
%m = model.linear %l, %w : tensor<?x8xf32>, tensor<8x8xf32> -> tensor<?x8xf32>
%w = model.weight "w" stored "f32" : tensor<8x8xf32>
%g = kernel.group (%g) {
^bb0(%a: tensor<?x8xf32>):
  %b = model.silu %a : tensor<?x8xf32>
  kernel.yield %b : tensor<?x8xf32>
} : (tensor<?x8xf32>) -> tensor<?x8xf32>
%g2 = kernel.group (%g2, %g) {
^bb0(%a: tensor<?x8xf32>, %c: tensor<?x8xf32>):
  %b = model.add %a, %c : tensor<?x8xf32>
  kernel.yield %b : tensor<?x8xf32>
} : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>

// -----

// Functions of a module inside; names are its own.
module @outer {
  module @inner {
    func.func @forward(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
      %g = kernel.group (%x) {
      ^bb0(%a: tensor<?x8xf32>):
        %b = model.silu %a : tensor<?x8xf32>
        kernel.yield %b : tensor<?x8xf32>
      } : (tensor<?x8xf32>) -> tensor<?x8xf32>
      return %g : tensor<?x8xf32>
    }
    plan.program @p tokens 1 arena 0 scratch 0 {}
  }
  func.func @forward(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
    %y = model.silu %x : tensor<?x8xf32>
    return %y : tensor<?x8xf32>
  }
}

// -----

// Inputs twice, results twice, unused, or none at all.
func.func @read(%t: tensor<?xi32>, %a: !packed.activations<f32, 8>, %w: !packed.matrix<8x8, f32>) -> tensor<?x8xf32> {
  %x = packed.embed %t, %w : !packed.matrix<8x8, f32> -> tensor<?x8xf32>
  %g:2 = kernel.group (%a, %w, %w, %a) {
  ^bb0(%b: !packed.activations<f32, 8>, %v: !packed.matrix<8x8, f32>, %v2: !packed.matrix<8x8, f32>, %b2: !packed.activations<f32, 8>):
    %y:2 = packed.matmul %b2, (%v, %v2) : !packed.activations<f32, 8>, (!packed.matrix<8x8, f32>, !packed.matrix<8x8, f32>) -> (tensor<?x8xf32>, tensor<?x8xf32>)
    kernel.yield %y#0, %y#0 : tensor<?x8xf32>, tensor<?x8xf32>
  } : (!packed.activations<f32, 8>, !packed.matrix<8x8, f32>, !packed.matrix<8x8, f32>, !packed.activations<f32, 8>) -> (tensor<?x8xf32>, tensor<?x8xf32>)
  %s = model.add %x, %g#0 : tensor<?x8xf32>
  %s2 = model.add %s, %g#1 : tensor<?x8xf32>
  %r:2 = kernel.group (%s2, %s2, %x) {
  ^bb0(%p: tensor<?x8xf32>, %q: tensor<?x8xf32>, %unused: tensor<?x8xf32>):
    kernel.yield %p, %q : tensor<?x8xf32>, tensor<?x8xf32>
  } : (tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>) -> (tensor<?x8xf32>, tensor<?x8xf32>)
  %z = model.silu %r#1 : tensor<?x8xf32>
  kernel.group () {
    kernel.yield
  } : () -> ()
  %n = kernel.group () {
    %c = builtin.unrealized_conversion_cast to tensor<?x8xf32>
    kernel.yield %c : tensor<?x8xf32>
  } : () -> tensor<?x8xf32>
  %z2 = model.add %z, %n : tensor<?x8xf32>
  return %z2 : tensor<?x8xf32>
}

// -----

// A matmul yields its product and its sum.
func.func @read(%t: tensor<?xi32>) -> tensor<?x8xf32> {
  %w = packed.weight "w" : !packed.matrix<8x8, f32>
  %x = packed.embed %t, %w : !packed.matrix<8x8, f32> -> tensor<?x8xf32>
  %q = packed.quantise %x : tensor<?x8xf32> -> !packed.activations<f32, 8>
  %g:2 = kernel.group (%q, %w, %x) {
  ^bb0(%b: !packed.activations<f32, 8>, %v: !packed.matrix<8x8, f32>, %r: tensor<?x8xf32>):
    %y = packed.matmul %b, (%v) : !packed.activations<f32, 8>, (!packed.matrix<8x8, f32>) -> (tensor<?x8xf32>)
    %z = model.add %y, %r : tensor<?x8xf32>
    kernel.yield %y, %z : tensor<?x8xf32>, tensor<?x8xf32>
  } : (!packed.activations<f32, 8>, !packed.matrix<8x8, f32>, tensor<?x8xf32>) -> (tensor<?x8xf32>, tensor<?x8xf32>)
  %o = model.add %g#0, %g#1 : tensor<?x8xf32>
  return %o : tensor<?x8xf32>
}

// -----

// One weight twice, embedded twice, in two formats.
func.func @forward(%t: tensor<?xi32>, %p: tensor<?xi32>) -> tensor<?x8xf32> {
  %w = model.weight "w" stored "f32" : tensor<16x8xf32>
  %v = model.weight "w" stored "f16" : tensor<16x8xf32>
  %a = model.embed %t, %w : tensor<16x8xf32> -> tensor<?x8xf32>
  %b = model.embed %t, %v : tensor<16x8xf32> -> tensor<?x8xf32>
  %c = model.add %a, %b : tensor<?x8xf32>
  return %c : tensor<?x8xf32>
}

// -----

// A cache with several uses; attention that is partly cached.
func.func @forward(%t: tensor<?xi32>, %p: tensor<?xi32>) -> tensor<?x8xf32> {
  %w = model.weight "w" stored "f32" : tensor<16x8xf32>
  %x = model.embed %t, %w : tensor<16x8xf32> -> tensor<?x8xf32>
  %h = model.reshape %x : tensor<?x8xf32> -> tensor<?x2x4xf32>
  %c = model.cache "keys.0" : !model.cache<keys, 2x4, 16, f16>
  %s = model.scores %h, %c scale 1.0 : tensor<?x2x4xf32>, !model.cache<keys, 2x4, 16, f16> -> tensor<?x2x?xf32>
  %s2 = model.scores %h, %c scale 1.0 : tensor<?x2x4xf32>, !model.cache<keys, 2x4, 16, f16> -> tensor<?x2x?xf32>
  %q = model.softmax %s, %p : tensor<?x2x?xf32>
  %m = model.mix %q, %c : tensor<?x2x?xf32>, !model.cache<keys, 2x4, 16, f16> -> tensor<?x2x4xf32>
  %m2 = model.mix %s2, %h : tensor<?x2x?xf32>, tensor<?x2x4xf32> -> tensor<?x2x4xf32>
  %m3 = model.add %m, %m2 : tensor<?x2x4xf32>
  %r = model.reshape %m3 : tensor<?x2x4xf32> -> tensor<?x8xf32>
  return %r : tensor<?x8xf32>
}

// -----

// Very large buffers, and no room at all.
llvm.func @k()
plan.program @p tokens 1 arena 0 scratch 0 {
  %b = plan.buffer arena 0
  %c = plan.buffer arena 1152921504606846976
  %d = plan.buffer arena 1152921504606846976
  plan.step @k(%b, %b, %c, %d) writes 4 fixed factor 1 divisor 1 grain 1
  plan.step @k() writes 0 fixed factor 1 divisor 1 grain 1
}
plan.program @q tokens 1 arena 0 scratch 0 {
  %b = plan.buffer tokens 4
  %b2 = plan.buffer tokens 8
  %c = plan.buffer logits 4
  %w = plan.buffer weights 1152921504606846976 "w"
  %w2 = plan.buffer cache 1152921504606846976 "w"
}

// -----

// A function that does not return.
func.func @f() {
  llvm.unreachable
}

// -----

// A cache that is an argument, and a kernel that does nothing.
func.func @f(%c: !model.cache<keys, 2x4, 16, f16>, %x: tensor<?x2x4xf32>) -> tensor<?x2x4xf32> {
  %k = kernel.call @append(%x, %c) : (tensor<?x2x4xf32>, !model.cache<keys, 2x4, 16, f16>) -> !model.cache<keys, 2x4, 16, f16>
  %y = kernel.call @id(%x) : (tensor<?x2x4xf32>) -> tensor<?x2x4xf32>
  return %y : tensor<?x2x4xf32>
}
kernel.func @append(%x: tensor<?x2x4xf32>, %c: !model.cache<keys, 2x4, 16, f16>) -> !model.cache<keys, 2x4, 16, f16> attributes {schedule = #kernel.schedule<grain = 1, tokens = 1, prefetch = 0>} {
  %k = model.append %x, %c : tensor<?x2x4xf32>, !model.cache<keys, 2x4, 16, f16>
  kernel.return %k : !model.cache<keys, 2x4, 16, f16>
}
kernel.func @id(%x: tensor<?x2x4xf32>) -> tensor<?x2x4xf32> attributes {schedule = #kernel.schedule<grain = 1, tokens = 1, prefetch = 0>} {
  kernel.return %x : tensor<?x2x4xf32>
}

// -----

// Keys as values.
kernel.func @a(%q: tensor<?x2x4xf32>, %k: !model.cache<keys, 2x4, 16, f16>, %p: tensor<?xi32>) -> tensor<?x2x4xf32> attributes {schedule = #kernel.schedule<grain = 1, tokens = 1, prefetch = 0>} {
  %y = model.attention %q, %k, %k, %p scale 1.0 : tensor<?x2x4xf32>, !model.cache<keys, 2x4, 16, f16>, !model.cache<keys, 2x4, 16, f16>
  kernel.return %y : tensor<?x2x4xf32>
}
kernel.func @e(%t: tensor<?xi32>, %w: !packed.matrix<8x8, f32>) -> tensor<?x8xf32> attributes {schedule = #kernel.schedule<grain = 1, tokens = 1, prefetch = 0>} {
  %x = packed.embed %t, %w : !packed.matrix<8x8, f32> -> tensor<?x8xf32>
  kernel.return %x : tensor<?x8xf32>
}
kernel.func @h(%t: tensor<?x8xf32>) -> tensor<?x2x4xf32> attributes {schedule = #kernel.schedule<grain = 1, tokens = 1, prefetch = 0>} {
  %x = model.reshape %t : tensor<?x8xf32> -> tensor<?x2x4xf32>
  kernel.return %x : tensor<?x2x4xf32>
}
func.func @read(%t: tensor<?xi32>, %p: tensor<?xi32>) -> tensor<?x2x4xf32> {
  %w = packed.weight "w" : !packed.matrix<8x8, f32>
  %c = model.cache "c" : !model.cache<keys, 2x4, 16, f16>
  %x = kernel.call @e(%t, %w) : (tensor<?xi32>, !packed.matrix<8x8, f32>) -> tensor<?x8xf32>
  %h = kernel.call @h(%x) : (tensor<?x8xf32>) -> tensor<?x2x4xf32>
  %y = kernel.call @a(%h, %c, %p) : (tensor<?x2x4xf32>, !model.cache<keys, 2x4, 16, f16>, tensor<?xi32>) -> tensor<?x2x4xf32>
  return %y : tensor<?x2x4xf32>
}

// -----

// The widest rows and matrices.
func.func @forward(%t: tensor<?xi32>, %x: tensor<?x1048576xf32>) -> tensor<?x1048576xf32> {
  %y = model.silu %x : tensor<?x1048576xf32>
  %w = model.weight "w" stored "f32" : tensor<1048576x1048576xf32>
  %z = model.linear %y, %w : tensor<?x1048576xf32>, tensor<1048576x1048576xf32> -> tensor<?x1048576xf32>
  return %z : tensor<?x1048576xf32>
}
