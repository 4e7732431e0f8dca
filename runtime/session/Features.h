// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which of the features that compiled kernels may use this processor has, and the system lets us use.
#ifndef INGOT_RUNTIME_SESSION_FEATURES_H
#define INGOT_RUNTIME_SESSION_FEATURES_H

#include "runtime/Errors.h"
#include "runtime/abi/Model.h"

namespace ingot::runtime {

/// A set of ingot_feature.
uint32_t processorFeatures();

/// Refuses by name what is in `needed` and not in `available`.
bool checkFeatures(uint32_t needed, uint32_t available, Error &error);

/// "avx2 avx512vnni": writes at most `room` bytes, terminated.
void featureNames(uint32_t features, const char *separator, char *out, size_t room);

} // namespace ingot::runtime
#endif
