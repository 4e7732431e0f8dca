// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontends/architectures/GraphBuilder.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringExtras.h"

#include <cmath>

using namespace mlir;

namespace ingot::architectures {

static std::string shapeText(ArrayRef<int64_t> shape) {
  return llvm::join(llvm::map_range(shape, [](int64_t size) { return std::to_string(size); }), "x");
}

GraphBuilder::GraphBuilder(MLIRContext *context, const Source &source, Imported &imported)
    : source(source), result(imported), builder(context), location(FileLineColLoc::get(context, source.file(), 0, 0)) {
  imported.module = ModuleOp::create(location);
  builder.setInsertionPointToEnd(imported.module->getBody());
  auto integers = model::tokenIntegersType(context);
  auto function = func::FuncOp::create(builder, location, "forward", builder.getFunctionType({integers, integers}, {}));
  Block *body = function.addEntryBlock();
  tokenIds = body->getArgument(0);
  positions = body->getArgument(1);
  builder.setInsertionPointToEnd(body);
}

void GraphBuilder::fail(const Twine &what, const Twine &note) {
  if (!failure.empty()) return;
  failure = (source.file() + ": error: " + what).str();
  std::string text = note.str();
  for (StringRef rest = text; !rest.empty();) {
    auto [line, after] = rest.split('\n');
    failure += ("\nnote: " + line).str();
    rest = after;
  }
}

void GraphBuilder::require(bool holds, const Twine &what, const Twine &note) {
  if (!holds) fail(what, note);
}

void GraphBuilder::requireOf(ArrayRef<StringRef> keys, bool holds, const Twine &what) {
  if (!holds) fail(what, impliedBy(keys) + "if the header is wrong, overrule it with --set KEY=VALUE");
}

std::string GraphBuilder::impliedBy(ArrayRef<StringRef> keys) const {
  std::string note;
  for (StringRef key : keys) note += "implied by " + source.describe(key) + "\n";
  return note;
}

void GraphBuilder::failSetting(StringRef key, const Twine &wanted) {
  std::string name = source.architecture() + "." + key.str();
  fail("metadata '" + name + "' is not " + wanted,
       source.describe(key) + "\nconvert the model again, or overrule the value with --set " + name + "=VALUE");
}

std::optional<Setting> GraphBuilder::take(StringRef key) {
  usedSettings.insert(key);
  return source.setting(key);
}

int64_t GraphBuilder::integer(StringRef key, std::optional<int64_t> fallback, int64_t least, int64_t most) {
  std::string name = source.architecture() + "." + key.str();
  auto setting = take(key);
  if (!setting) {
    if (!fallback)
      fail("metadata '" + name + "' is missing",
           "the file is not a complete model of this architecture; convert it again, or give the value with --set " + name +
               "=VALUE");
    return fallback.value_or(least);
  }
  const double *value = std::get_if<double>(&*setting);
  if (auto *list = std::get_if<std::vector<double>>(&*setting)) {
    if (!list->empty() && llvm::all_equal(*list))
      value = &list->front();
    else
      return fail("metadata '" + name + "' differs from layer to layer, which is not supported", source.describe(key)),
             fallback.value_or(least);
  }
  if (!value || *value != std::floor(*value) || *value < least || *value > most) {
    failSetting(key, "an integer from " + Twine(least) + " to " + Twine(most));
    return fallback.value_or(least);
  }
  return int64_t(*value);
}

double GraphBuilder::number(StringRef key, std::optional<double> fallback) {
  std::string name = source.architecture() + "." + key.str();
  auto setting = take(key);
  if (!setting) {
    if (!fallback)
      fail("metadata '" + name + "' is missing", "convert the model again, or give the value with --set " + name + "=VALUE");
    return fallback.value_or(1);
  }
  const double *value = std::get_if<double>(&*setting);
  if (!value || !std::isfinite(*value) || *value <= 0) {
    failSetting(key, "a positive number");
    return fallback.value_or(1);
  }
  return *value;
}

std::string GraphBuilder::text(StringRef key, StringRef fallback) {
  auto setting = take(key);
  if (!setting) return fallback.str();
  if (auto *value = std::get_if<std::string>(&*setting)) return *value;
  failSetting(key, "a text");
  return fallback.str();
}

int64_t GraphBuilder::vocabulary(int64_t embedding) {
  const SourceTensor *tensor = source.tensor("token_embd.weight");
  int64_t rows = tensor && tensor->shape.size() == 2 ? tensor->shape[0] : 1;
  int64_t stated = integer("vocab_size", rows, 1, 1 << 28);
  return tensor ? rows == stated ? rows : (matrix("token_embd.weight", stated, embedding, {"vocab_size"}), rows) : stated;
}

bool GraphBuilder::hasTensor(StringRef name) const { return source.tensor(name); }

const SourceTensor *GraphBuilder::takeTensor(StringRef name, ArrayRef<int64_t> shape, ArrayRef<StringRef> why) {
  usedTensors.insert(name);
  const SourceTensor *tensor = source.tensor(name);
  if (!tensor) {
    fail("tensor '" + name + "' (" + shapeText(shape) + ") is missing",
         "the file is incomplete or of another architecture than '" + source.architecture() + "'; convert or download it again");
    return nullptr;
  }
  if (ArrayRef<int64_t>(tensor->shape) != shape) {
    fail("tensor '" + name + "' is " + shapeText(tensor->shape) + ", but the header implies " + shapeText(shape),
         impliedBy(why) + "if the header is wrong, overrule it with --set KEY=VALUE");
    return nullptr;
  }
  return tensor;
}

Value GraphBuilder::weightOp(StringRef name, StringRef format, ArrayRef<int64_t> shape) {
  auto type = RankedTensorType::get(shape, builder.getF32Type());
  return model::WeightOp::create(builder, NameLoc::get(builder.getStringAttr(name), location), type, builder.getStringAttr(name),
                                 builder.getStringAttr(format));
}

Value GraphBuilder::vector(StringRef name, int64_t width, ArrayRef<StringRef> why) {
  const SourceTensor *tensor = takeTensor(name, {width}, why);
  if (tensor && packed::info(tensor->weight.format).isQuantised())
    fail("tensor '" + name + "' is a vector in " + packed::info(tensor->weight.format).name + ", which is not supported",
         "vectors must be f32, f16 or bf16");
  else if (tensor)
    result.weights.addVector(name, values(name, width)); // widened: vectors are small
  return weightOp(name, "f32", {width});
}

Value GraphBuilder::matrix(StringRef name, int64_t outputs, int64_t inputs, ArrayRef<StringRef> why) {
  const SourceTensor *tensor = takeTensor(name, {outputs, inputs}, why);
  if (!tensor) return weightOp(name, "f32", {outputs, inputs});
  result.weights.add(name, tensor->weight);
  return weightOp(name, packed::info(tensor->weight.format).name, {outputs, inputs});
}

std::vector<float> GraphBuilder::values(StringRef name, int64_t count) {
  std::vector<float> values(count);
  if (const SourceTensor *tensor = takeTensor(name, {count}, {})) {
    if (packed::info(tensor->weight.format).isQuantised())
      fail("tensor '" + name + "' must be f32, f16 or bf16");
    else
      packed::dequantise(tensor->weight.format, tensor->weight.bytes.data(), values.data(), count);
  }
  return values;
}

Value GraphBuilder::constant(StringRef name, std::vector<float> values) {
  int64_t count = values.size();
  result.weights.addVector(name, std::move(values));
  return weightOp(name, "f32", {count});
}

Value GraphBuilder::embed(Value weight) {
  auto type = model::rowsType(builder.getContext(), cast<RankedTensorType>(weight.getType()).getDimSize(1));
  return model::EmbedOp::create(builder, location, type, tokenIds, weight);
}

Value GraphBuilder::linear(Value input, Value weight) {
  auto type = model::rowsType(builder.getContext(), cast<RankedTensorType>(weight.getType()).getDimSize(0));
  return model::LinearOp::create(builder, location, type, input, weight);
}

Value GraphBuilder::rmsNorm(Value input, Value weight, float epsilon) {
  return model::RmsNormOp::create(builder, location, input.getType(), input, weight, builder.getF32FloatAttr(epsilon));
}

Value GraphBuilder::add(Value a, Value b) { return model::AddOp::create(builder, location, a.getType(), a, b); }
Value GraphBuilder::multiply(Value a, Value b) { return model::MultiplyOp::create(builder, location, a.getType(), a, b); }
Value GraphBuilder::silu(Value input) { return model::SiluOp::create(builder, location, input.getType(), input); }
Value GraphBuilder::gelu(Value input) { return model::GeluOp::create(builder, location, input.getType(), input); }

Value GraphBuilder::scale(Value input, float factor) {
  return model::ScaleOp::create(builder, location, input.getType(), input, builder.getF32FloatAttr(factor));
}

Value GraphBuilder::heads(Value rows, int64_t count) {
  auto type = model::headsType(builder.getContext(), count, model::rowValues(rows.getType()) / count);
  return model::ReshapeOp::create(builder, location, type, rows);
}

Value GraphBuilder::rotation(Value frequencies) {
  auto type = model::headsType(builder.getContext(), 2, cast<RankedTensorType>(frequencies.getType()).getDimSize(0));
  return model::RotationOp::create(builder, location, type, positions, frequencies);
}

Value GraphBuilder::rope(Value headRows, Value rotation, bool interleaved) {
  return model::RopeOp::create(builder, location, headRows.getType(), headRows, rotation, interleaved);
}

Value GraphBuilder::attention(Value queries, Value keys, Value values, const AttentionRules &rules) {
  auto scoresType = RankedTensorType::get({ShapedType::kDynamic, rules.heads, ShapedType::kDynamic}, builder.getF32Type());
  Value scores = model::ScoresOp::create(builder, location, scoresType, queries, keys, builder.getF32FloatAttr(rules.scale));
  Value probabilities = model::SoftmaxOp::create(builder, location, scoresType, scores, positions,
                                                 rules.window ? builder.getI64IntegerAttr(rules.window) : IntegerAttr());
  Value mixed = model::MixOp::create(builder, location, queries.getType(), probabilities, values);
  return model::ReshapeOp::create(builder, location, model::rowsType(builder.getContext(), rules.heads * rules.width), mixed);
}

Value GraphBuilder::wanted(Value rows) { return model::WantedOp::create(builder, location, rows.getType(), rows); }

void GraphBuilder::logits(Value rows) {
  func::ReturnOp::create(builder, location, rows);
  auto function = cast<func::FuncOp>(rows.getDefiningOp()->getParentOp());
  function.setType(builder.getFunctionType(function.getArgumentTypes(), rows.getType()));
}

llvm::Error GraphBuilder::finish(ArrayRef<StringRef> harmlessSettings) {
  for (const std::string &key : source.settingNames())
    if (!usedSettings.contains(key) && !llvm::is_contained(harmlessSettings, key))
      fail("metadata '" + source.architecture() + "." + key + "' is not known, and ignoring it could change the result",
           source.describe(key) + "\nthis build of ingot does not support models that need it");
  for (const std::string &name : source.tensorNames())
    if (!usedTensors.contains(name))
      fail("tensor '" + name + "' (" + shapeText(source.tensor(name)->shape) + ") is not part of architecture '" +
               source.architecture() + "' as ingot knows it",
           "ignoring it could change the result; this model variant is not supported");
  if (failure.empty()) return llvm::Error::success();
  return llvm::createStringError(failure);
}

std::vector<float> ropeFrequencies(int64_t dimensions, double base) {
  std::vector<float> frequencies(dimensions / 2);
  for (size_t j = 0; j < frequencies.size(); j++) frequencies[j] = float(1 / std::pow(base, double(2 * j) / double(dimensions)));
  return frequencies;
}

} // namespace ingot::architectures
