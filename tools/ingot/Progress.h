// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Shows what the compiler is doing and how long each phase took, at a terminal only. What the compiler says meanwhile is kept and
// printed between two phases, so that neither tears the other's lines.
#ifndef INGOT_TOOLS_INGOT_PROGRESS_H
#define INGOT_TOOLS_INGOT_PROGRESS_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"

#include <chrono>
#include <string>

namespace ingot::tool {

class Progress {
public:
  enum class Style { Lines, Passing }; ///< Passing: one line, gone at the end, before another program speaks

  /// `quiet`: shows nothing.
  Progress(llvm::StringRef subject, Style style, bool quiet);

  llvm::raw_ostream &diagnostics() { return pendingStream; }
  void begin(llvm::StringRef phase);
  /// Ends the last phase; `summary` goes before the total time, if any.
  void finish(llvm::StringRef summary);

private:
  using Clock = std::chrono::steady_clock;
  void endPhase();
  void printPending();

  std::string subject, phase, pending;
  llvm::raw_string_ostream pendingStream{pending};
  Style style;
  bool shown;
  Clock::time_point start = Clock::now(), phaseStart = start;
};

} // namespace ingot::tool
#endif
