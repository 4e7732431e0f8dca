// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Types, registration and the shape predicates that the op definitions use.
#include "dialects/model/Model.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace ingot::model {

bool areSizesSound(ArrayRef<int64_t> sizes) {
  int64_t values = 1;
  for (int64_t size : sizes) {
    if (ShapedType::isDynamic(size)) continue;
    if (size < 1 || size > valuesMax / values) return false;
    values *= size;
  }
  return true;
}

static RankedTensorType floatTensor(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  // Nothing empty: heads are divided by, and a row without values has no mean.
  return tensor && tensor.getElementType().isF32() && areSizesSound(tensor.getShape()) ? tensor : RankedTensorType();
}

bool isRows(Type type) {
  auto tensor = floatTensor(type);
  return tensor && (tensor.getRank() == 2 || tensor.getRank() == 3) && tensor.isDynamicDim(0) && tensor.getNumDynamicDims() == 1;
}

bool isTokenIntegers(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.getElementType().isInteger(32) && tensor.getRank() == 1 && tensor.isDynamicDim(0);
}

bool isScores(Type type) {
  auto tensor = floatTensor(type);
  return tensor && tensor.getRank() == 3 && tensor.isDynamicDim(0) && !tensor.isDynamicDim(1) && tensor.isDynamicDim(2);
}

bool isVector(Type type) {
  auto tensor = floatTensor(type);
  return tensor && tensor.getRank() == 1 && tensor.hasStaticShape();
}

bool isMatrix(Type type) {
  auto tensor = floatTensor(type);
  return tensor && tensor.getRank() == 2 && tensor.hasStaticShape();
}

RankedTensorType rowsType(MLIRContext *context, int64_t width) {
  return RankedTensorType::get({ShapedType::kDynamic, width}, Float32Type::get(context));
}

RankedTensorType headsType(MLIRContext *context, int64_t heads, int64_t width) {
  return RankedTensorType::get({ShapedType::kDynamic, heads, width}, Float32Type::get(context));
}

RankedTensorType tokenIntegersType(MLIRContext *context) {
  return RankedTensorType::get({ShapedType::kDynamic}, IntegerType::get(context, 32));
}

int64_t rowValues(Type rows) {
  int64_t values = 1;
  for (int64_t size : cast<RankedTensorType>(rows).getShape().drop_front()) values *= size;
  return values;
}

Type CacheType::parse(AsmParser &parser) {
  StringRef kindText;
  SmallVector<int64_t> shape;
  int64_t positions;
  Type element;
  auto place = parser.getCurrentLocation();
  if (parser.parseLess() || parser.parseKeyword(&kindText) || parser.parseComma() ||
      parser.parseDimensionList(shape, /*allowDynamic=*/false, /*withTrailingX=*/false) || parser.parseComma() ||
      parser.parseInteger(positions) || parser.parseComma() || parser.parseType(element) || parser.parseGreater())
    return {};
  auto kind = symbolizeCacheKind(kindText);
  if (!kind || shape.size() != 2) {
    parser.emitError(place, "expected <keys|values, HEADSxWIDTH, POSITIONS, f16|bf16|i8|f32>");
    return {};
  }
  return parser.getChecked<CacheType>(place, parser.getContext(), *kind, shape[0], shape[1], positions, element);
}

LogicalResult CacheType::verify(function_ref<InFlightDiagnostic()> emitError, CacheKind, int64_t heads, int64_t width,
                                int64_t positions, Type element) {
  if (!areSizesSound({heads, width, positions}))
    return emitError() << "a cache needs positive heads, width and positions, and at most 2^40 values";
  if (!element.isF16() && !element.isBF16() && !element.isF32() && !element.isSignlessInteger(8))
    return emitError() << "a cache holds f16, bf16, i8 or f32, not " << element;
  if (element.isInteger() && width % 32 != 0)
    return emitError() << "a cache of i8 has a scale for 32 values, so heads can't be " << width << " wide";
  return success();
}

void CacheType::print(AsmPrinter &printer) const {
  printer << '<' << stringifyCacheKind(getKind()) << ", " << getHeads() << 'x' << getWidth() << ", " << getPositions() << ", "
          << getElement() << '>';
}

void ModelDialect::initialize() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/model/ModelTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/model/ModelOps.cpp.inc"
      >();
}

} // namespace ingot::model

#include "dialects/model/ModelDialect.cpp.inc"
#include "dialects/model/ModelEnums.cpp.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/model/ModelTypes.cpp.inc"
