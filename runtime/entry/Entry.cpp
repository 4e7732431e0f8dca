// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where the system starts a compiled program. The C library's own start file belongs to its development package, which a user's
// machine lacks. From glibc 2.34 on, __libc_start_main runs the constructors itself when it is given none, the loader's function in
// %rdx runs the destructors, and what main returns goes to exit, which flushes the streams.
#include "runtime/program/Program.h"

#if defined(__x86_64__)
asm(R"(
  .text
  .globl _start
  .type _start, @function
_start:
  xorl %ebp, %ebp
  movq %rdx, %r9
  popq %rsi
  movq %rsp, %rdx
  andq $-16, %rsp
  pushq %rax
  pushq %rsp
  xorl %r8d, %r8d
  xorl %ecx, %ecx
  leaq main(%rip), %rdi
  callq *__libc_start_main@GOTPCREL(%rip)
  hlt
  .size _start, . - _start
)");
#elif defined(__aarch64__)
// The same in AArch64's registers: the loader's function comes in x0.
asm(R"(
  .text
  .globl _start
  .type _start, %function
_start:
  mov x29, #0
  mov x30, #0
  mov x5, x0
  ldr x1, [sp]
  add x2, sp, #8
  mov x6, sp
  adrp x0, main
  add x0, x0, :lo12:main
  mov x3, #0
  mov x4, #0
  bl __libc_start_main
  brk #0
  .size _start, . - _start
)");
#endif

int main(int count, char **arguments) { return ingot::runtime::runProgram(ingot_model, count, arguments); }
