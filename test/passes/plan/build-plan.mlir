// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: ingot-opt --ingot-build-plan=tokens=20 %s --split-input-file --verify-diagnostics | FileCheck %s

kernel.func @embed(%tokens: tensor<?xi32>, %weight: !packed.matrix<16x32, f32>) -> tensor<?x32xf32> attributes {schedule = #kernel.schedule<grain = 4, tokens = 1, prefetch = 0>} {
  %x = packed.embed %tokens, %weight : !packed.matrix<16x32, f32> -> tensor<?x32xf32>
  kernel.return %x : tensor<?x32xf32>
}
kernel.func @norm(%x: tensor<?x32xf32>, %weight: tensor<32xf32>) -> !packed.activations<f32, 32> attributes {schedule = #kernel.schedule<grain = 4, tokens = 1, prefetch = 0>} {
  %y = model.rms_norm %x, %weight epsilon 1.0e-5 : tensor<?x32xf32>, tensor<32xf32>
  %rounded = packed.quantise %y : tensor<?x32xf32> -> !packed.activations<f32, 32>
  kernel.return %rounded : !packed.activations<f32, 32>
}
kernel.func @matmul_add(%input: !packed.activations<f32, 32>, %weight: !packed.matrix<32x32, f32>, %x: tensor<?x32xf32>) -> tensor<?x32xf32> attributes {schedule = #kernel.schedule<grain = 4, tokens = 1, prefetch = 0>} {
  %product = packed.matmul %input, (%weight) : !packed.activations<f32, 32>, (!packed.matrix<32x32, f32>) -> (tensor<?x32xf32>)
  %sum = model.add %x, %product : tensor<?x32xf32>
  kernel.return %sum : tensor<?x32xf32>
}
kernel.func @wanted(%x: tensor<?x32xf32>) -> tensor<?x32xf32> attributes {schedule = #kernel.schedule<grain = 2, tokens = 1, prefetch = 0>, wanted} {
  %y = model.wanted %x : tensor<?x32xf32>
  kernel.return %y : tensor<?x32xf32>
}

kernel.func @output(%input: !packed.activations<f32, 32>, %weight: !packed.matrix<32x32, f32>) -> tensor<?x32xf32> attributes {schedule = #kernel.schedule<grain = 4, tokens = 1, prefetch = 0>, wanted} {
  %product = packed.matmul %input, (%weight) : !packed.activations<f32, 32>, (!packed.matrix<32x32, f32>) -> (tensor<?x32xf32>)
  kernel.return %product : tensor<?x32xf32>
}

// Buffers with room for 16 tokens from any row on, here 48; a matmul's domain is fixed, its panels; the sum lies where x was.
// CHECK-LABEL: plan.program @read tokens 20 arena 0 scratch 0 {
// CHECK-NEXT: %[[TOKENS:.*]] = plan.buffer tokens 80
// CHECK-NEXT: %[[TABLE:.*]] = plan.buffer weights 2048 "table"
// CHECK-NEXT: %[[X:.*]] = plan.buffer arena 6144
// CHECK-NEXT: plan.step @embed(%[[TOKENS]], %[[TABLE]], %[[X]]) writes 1 tokens factor 1 divisor 1 grain 4 {source_bytes = 128 : i64}
// CHECK-NEXT: %[[NORM:.*]] = plan.buffer weights 128 "norm"
// CHECK-NEXT: %[[INPUT:.*]] = plan.buffer arena
// CHECK-NEXT: plan.step @norm(%[[X]], %[[NORM]], %[[INPUT]]) writes 1 tokens factor 1 divisor 1 grain 4
// CHECK-NEXT: %[[W:.*]] = plan.buffer weights 4096 "w"
// CHECK-NEXT: plan.step @matmul_add(%[[INPUT]], %[[W]], %[[X]]) writes 1 fixed factor 2 divisor 1 grain 4 {multiply_adds = 1024 : i64, source_bytes = 4096 : i64}
// CHECK-NEXT: %[[PICKED:.*]] = plan.buffer arena 6144
// CHECK-NEXT: plan.step @wanted(%[[X]], %[[PICKED]]) writes 1 wanted factor 1 divisor 1 grain 2
// CHECK-NEXT: %[[LAST:.*]] = plan.buffer arena
// CHECK-NEXT: plan.step @norm(%[[PICKED]], %[[NORM]], %[[LAST]])
// CHECK-NEXT: %[[LOGITS:.*]] = plan.buffer logits 2560
// CHECK-NEXT: plan.step @output(%[[LAST]], %[[W]], %[[LOGITS]]) writes 1 fixed factor 2 divisor 1 grain 4 {multiply_adds = 1024 : i64, per_wanted, source_bytes = 4096 : i64}
// CHECK-NEXT: }
// CHECK-NOT: func.func
func.func @read(%tokens: tensor<?xi32>, %positions: tensor<?xi32>) -> tensor<?x32xf32> {
  %table = packed.weight "table" : !packed.matrix<16x32, f32>
  %norm = model.weight "norm" stored "f32" : tensor<32xf32>
  %w = packed.weight "w" : !packed.matrix<32x32, f32>
  %x = kernel.call @embed(%tokens, %table) : (tensor<?xi32>, !packed.matrix<16x32, f32>) -> tensor<?x32xf32>
  %input = kernel.call @norm(%x, %norm) : (tensor<?x32xf32>, tensor<32xf32>) -> !packed.activations<f32, 32>
  %sum = kernel.call @matmul_add(%input, %w, %x) : (!packed.activations<f32, 32>, !packed.matrix<32x32, f32>, tensor<?x32xf32>) -> tensor<?x32xf32>
  %picked = kernel.call @wanted(%sum) : (tensor<?x32xf32>) -> tensor<?x32xf32>
  %last = kernel.call @norm(%picked, %norm) : (tensor<?x32xf32>, tensor<32xf32>) -> !packed.activations<f32, 32>
  %logits = kernel.call @output(%last, %w) : (!packed.activations<f32, 32>, !packed.matrix<32x32, f32>) -> tensor<?x32xf32>
  return %logits : tensor<?x32xf32>
}

// Generated tokens of up to 16 sequences.
// CHECK-LABEL: plan.program @generated tokens 16 arena 0 scratch 0 {
func.func @generated(%tokens: tensor<?xi32>, %positions: tensor<?xi32>) -> tensor<?x32xf32> {
  // CHECK-NEXT: plan.buffer tokens 64
  // CHECK-NEXT: plan.buffer weights 2048 "table"
  // CHECK-NEXT: plan.buffer logits 2048
  %table = packed.weight "table" : !packed.matrix<16x32, f32>
  %x = kernel.call @embed(%tokens, %table) : (tensor<?xi32>, !packed.matrix<16x32, f32>) -> tensor<?x32xf32>
  return %x : tensor<?x32xf32>
}

// -----

kernel.func @embed(%tokens: tensor<?xi32>, %weight: !packed.matrix<16x32, f32>) -> tensor<?x32xf32> attributes {schedule = #kernel.schedule<grain = 4, tokens = 1, prefetch = 0>} {
  %x = packed.embed %tokens, %weight : !packed.matrix<16x32, f32> -> tensor<?x32xf32>
  kernel.return %x : tensor<?x32xf32>
}
kernel.func @append(%rows: tensor<?x2x16xf32>, %cache: !model.cache<keys, 2x16, 64, f16>) -> !model.cache<keys, 2x16, 64, f16> attributes {schedule = #kernel.schedule<grain = 4, tokens = 1, prefetch = 0>} {
  %keys = model.append %rows, %cache : tensor<?x2x16xf32>, !model.cache<keys, 2x16, 64, f16>
  kernel.return %keys : !model.cache<keys, 2x16, 64, f16>
}
kernel.func @heads(%x: tensor<?x32xf32>) -> tensor<?x2x16xf32> attributes {schedule = #kernel.schedule<grain = 4, tokens = 1, prefetch = 0>} {
  %rows = model.reshape %x : tensor<?x32xf32> -> tensor<?x2x16xf32>
  kernel.return %rows : tensor<?x2x16xf32>
}
kernel.func @attention(%queries: tensor<?x2x16xf32>, %keys: !model.cache<keys, 2x16, 64, f16>, %values: !model.cache<values, 2x16, 64, f16>, %positions: tensor<?xi32>) -> tensor<?x2x16xf32> attributes {schedule = #kernel.schedule<grain = 1, tokens = 16, prefetch = 0>} {
  %y = model.attention %queries, %keys, %values, %positions scale 0.25 : tensor<?x2x16xf32>, !model.cache<keys, 2x16, 64, f16>, !model.cache<values, 2x16, 64, f16>
  kernel.return %y : tensor<?x2x16xf32>
}

// Appending writes the cache itself; positions have no buffer; attention works on blocks of tokens.
// CHECK-LABEL: plan.program @read tokens 20 block 16
// CHECK: plan.step @embed
// CHECK-NEXT: %[[ROWS:.*]] = plan.buffer arena 6144
// CHECK-NEXT: plan.step @heads(%{{.*}}, %[[ROWS]])
// CHECK-NEXT: %[[KEYS:.*]] = plan.buffer cache 4096 "keys.0"
// CHECK-NEXT: plan.step @append(%[[ROWS]], %[[KEYS]]) writes 1
// CHECK-NEXT: %[[VALUES:.*]] = plan.buffer cache 4096 "values.0"
// CHECK-NEXT: %[[LOGITS:.*]] = plan.buffer logits
// CHECK-NEXT: plan.step @attention(%[[ROWS]], %[[KEYS]], %[[VALUES]], %[[LOGITS]]) writes 1 blocks factor {{[0-9]+}} divisor 1 grain 1
func.func @read(%tokens: tensor<?xi32>, %positions: tensor<?xi32>) -> tensor<?x2x16xf32> {
  %table = packed.weight "table" : !packed.matrix<16x32, f32>
  %keys = model.cache "keys.0" : !model.cache<keys, 2x16, 64, f16>
  %values = model.cache "values.0" : !model.cache<values, 2x16, 64, f16>
  %x = kernel.call @embed(%tokens, %table) : (tensor<?xi32>, !packed.matrix<16x32, f32>) -> tensor<?x32xf32>
  %rows = kernel.call @heads(%x) : (tensor<?x32xf32>) -> tensor<?x2x16xf32>
  %longer = kernel.call @append(%rows, %keys) : (tensor<?x2x16xf32>, !model.cache<keys, 2x16, 64, f16>) -> !model.cache<keys, 2x16, 64, f16>
  %y = kernel.call @attention(%rows, %longer, %values, %positions) : (tensor<?x2x16xf32>, !model.cache<keys, 2x16, 64, f16>, !model.cache<values, 2x16, 64, f16>, tensor<?xi32>) -> tensor<?x2x16xf32>
  return %y : tensor<?x2x16xf32>
}

// -----

kernel.func @embed(%tokens: tensor<?xi32>, %weight: !packed.matrix<16x128, f32>) -> tensor<?x128xf32> attributes {schedule = #kernel.schedule<grain = 4, tokens = 1, prefetch = 0>} {
  %x = packed.embed %tokens, %weight : !packed.matrix<16x128, f32> -> tensor<?x128xf32>
  kernel.return %x : tensor<?x128xf32>
}
kernel.func @heads(%x: tensor<?x128xf32>) -> tensor<?x2x64xf32> attributes {schedule = #kernel.schedule<grain = 4, tokens = 1, prefetch = 0>} {
  %rows = model.reshape %x : tensor<?x128xf32> -> tensor<?x2x64xf32>
  kernel.return %rows : tensor<?x2x64xf32>
}
kernel.func @attention(%queries: tensor<?x2x64xf32>, %keys: !model.cache<keys, 2x64, 1024, f16>, %values: !model.cache<values, 2x64, 1024, f16>, %positions: tensor<?xi32>) -> tensor<?x2x64xf32> attributes {schedule = #kernel.schedule<grain = 1, tokens = 1, prefetch = 0>} {
  %y = model.attention %queries, %keys, %values, %positions scale 0.25 : tensor<?x2x64xf32>, !model.cache<keys, 2x64, 1024, f16>, !model.cache<values, 2x64, 1024, f16>
  kernel.return %y : tensor<?x2x64xf32>
}
kernel.func @windowed(%queries: tensor<?x2x64xf32>, %keys: !model.cache<keys, 2x64, 1024, f16>, %values: !model.cache<values, 2x64, 1024, f16>, %positions: tensor<?xi32>) -> tensor<?x2x64xf32> attributes {schedule = #kernel.schedule<grain = 1, tokens = 1, prefetch = 0>} {
  %y = model.attention %queries, %keys, %values, %positions scale 0.25 window 300 : tensor<?x2x64xf32>, !model.cache<keys, 2x64, 1024, f16>, !model.cache<values, 2x64, 1024, f16>
  kernel.return %y : tensor<?x2x64xf32>
}

// One token's keys are cut into ranges. What threads make of them meets in the arena, and the counters of it, which all steps share,
// lie behind the cache. A window needs the same number of ranges wherever it is.
// CHECK-LABEL: plan.program @generated
// CHECK: plan.step @heads(
// CHECK: %[[RESULT:.*]] = plan.buffer arena
// CHECK-NEXT: %[[PARTIALS:.*]] = plan.buffer arena [[#]]{{$}}
// CHECK-NEXT: %[[ARRIVALS:.*]] = plan.buffer cache [[#]] "arrivals.{{[0-9]+}}"
// CHECK-NEXT: plan.step @attention(%{{.*}}, %[[RESULT]], %[[PARTIALS]], %[[ARRIVALS]]) writes 3 ranges factor 2 divisor 512 grain 1
// CHECK: plan.step @windowed(%{{.*}}, %[[ARRIVALS]]) writes 3 blocks factor 4 divisor 1 grain 1
func.func @generated(%tokens: tensor<?xi32>, %positions: tensor<?xi32>) -> tensor<?x2x64xf32> {
  %table = packed.weight "table" : !packed.matrix<16x128, f32>
  %keys = model.cache "keys.0" : !model.cache<keys, 2x64, 1024, f16>
  %values = model.cache "values.0" : !model.cache<values, 2x64, 1024, f16>
  %x = kernel.call @embed(%tokens, %table) : (tensor<?xi32>, !packed.matrix<16x128, f32>) -> tensor<?x128xf32>
  %rows = kernel.call @heads(%x) : (tensor<?x128xf32>) -> tensor<?x2x64xf32>
  %y = kernel.call @attention(%rows, %keys, %values, %positions) : (tensor<?x2x64xf32>, !model.cache<keys, 2x64, 1024, f16>, !model.cache<values, 2x64, 1024, f16>, tensor<?xi32>) -> tensor<?x2x64xf32>
  %z = kernel.call @windowed(%y, %keys, %values, %positions) : (tensor<?x2x64xf32>, !model.cache<keys, 2x64, 1024, f16>, !model.cache<values, 2x64, 1024, f16>, tensor<?xi32>) -> tensor<?x2x64xf32>
  return %z : tensor<?x2x64xf32>
}

// -----

kernel.func @few(%queries: tensor<?x2x16xf32>, %keys: !model.cache<keys, 2x16, 64, f16>, %values: !model.cache<values, 2x16, 64, f16>, %positions: tensor<?xi32>) -> tensor<?x2x16xf32> attributes {schedule = #kernel.schedule<grain = 1, tokens = 8, prefetch = 0>} {
  %y = model.attention %queries, %keys, %values, %positions scale 0.25 : tensor<?x2x16xf32>, !model.cache<keys, 2x16, 64, f16>, !model.cache<values, 2x16, 64, f16>
  kernel.return %y : tensor<?x2x16xf32>
}
kernel.func @many(%queries: tensor<?x2x16xf32>, %keys: !model.cache<keys, 2x16, 64, f16>, %values: !model.cache<values, 2x16, 64, f16>, %positions: tensor<?xi32>) -> tensor<?x2x16xf32> attributes {schedule = #kernel.schedule<grain = 1, tokens = 16, prefetch = 0>} {
  %y = model.attention %queries, %keys, %values, %positions scale 0.25 : tensor<?x2x16xf32>, !model.cache<keys, 2x16, 64, f16>, !model.cache<values, 2x16, 64, f16>
  kernel.return %y : tensor<?x2x16xf32>
}
kernel.func @rows(%tokens: tensor<?xi32>, %weight: !packed.matrix<16x32, f32>) -> tensor<?x32xf32> attributes {schedule = #kernel.schedule<grain = 4, tokens = 1, prefetch = 0>} {
  %x = packed.embed %tokens, %weight : !packed.matrix<16x32, f32> -> tensor<?x32xf32>
  kernel.return %x : tensor<?x32xf32>
}
kernel.func @heads(%x: tensor<?x32xf32>) -> tensor<?x2x16xf32> attributes {schedule = #kernel.schedule<grain = 4, tokens = 1, prefetch = 0>} {
  %rows = model.reshape %x : tensor<?x32xf32> -> tensor<?x2x16xf32>
  kernel.return %rows : tensor<?x2x16xf32>
}
func.func @read(%tokens: tensor<?xi32>, %positions: tensor<?xi32>) -> tensor<?x2x16xf32> {
  %table = packed.weight "table" : !packed.matrix<16x32, f32>
  %keys = model.cache "keys.0" : !model.cache<keys, 2x16, 64, f16>
  %values = model.cache "values.0" : !model.cache<values, 2x16, 64, f16>
  %x = kernel.call @rows(%tokens, %table) : (tensor<?xi32>, !packed.matrix<16x32, f32>) -> tensor<?x32xf32>
  %q = kernel.call @heads(%x) : (tensor<?x32xf32>) -> tensor<?x2x16xf32>
  %y = kernel.call @few(%q, %keys, %values, %positions) : (tensor<?x2x16xf32>, !model.cache<keys, 2x16, 64, f16>, !model.cache<values, 2x16, 64, f16>, tensor<?xi32>) -> tensor<?x2x16xf32>
  // expected-error @below {{'kernel.call' op of @many attends for 16 tokens at a time, another for 8}}
  %z = kernel.call @many(%y, %keys, %values, %positions) : (tensor<?x2x16xf32>, !model.cache<keys, 2x16, 64, f16>, !model.cache<values, 2x16, 64, f16>, tensor<?xi32>) -> tensor<?x2x16xf32>
  return %z : tensor<?x2x16xf32>
}

// -----

// expected-error @below {{'func.func' op has no body of one block}}
func.func private @no_body()

// -----

func.func @no_logits() {
  // expected-error @below {{'func.return' op must return the logits, rows that a kernel makes, and nothing else}}
  return
}

// -----

func.func @no_kernel_for_logits(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error @below {{'func.return' op must return the logits, rows that a kernel makes, and nothing else}}
  return %x : tensor<?x8xf32>
}

// -----

kernel.func @silu(%x: tensor<?x8xf32>) -> tensor<?x8xf32> attributes {schedule = #kernel.schedule<grain = 4, tokens = 1, prefetch = 0>} {
  %y = model.silu %x : tensor<?x8xf32>
  kernel.return %y : tensor<?x8xf32>
}
func.func @no_kernel(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error @below {{'model.silu' op is in no kernel}}
  %y = model.silu %x : tensor<?x8xf32>
  %z = kernel.call @silu(%y) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return %z : tensor<?x8xf32>
}

// -----

kernel.func @embed(%tokens: tensor<?xi32>, %weight: !packed.matrix<16x32, f32>) -> tensor<?x32xf32> {
  %x = packed.embed %tokens, %weight : !packed.matrix<16x32, f32> -> tensor<?x32xf32>
  kernel.return %x : tensor<?x32xf32>
}
func.func @no_schedule(%tokens: tensor<?xi32>) -> tensor<?x32xf32> {
  %table = packed.weight "table" : !packed.matrix<16x32, f32>
  // expected-error @below {{'kernel.call' op of @embed has no schedule}}
  %x = kernel.call @embed(%tokens, %table) : (tensor<?xi32>, !packed.matrix<16x32, f32>) -> tensor<?x32xf32>
  return %x : tensor<?x32xf32>
}

// -----

// Rows picked by position would silently be picked by token id.
kernel.func @embed(%tokens: tensor<?xi32>, %weight: !packed.matrix<16x32, f32>) -> tensor<?x32xf32> attributes {schedule = #kernel.schedule<grain = 4, tokens = 1, prefetch = 0>} {
  %x = packed.embed %tokens, %weight : !packed.matrix<16x32, f32> -> tensor<?x32xf32>
  kernel.return %x : tensor<?x32xf32>
}
func.func @no_buffer_for_positions(%tokens: tensor<?xi32>, %positions: tensor<?xi32>) -> tensor<?x32xf32> {
  %table = packed.weight "table" : !packed.matrix<16x32, f32>
  // expected-error @below {{'kernel.call' op of @embed reads argument 1 of the function, but only token ids, the first, have a buffer}}
  %x = kernel.call @embed(%positions, %table) : (tensor<?xi32>, !packed.matrix<16x32, f32>) -> tensor<?x32xf32>
  return %x : tensor<?x32xf32>
}

// -----

func.func @no_second_shape() -> tensor<?x32xf32> {
  %table = packed.weight "table" : !packed.matrix<16x32, f32>
  // expected-error @below {{'packed.weight' op gives 'table' the type '!packed.matrix<32x16, f32>', elsewhere it is '!packed.matrix<16x32, f32>'}}
  %other = packed.weight "table" : !packed.matrix<32x16, f32>
  %x = kernel.call @none() : () -> tensor<?x32xf32>
  return %x : tensor<?x32xf32>
}
kernel.func @none() -> tensor<?x32xf32> {
  %x = builtin.unrealized_conversion_cast to tensor<?x32xf32>
  kernel.return %x : tensor<?x32xf32>
}

// -----

func.func @no_second_cache() -> tensor<?x32xf32> {
  %keys = model.cache "keys.0" : !model.cache<keys, 2x16, 64, f16>
  // expected-error @below {{'model.cache' op names 'keys.0' a second time, but caches are written in place}}
  %again = model.cache "keys.0" : !model.cache<keys, 2x16, 64, f16>
  %x = kernel.call @none() : () -> tensor<?x32xf32>
  return %x : tensor<?x32xf32>
}
kernel.func @none() -> tensor<?x32xf32> {
  %x = builtin.unrealized_conversion_cast to tensor<?x32xf32>
  kernel.return %x : tensor<?x32xf32>
}

// -----

kernel.func @forward(%cache: !model.cache<keys, 2x16, 64, f16>) -> !model.cache<keys, 2x16, 64, f16> attributes {schedule = #kernel.schedule<grain = 4, tokens = 1, prefetch = 0>} {
  kernel.return %cache : !model.cache<keys, 2x16, 64, f16>
}
kernel.func @none() -> tensor<?x32xf32> attributes {schedule = #kernel.schedule<grain = 4, tokens = 1, prefetch = 0>} {
  %x = builtin.unrealized_conversion_cast to tensor<?x32xf32>
  kernel.return %x : tensor<?x32xf32>
}
func.func @no_buffer_for_a_copied_cache() -> tensor<?x32xf32> {
  %keys = model.cache "keys.0" : !model.cache<keys, 2x16, 64, f16>
  // expected-error @below {{'kernel.call' op of @forward makes a value of '!model.cache<keys, 2x16, 64, f16>', for which there is no buffer}}
  %same = kernel.call @forward(%keys) : (!model.cache<keys, 2x16, 64, f16>) -> !model.cache<keys, 2x16, 64, f16>
  %x = kernel.call @none() : () -> tensor<?x32xf32>
  return %x : tensor<?x32xf32>
}

// -----

kernel.func @scores(%queries: tensor<?x2x16xf32>) -> tensor<?x2x?xf32> attributes {schedule = #kernel.schedule<grain = 4, tokens = 1, prefetch = 0>} {
  %s = model.scores %queries, %queries scale 0.25 : tensor<?x2x16xf32>, tensor<?x2x16xf32> -> tensor<?x2x?xf32>
  kernel.return %s : tensor<?x2x?xf32>
}
kernel.func @none() -> tensor<?x2x16xf32> attributes {schedule = #kernel.schedule<grain = 4, tokens = 1, prefetch = 0>} {
  %x = builtin.unrealized_conversion_cast to tensor<?x2x16xf32>
  kernel.return %x : tensor<?x2x16xf32>
}
func.func @no_cache() -> tensor<?x2x16xf32> {
  %x = kernel.call @none() : () -> tensor<?x2x16xf32>
  // expected-error @below {{'kernel.call' op of @scores attends to keys or values that are in no cache}}
  %s = kernel.call @scores(%x) : (tensor<?x2x16xf32>) -> tensor<?x2x?xf32>
  return %x : tensor<?x2x16xf32>
}

// -----

kernel.func @embed(%tokens: tensor<?xi32>, %weight: !packed.matrix<32x32, f32>) -> tensor<?x32xf32> attributes {schedule = #kernel.schedule<grain = 4, tokens = 1, prefetch = 0>} {
  %x = packed.embed %tokens, %weight : !packed.matrix<32x32, f32> -> tensor<?x32xf32>
  kernel.return %x : tensor<?x32xf32>
}
kernel.func @quantise(%x: tensor<?x32xf32>) -> !packed.activations<f32, 32> attributes {schedule = #kernel.schedule<grain = 4, tokens = 1, prefetch = 0>} {
  %rounded = packed.quantise %x : tensor<?x32xf32> -> !packed.activations<f32, 32>
  kernel.return %rounded : !packed.activations<f32, 32>
}
kernel.func @matmul_add(%input: !packed.activations<f32, 32>, %weight: !packed.matrix<32x32, f32>, %x: tensor<?x32xf32>) -> tensor<?x32xf32> attributes {schedule = #kernel.schedule<grain = 4, tokens = 1, prefetch = 0>} {
  %product = packed.matmul %input, (%weight) : !packed.activations<f32, 32>, (!packed.matrix<32x32, f32>) -> (tensor<?x32xf32>)
  %sum = model.add %x, %product : tensor<?x32xf32>
  kernel.return %sum : tensor<?x32xf32>
}
func.func @no_writing_over_what_is_needed(%tokens: tensor<?xi32>) -> tensor<?x32xf32> {
  %w = packed.weight "w" : !packed.matrix<32x32, f32>
  %x = kernel.call @embed(%tokens, %w) : (tensor<?xi32>, !packed.matrix<32x32, f32>) -> tensor<?x32xf32>
  %input = kernel.call @quantise(%x) : (tensor<?x32xf32>) -> !packed.activations<f32, 32>
  // expected-error @below {{'kernel.call' op of @matmul_add writes over a value that is needed elsewhere}}
  %sum = kernel.call @matmul_add(%input, %w, %x) : (!packed.activations<f32, 32>, !packed.matrix<32x32, f32>, tensor<?x32xf32>) -> tensor<?x32xf32>
  return %x : tensor<?x32xf32>
}
