// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Types, verifiers and registration of the packed dialect.
#include "dialects/packed/Packed.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace ingot::packed {

static constexpr std::pair<ActivationKind, StringLiteral> kindNames[] = {
    {ActivationKind::f32, "f32"}, {ActivationKind::bf16, "bf16"}, {ActivationKind::q8, "q8"}, {ActivationKind::q15, "q15"}};
static constexpr std::pair<ActivationParts, StringLiteral> partNames[] = {
    {negated32, "negated32"}, {negated16, "negated16"}, {scaled32, "scaled32"}, {scaled16, "scaled16"}, {words, "words"}};

StringRef name(ActivationKind kind) { return kindNames[unsigned(kind)].second; }

std::optional<ActivationKind> activationKindByName(StringRef name) {
  for (auto &[kind, text] : kindNames)
    if (text == name) return kind;
  return std::nullopt;
}

Type MatrixType::parse(AsmParser &parser) {
  SmallVector<int64_t> shape;
  StringRef format;
  auto place = parser.getCurrentLocation();
  if (parser.parseLess() || parser.parseDimensionList(shape, /*allowDynamic=*/false, /*withTrailingX=*/false) ||
      parser.parseComma() || parser.parseKeyword(&format) || parser.parseGreater())
    return {};
  auto known = blockFormatByName(format.str());
  if (!known || shape.size() != 2) {
    parser.emitError(place, "expected <OUTPUTSxINPUTS, FORMAT>");
    return {};
  }
  return parser.getChecked<MatrixType>(place, parser.getContext(), shape[0], shape[1], *known);
}

LogicalResult MatrixType::verify(function_ref<InFlightDiagnostic()> emitError, int64_t rows, int64_t columns, BlockFormat format) {
  if (!model::areSizesSound({rows, columns}))
    return emitError() << "a matrix needs positive outputs and inputs, and at most 2^40 values";
  if (columns % info(format).blockElements)
    return emitError() << columns << " inputs are no whole blocks of " << info(format).blockElements << " ("
                       << StringRef(info(format).name) << ")";
  return success();
}

void MatrixType::print(AsmPrinter &printer) const {
  printer << '<' << getRows() << 'x' << getColumns() << ", " << StringRef(info(getFormat()).name) << '>';
}

Type ActivationsType::parse(AsmParser &parser) {
  StringRef kindText;
  int64_t columns;
  uint8_t parts = 0;
  auto place = parser.getCurrentLocation();
  auto parsePart = [&]() -> ParseResult {
    StringRef text;
    if (parser.parseKeyword(&text)) return failure();
    for (auto &[part, name] : partNames)
      if (name == text) return parts |= part, success();
    return parser.emitError(parser.getCurrentLocation(), "unknown part '") << text << "'";
  };
  if (parser.parseLess() || parser.parseKeyword(&kindText) || parser.parseComma() || parser.parseInteger(columns)) return {};
  if (succeeded(parser.parseOptionalComma()) && parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, parsePart)) return {};
  if (parser.parseGreater()) return {};
  auto kind = activationKindByName(kindText);
  if (!kind) {
    parser.emitError(place, "unknown kind of activations '") << kindText << "'";
    return {};
  }
  return parser.getChecked<ActivationsType>(place, parser.getContext(), *kind, columns, parts);
}

LogicalResult ActivationsType::verify(function_ref<InFlightDiagnostic()> emitError, ActivationKind kind, int64_t columns,
                                      uint8_t parts) {
  if (!model::areSizesSound(columns)) return emitError() << "activations need 1 to 2^40 columns";
  if ((parts & words) && kind != ActivationKind::q15) return emitError() << "only q15 comes as words";
  return success();
}

void ActivationsType::print(AsmPrinter &printer) const {
  printer << '<' << packed::name(getKind()) << ", " << getColumns();
  if (getParts()) {
    StringRef separator = ", [";
    for (auto &[part, name] : partNames)
      if (getParts() & part) {
        printer << separator << name;
        separator = ", ";
      }
    printer << ']';
  }
  printer << '>';
}

LogicalResult QuantiseOp::verify() {
  int64_t values = model::rowValues(getInput().getType());
  auto type = getResult().getType();
  if (values != type.getColumns()) return emitOpError() << "rounds rows of " << values << " values to " << type.getColumns(); // C1
  if (isInteger(type.getKind()) && values % 32) return emitOpError() << "needs a multiple of 32 columns, not " << values;     // C2
  return success();
}

LogicalResult MatmulOp::verify() {
  auto input = getInput().getType();
  if (getWeights().empty()) return emitOpError() << "has no weights"; // C1
  if (getWeights().size() != getResults().size())
    return emitOpError() << "has " << getWeights().size() << " weights but " << getResults().size() << " results";
  for (auto [weight, result] : llvm::zip(getWeights(), getResults())) {
    auto matrix = cast<MatrixType>(weight.getType());
    if (matrix.getColumns() != input.getColumns())
      return emitOpError() << "multiplies rows of " << input.getColumns() << " with a matrix of " << matrix.getColumns()
                           << " inputs";
    if (matrix.getRows() != model::rowValues(result.getType()))
      return emitOpError() << "gives rows of " << model::rowValues(result.getType()) << " from a matrix of " << matrix.getRows()
                           << " outputs";
    if (isInteger(input.getKind()) && (sumsNeeded(matrix.getFormat()) & ~input.getParts())) // C2
      return emitOpError() << "needs sums for " << StringRef(info(matrix.getFormat()).name) << " that its input lacks";
    if ((input.getParts() & words) && !takesWords(matrix.getFormat())) // C3
      return emitOpError() << "has words, which are not multiplied by " << StringRef(info(matrix.getFormat()).name);
  }
  return success();
}

LogicalResult EmbedOp::verify() {
  int64_t width = model::rowValues(getResult().getType()), columns = getWeight().getType().getColumns();
  if (width != columns) return emitOpError() << "gives rows of " << width << " from a matrix of rows of " << columns; // C1
  return success();
}

void PackedDialect::initialize() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/packed/PackedTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/packed/PackedOps.cpp.inc"
      >();
}

} // namespace ingot::packed

#include "dialects/packed/PackedDialect.cpp.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/packed/PackedTypes.cpp.inc"
#define GET_OP_CLASSES
#include "dialects/packed/PackedOps.cpp.inc"
