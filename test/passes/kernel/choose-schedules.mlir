// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: ingot-opt --ingot-form-kernels --ingot-choose-schedules %s | FileCheck %s
// RUN: ingot-opt --ingot-form-kernels --ingot-choose-schedules %s --remarks-filter=choose-schedules --remark-format=emitRemark 2>&1 | FileCheck --check-prefix=REMARK %s

// Read tokens are many; generated ones are those of sequences that decode together. How many pass by at once depends on the kind of input.
// CHECK-LABEL: func.func @read
// REMARK: choose-schedules.mlir:[[#@LINE+12]]:{{.*}}[Passed] choose-schedules
func.func @read(%input: !packed.activations<f32, 64>, %weight: !packed.matrix<4096x64, f32>, %rows: tensor<?x8xf32>, %queries: tensor<?x4x8xf32>, %positions: tensor<?xi32>) {
  %keys = model.cache "keys.0" : !model.cache<keys, 2x8, 16, f16>
  %values = model.cache "values.0" : !model.cache<values, 2x8, 16, f16>
  // CHECK: kernel.group({{.*}}) schedule <grain = 4, tokens = 1, prefetch = 0> {
  // CHECK: model.silu
  // CHECK: kernel.group({{.*}}) schedule <grain = {{[1-9][0-9]*}}, tokens = {{[1-9][0-9]*}}, prefetch = 0> {
  // CHECK: packed.matmul
  // CHECK: kernel.group({{.*}}) schedule <grain = 1, tokens = 64, prefetch = 0> {
  // CHECK: model.attention
  %x = model.silu %rows : tensor<?x8xf32>
  %y = packed.matmul %input, (%weight) : !packed.activations<f32, 64>, (!packed.matrix<4096x64, f32>) -> (tensor<?x4096xf32>)
  %z = model.attention %queries, %keys, %values, %positions scale 0.5 : tensor<?x4x8xf32>, !model.cache<keys, 2x8, 16, f16>, !model.cache<values, 2x8, 16, f16>
  return
}

// A claim is about 64 KB of weights, 4 panels of 16 rows here, unless the matrix is small: the second has 2 panels.
// CHECK-LABEL: func.func @generated
func.func @generated(%input: !packed.activations<f32, 256>, %weight: !packed.matrix<4096x256, f32>, %small: !packed.matrix<32x256, f32>, %exact: !packed.activations<q15, 256, [negated32]>, %bytes: !packed.matrix<32x256, q8_0>, %queries: tensor<?x4x8xf32>, %positions: tensor<?xi32>) {
  %keys = model.cache "keys.0" : !model.cache<keys, 2x8, 16, f16>
  %values = model.cache "values.0" : !model.cache<values, 2x8, 16, f16>
  // CHECK: kernel.group({{.*}}) schedule <grain = 4, tokens = {{[1-9][0-9]*}},
  // CHECK: packed.matmul
  // CHECK: kernel.group({{.*}}) schedule <grain = 1, tokens = {{[1-9][0-9]*}},
  // CHECK: packed.matmul
  // Quantised weights are asked for in advance.
  // CHECK: kernel.group({{.*}}) schedule <grain = 1, tokens = {{[1-9][0-9]*}}, prefetch = {{[1-9][0-9]*}}> {
  // CHECK: packed.matmul
  // CHECK: kernel.group({{.*}}) schedule <grain = 1, tokens = 1,
  // CHECK: model.attention
  %y = packed.matmul %input, (%weight) : !packed.activations<f32, 256>, (!packed.matrix<4096x256, f32>) -> (tensor<?x4096xf32>)
  %w = packed.matmul %input, (%small) : !packed.activations<f32, 256>, (!packed.matrix<32x256, f32>) -> (tensor<?x32xf32>)
  %v = packed.matmul %exact, (%bytes) : !packed.activations<q15, 256, [negated32]>, (!packed.matrix<32x256, q8_0>) -> (tensor<?x32xf32>)
  %z = model.attention %queries, %keys, %values, %positions scale 0.5 : tensor<?x4x8xf32>, !model.cache<keys, 2x8, 16, f16>, !model.cache<values, 2x8, 16, f16>
  return
}

// Wanted tokens are few, and like generated ones wait for weights.
// CHECK-LABEL: func.func @read_wanted
func.func @read_wanted(%input: tensor<?x256xf32>, %weight: !packed.matrix<4096x256, q8_0>) {
  // CHECK: kernel.group({{.*}}) wanted schedule <grain = {{[1-9][0-9]*}}, tokens = {{[1-9][0-9]*}}, prefetch = {{[1-9][0-9]*}}> {
  // CHECK: packed.matmul
  %wanted = model.wanted %input : tensor<?x256xf32>
  %rounded = packed.quantise %wanted : tensor<?x256xf32> -> <q8, 256, [negated32]>
  %y = packed.matmul %rounded, (%weight) : <q8, 256, [negated32]>, (!packed.matrix<4096x256, q8_0>) -> (tensor<?x4096xf32>)
  return
}

// Attention converts keys once for many tokens; the more heads share them, the fewer. A pass is cut into blocks once, so unfused parts get
// as many.
// CHECK-LABEL: func.func @blocks
func.func @blocks(%queries: tensor<?x32x8xf32>, %scores: tensor<?x4x?xf32>, %positions: tensor<?xi32>) {
  %keys = model.cache "keys.0" : !model.cache<keys, 2x8, 16, f16>
  %values = model.cache "values.0" : !model.cache<values, 2x8, 16, f16>
  // CHECK: kernel.group({{.*}}) schedule <grain = 1, tokens = 16, prefetch = 0> {
  // CHECK: model.attention
  // CHECK: kernel.group({{.*}}) schedule <grain = 1, tokens = 16, prefetch = 0> {
  // CHECK: model.softmax
  %x = model.attention %queries, %keys, %values, %positions scale 0.5 : tensor<?x32x8xf32>, !model.cache<keys, 2x8, 16, f16>, !model.cache<values, 2x8, 16, f16>
  %y = model.softmax %scores, %positions : tensor<?x4x?xf32>
  return
}
func.func private @no_body()
