// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tells the processor that this thread is waiting for a word to change.
#ifndef INGOT_RUNTIME_THREADS_PAUSE_H
#define INGOT_RUNTIME_THREADS_PAUSE_H

namespace ingot::runtime {

inline void pause() {
#if defined(__x86_64__)
  asm volatile("pause");
#elif defined(__aarch64__)
  asm volatile("isb"); // `yield` does nothing on most; this waits about as long as x86-64's
#else
#error "this processor's way of waiting is not known"
#endif
}

} // namespace ingot::runtime
#endif
