// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef INGOT_PASSES_PACKED_PASSES_H
#define INGOT_PASSES_PACKED_PASSES_H

#include "dialects/packed/Packed.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace ingot {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/packed/Passes.h.inc"
} // namespace ingot
#endif
