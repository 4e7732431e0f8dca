// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How many threads can run at once.
#ifndef INGOT_RUNTIME_THREADS_PROCESSORS_H
#define INGOT_RUNTIME_THREADS_PROCESSORS_H

namespace ingot::runtime {

/// Processors that this process may use: those of its mask, and no more than its control group's quota of time pays for.
unsigned availableProcessors();

/// The quota of control group (version 2) `group` below the folder `root` and of those above it, in processors rounded up; 0: none.
unsigned quotaOf(const char *root, const char *group);

} // namespace ingot::runtime
#endif
