// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A program that says how it was called and uses both system libraries; its entry is its own, as a compiled model's is.
#include <math.h>
#include <stdio.h>

__asm__(".globl _start\n"
        "_start:\n"
        "  xorl %ebp, %ebp\n"
        "  movq %rdx, %r9\n"
        "  popq %rsi\n"
        "  movq %rsp, %rdx\n"
        "  andq $-16, %rsp\n"
        "  pushq %rax\n"
        "  pushq %rsp\n"
        "  xorl %r8d, %r8d\n"
        "  xorl %ecx, %ecx\n"
        "  leaq main(%rip), %rdi\n"
        "  callq *__libc_start_main@GOTPCREL(%rip)\n"
        "  hlt\n");

int main(int argc, char **argv) {
  printf("%d arguments, cosine %.3f\n", argc - 1, cos((double)(argc - 1)));
  return 7;
}
