// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: ingot-opt --ingot-verify-plan %s --split-input-file --verify-diagnostics

llvm.func @work()
plan.program @good tokens 1 arena 128 scratch 0 {
  %tokens = plan.buffer tokens 4 at 0
  %first = plan.buffer arena 64 at 0
  %second = plan.buffer arena 64 at 64
  %third = plan.buffer arena 64 at 0
  plan.step @work(%tokens, %first) writes 1 tokens factor 1 divisor 1 grain 1
  plan.step @work(%first, %second) writes 1 tokens factor 1 divisor 1 grain 1
  plan.step @work(%second, %third) writes 1 tokens factor 1 divisor 1 grain 1
}
plan.program @empty tokens 1 arena 0 scratch 0 {}

// -----

plan.program @no_place tokens 1 arena 0 scratch 0 {
  // expected-error @below {{'plan.buffer' op has no place}}
  %x = plan.buffer arena 64
}

// -----

llvm.func @work()
plan.program @no_room tokens 1 arena 100 scratch 0 {
  // expected-error @below {{'plan.buffer' op ends at 128, beyond the arena's 100 bytes}}
  %x = plan.buffer arena 128 at 0
  plan.step @work(%x) writes 1 tokens factor 1 divisor 1 grain 1
}

// -----

llvm.func @work()
plan.program @no_shared_bytes tokens 1 arena 192 scratch 0 {
  // expected-note @below {{the other buffer}}
  %x = plan.buffer arena 128 at 0
  // expected-error @below {{'plan.buffer' op shares bytes with a buffer that is alive at the same time}}
  %y = plan.buffer arena 128 at 64
  plan.step @work(%x) writes 1 tokens factor 1 divisor 1 grain 1
  plan.step @work(%x, %y) writes 1 tokens factor 1 divisor 1 grain 1
}

// -----

llvm.func @work()
plan.program @no_reading_before_writing tokens 1 arena 64 scratch 0 {
  %x = plan.buffer arena 64 at 0
  // expected-error @below {{'plan.step' op reads a buffer that no step has written}}
  plan.step @work(%x) writes 0 tokens factor 1 divisor 1 grain 1
}

// -----

plan.program @read tokens 1 arena 0 scratch 0 {
  %w = plan.buffer weights 64 "w" at 0
}
plan.program @no_second_place tokens 1 arena 0 scratch 0 {
  // expected-error @below {{'plan.buffer' op 'w' lies at two places or has two sizes}}
  %w = plan.buffer weights 64 "w" at 64
}

// -----

plan.program @no_second_size tokens 1 arena 0 scratch 0 {
  %keys = plan.buffer cache 64 "keys.0" at 0
  // expected-error @below {{'plan.buffer' op 'keys.0' lies at two places or has two sizes}}
  %longer = plan.buffer cache 128 "keys.0" at 0
}

// -----

// Two names at one place: writing one cache would change the other.
plan.program @no_common_place tokens 1 arena 0 scratch 0 {
  // expected-note @below {{the other buffer}}
  %keys = plan.buffer cache 128 "keys.0" at 0
  // expected-error @below {{'plan.buffer' op 'values.0' shares bytes with 'keys.0'}}
  %values = plan.buffer cache 64 "values.0" at 64
}

// -----

llvm.func @work()
plan.program @no_cache_in_repeatable tokens 1 arena 64 scratch 0 {
  %x = plan.buffer arena 64 at 0
  %keys = plan.buffer cache 64 "keys.0" at 0
  // expected-error @below {{'plan.step' op is repeatable, but writes more than new activations}}
  plan.step @work(%x, %keys) writes 2 tokens factor 1 divisor 1 grain 1 {repeatable}
  plan.step @work(%x) writes 0 fixed factor 1 divisor 1 grain 1
}

// -----

llvm.func @work()
plan.program @no_writing_behind_repeatable tokens 1 arena 128 scratch 0 {
  %x = plan.buffer arena 64 at 0
  %y = plan.buffer arena 64 at 64
  plan.step @work(%x) writes 1 tokens factor 1 divisor 1 grain 1
  plan.step @work(%x, %y) writes 1 tokens factor 1 divisor 1 grain 1 {repeatable}
  // expected-error @below {{'plan.step' op writes a buffer of the repeatable step before it}}
  plan.step @work(%y, %x) writes 1 fixed factor 1 divisor 1 grain 1
}

// -----

llvm.func @work()
plan.program @no_repeatable_pair tokens 1 arena 128 scratch 0 {
  %x = plan.buffer arena 64 at 0
  %y = plan.buffer arena 64 at 64
  plan.step @work(%x) writes 1 tokens factor 1 divisor 1 grain 1 {repeatable}
  // expected-error @below {{'plan.step' op is repeatable behind a repeatable step}}
  plan.step @work(%x, %y) writes 1 tokens factor 1 divisor 1 grain 1 {repeatable}
}

// -----

llvm.func @work()
plan.program @no_repeatable_end tokens 1 arena 64 scratch 0 {
  %x = plan.buffer arena 64 at 0
  // expected-error @below {{'plan.step' op is repeatable, but the last}}
  plan.step @work(%x) writes 1 tokens factor 1 divisor 1 grain 1 {repeatable}
}
