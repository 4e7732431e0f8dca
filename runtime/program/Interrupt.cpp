// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/program/Interrupt.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

namespace ingot::runtime {

static volatile sig_atomic_t noted = 0;

void noteInterrupts() {
  struct sigaction action = {};
  action.sa_handler = [](int) { noted = 1; };
  sigaction(SIGINT, &action, nullptr);
}

bool interrupted() { return noted; }
void clearInterrupt() { noted = 0; }

bool waitForInput() {
  sigset_t interrupt, before;
  sigemptyset(&interrupt);
  sigaddset(&interrupt, SIGINT);
  sigprocmask(SIG_BLOCK, &interrupt, &before); // from here on it can only arrive inside ppoll
  pollfd input = {STDIN_FILENO, POLLIN, 0};
  while (!interrupted() && ppoll(&input, 1, nullptr, &before) < 0) {
  }
  sigprocmask(SIG_SETMASK, &before, nullptr);
  return !interrupted();
}

} // namespace ingot::runtime
