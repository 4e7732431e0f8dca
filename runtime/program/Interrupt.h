// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Ctrl-C in a conversation: it stops the answer, or empties the line being typed, and not the program.
#ifndef INGOT_RUNTIME_PROGRAM_INTERRUPT_H
#define INGOT_RUNTIME_PROGRAM_INTERRUPT_H

namespace ingot::runtime {

/// From here on Ctrl-C is only noted.
void noteInterrupts();
/// Whether there was one since the last call of clearInterrupt().
bool interrupted();
void clearInterrupt();
/// Waits until standard input can be read; false when an interrupt came first, however shortly before the wait.
bool waitForInput();

} // namespace ingot::runtime
#endif
