// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/ingot/Progress.h"

#include "llvm/Support/Format.h"

#include <unistd.h>

namespace ingot::tool {
namespace {

constexpr llvm::StringLiteral eraseLine = "\r\033[K";

llvm::format_object<double> seconds(std::chrono::steady_clock::time_point since) {
  return llvm::format("%6.2f s", std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count());
}

} // namespace

Progress::Progress(llvm::StringRef subject, Style style, bool quiet)
    : subject(subject), style(style), shown(!quiet && isatty(STDERR_FILENO)) {}

void Progress::begin(llvm::StringRef name) {
  endPhase();
  phase = name;
  phaseStart = Clock::now();
  if (!shown) return;
  if (style == Style::Lines)
    llvm::errs() << "           " << phase << " …";
  else
    llvm::errs() << "compiling " << subject << ": " << phase << " …";
}

void Progress::finish(llvm::StringRef summary) {
  endPhase();
  if (shown && style == Style::Lines && !summary.empty()) llvm::errs() << seconds(start) << "   " << summary << "\n";
}

void Progress::endPhase() {
  if (shown && !phase.empty()) {
    llvm::errs() << eraseLine;
    if (style == Style::Lines) llvm::errs() << seconds(phaseStart) << "   " << phase << "\n";
  }
  phase.clear();
  printPending();
}

void Progress::printPending() {
  llvm::errs() << pending;
  pending.clear();
}

} // namespace ingot::tool
