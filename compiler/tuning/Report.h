// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A tuning record for people: a table, and a picture of each kernel against what the machine could do at most.
#ifndef INGOT_COMPILER_TUNING_REPORT_H
#define INGOT_COMPILER_TUNING_REPORT_H

#include "compiler/tuning/Record.h"
#include "llvm/Support/raw_ostream.h"

namespace ingot::tuning {

/// How near a kernel comes to the machine's limit: the bandwidth or the dot products, whichever would take longer.
struct Nearness {
  bool isMemory = true;
  double before = 0, after = 0; ///< shares of the limit; 0: not known
};
Nearness nearnessOf(const Entry &entry, const Timing &timing, const Section &section);

void printTable(llvm::raw_ostream &out, const Record &record);

/// An SVG document: for each kernel and number of threads, a bar for the settings and a mark for the defaults, on a scale from
/// nothing to the limit.
std::string picture(const Record &record);

} // namespace ingot::tuning
#endif
