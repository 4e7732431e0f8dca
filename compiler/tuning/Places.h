// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where tuning records lie, and which of them a compilation uses: `--tuning FILE`, else this user's own and, for what that lacks,
// those that come with Ingot. `--tuning none` uses none.
#ifndef INGOT_COMPILER_TUNING_PLACES_H
#define INGOT_COMPILER_TUNING_PLACES_H

#include "compiler/tuning/Schedules.h"

#include <memory>

namespace ingot::tuning {

/// $XDG_DATA_HOME/ingot/tuning/schedules.txt, else below ~/.local/share. It need not exist.
llvm::Expected<std::string> userRecordPath();
/// Those that come with Ingot, sorted.
std::vector<std::string> ownRecordPaths();

/// Of this compiler, as records name them.
llvm::StringRef ingotVersion();
llvm::StringRef halideVersion();

/// The processor that schedules are looked up for: this machine's for "native", else one with the target's features and any caches.
Processor processorOf(llvm::StringRef target, llvm::ArrayRef<std::string> targetFeatures);

/// What a compilation for `processor` uses; `tuning` is the option's value, empty when it wasn't given.
llvm::Expected<std::unique_ptr<Schedules>> schedulesFor(llvm::StringRef tuning, const Processor &processor);

} // namespace ingot::tuning
#endif
