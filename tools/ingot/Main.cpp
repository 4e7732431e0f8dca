// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The `ingot` tool. Commands.cpp is its table of contents.
#include "tools/ingot/Commands.h"

#include <csignal>
#include <vector>

int main(int argc, char **argv) {
  signal(SIGXFSZ, SIG_IGN); // a file that may not grow is an error message, not the end of the process
  return ingot::tool::runTool(std::vector<std::string>(argv + 1, argv + argc));
}
