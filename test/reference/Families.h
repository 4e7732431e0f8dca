// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef INGOT_TEST_REFERENCE_FAMILIES_H
#define INGOT_TEST_REFERENCE_FAMILIES_H

#include "test/reference/GgufFile.h"
#include "test/reference/Transformer.h"

namespace ingot::reference {

/// The logits of every position of one prompt: [position][vocabulary].
Sequence logits(const GgufFile &file, const std::vector<int> &ids);

} // namespace ingot::reference
#endif
