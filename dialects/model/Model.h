// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The model dialect: what a transformer computes. Ops and their meaning are documented in the .td files of this folder.
#ifndef INGOT_DIALECTS_MODEL_MODEL_H
#define INGOT_DIALECTS_MODEL_MODEL_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace ingot::model {
/// Most values of a tensor, a row or a cache: far above any model's, and low enough that sizes in bytes cannot overflow.
constexpr int64_t valuesMax = int64_t(1) << 40;
/// Whether sizes are positive and their product is at most valuesMax; those not known before run time count as 1.
bool areSizesSound(llvm::ArrayRef<int64_t> sizes);

bool isRows(mlir::Type type);
bool isTokenIntegers(mlir::Type type);
bool isScores(mlir::Type type);
bool isVector(mlir::Type type);
bool isMatrix(mlir::Type type);

/// tensor<?xWxf32> or, with heads, tensor<?xHxWxf32>.
mlir::RankedTensorType rowsType(mlir::MLIRContext *context, int64_t width);
mlir::RankedTensorType headsType(mlir::MLIRContext *context, int64_t heads, int64_t width);
mlir::RankedTensorType tokenIntegersType(mlir::MLIRContext *context);
/// Values in a row of rows or heads.
int64_t rowValues(mlir::Type rows);
} // namespace ingot::model

#include "dialects/model/ModelDialect.h.inc"
#include "dialects/model/ModelEnums.h.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/model/ModelTypes.h.inc"
#define GET_OP_CLASSES
#include "dialects/model/ModelOps.h.inc"

#endif
