// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A block of 32 columns of a token, rounded to the q8 of ActivationLayout.h. What halide/RowOutputs.cpp does with whole rows, for
// kernels that have 32 columns in two vectors; a scale can differ in its last bit.
#ifndef INGOT_CODEGEN_CPU_MATMUL_ROUNDEDBLOCK_H
#define INGOT_CODEGEN_CPU_MATMUL_ROUNDEDBLOCK_H

#include "codegen/cpu/layout/ActivationLayout.h"
#include "codegen/cpu/vector/Emitter.h"

namespace ingot::cpu {

/// Stores block `block` of a q8 record: codes, scale and the sums that the layout has. `columns`: two vectors of 16 float32.
void storeRounded(Emitter &e, const ActivationLayout &layout, Value record, Value block, ValueRange columns);

} // namespace ingot::cpu
#endif
