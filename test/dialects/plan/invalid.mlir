// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One case a constraint, named after it.
// RUN: ingot-opt %s --verify-diagnostics --split-input-file

// expected-error @below {{'plan.program' op needs a positive number of tokens, also in a block}}
plan.program @program_c1 tokens -1 arena 0 scratch 0 {}

// -----

plan.program @buffer_c1 tokens 1 arena 0 scratch 0 {
  // expected-error @below {{'plan.buffer' op in weights needs a name}}
  %w = plan.buffer weights 64
}

// -----

plan.program @buffer_c1_arena tokens 1 arena 0 scratch 0 {
  // expected-error @below {{'plan.buffer' op in arena has a name}}
  %x = plan.buffer arena 64 "x"
}

// -----

plan.program @buffer_c2 tokens 1 arena 0 scratch 0 {
  // expected-error @below {{'plan.buffer' op lies at 32, which is no multiple of 64}}
  %x = plan.buffer arena 64 at 32
}

// -----

plan.program @buffer_c2_negative tokens 1 arena 0 scratch 0 {
  // expected-error @below {{'plan.buffer' op lies at -64, which is no multiple of 64}}
  %x = plan.buffer arena 64 at -64
}

// -----

plan.program @buffer_c3 tokens 1 arena 0 scratch 0 {
  // expected-error @below {{'plan.buffer' op has -64 bytes}}
  %x = plan.buffer arena -64
}

// -----

plan.program @step_c1 tokens 1 arena 0 scratch 0 {
  // expected-error @below {{'plan.step' op runs @missing, which is no kernel}}
  plan.step @missing() writes 0 tokens factor 1 divisor 1 grain 1
}

// -----

plan.program @step_c1_other_symbol tokens 1 arena 0 scratch 0 {
  // expected-error @below {{'plan.step' op runs @step_c1_other_symbol, which is no kernel}}
  plan.step @step_c1_other_symbol() writes 0 tokens factor 1 divisor 1 grain 1
}

// -----

llvm.func @work()
plan.program @step_c2 tokens 1 arena 0 scratch 0 {
  // expected-error @below {{'plan.step' op needs a positive factor, divisor and grain}}
  plan.step @work() writes 0 tokens factor 1 divisor -1 grain 1
}

// -----

llvm.func @work()
plan.program @step_c3 tokens 1 arena 0 scratch 0 {
  %x = plan.buffer arena 64
  // expected-error @below {{'plan.step' op writes 2 of 1 operands}}
  plan.step @work(%x) writes 2 tokens factor 1 divisor 1 grain 1
}

// -----

llvm.func @work()
plan.program @step_c4 tokens 1 arena 0 scratch 0 {
  %x = builtin.unrealized_conversion_cast to !plan.buffer
  // expected-error @below {{'plan.step' op has an operand that is no plan.buffer}}
  plan.step @work(%x) writes 1 tokens factor 1 divisor 1 grain 1
}
