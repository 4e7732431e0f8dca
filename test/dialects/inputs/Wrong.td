// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// For examples.test: what its script must find.
def Model_SiluOp : Model_UnaryRowOp<"silu", "x / (1 + exp(-x))">;
def Model_GeluOp : Model_UnaryRowOp<"gelu", "…"> { let description = [{`%y = model.gelu %x, %x`}]; }
