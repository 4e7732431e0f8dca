// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef INGOT_PASSES_MODEL_PASSES_H
#define INGOT_PASSES_MODEL_PASSES_H

#include "dialects/model/Model.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace ingot {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/model/Passes.h.inc"
} // namespace ingot
#endif
