// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/program/Interrupt.h"

#include <signal.h>

namespace ingot::runtime {

static volatile sig_atomic_t noted = 0;

void noteInterrupts() {
  struct sigaction action = {};
  action.sa_handler = [](int) { noted = 1; };
  sigaction(SIGINT, &action, nullptr); // without SA_RESTART: a read is to come back
}

bool interrupted() { return noted; }
void clearInterrupt() { noted = 0; }

} // namespace ingot::runtime
