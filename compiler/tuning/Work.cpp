// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/tuning/Work.h"

#include "codegen/cpu/program/EmitProgram.h"
#include "dialects/model/Model.h"
#include "frontends/gguf/Import.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace ingot::tuning {
namespace {

/// Rough speeds, for the order of items alone.
constexpr double readBytesRoughly = 30e9, operationsRoughly = 400e9;
constexpr int64_t generatedTokens = 128; ///< for each pass of read tokens

constexpr int64_t sequencesTogether = 8; ///< that generate tokens in one pass, beside one alone
constexpr int64_t readTogether = 144;    ///< of a pass of read tokens: some tiles, and no more than a measurement needs

/// The name as records have it: without the tokens and the number behind them.
StringRef recordName(StringRef symbol) {
  auto [front, back] = symbol.rsplit("_v");
  if (!back.empty() && llvm::all_of(back, llvm::isDigit)) symbol = front;
  auto [name, tokens] = symbol.rsplit("_t");
  return !tokens.empty() && llvm::all_of(tokens, llvm::isDigit) ? name : symbol;
}

/// One kernel with one schedule; all others by the defaults.
struct Forced final : ScheduleSource {
  Forced(const WorkItem &item, const MeasuredSchedule &schedule) : item(item), schedule(schedule) {}
  std::optional<MeasuredSchedule> find(StringRef tokenClass, StringRef kernel) const override {
    if (tokenClass != item.tokenClass || kernel != item.kernel) return std::nullopt;
    return schedule;
  }
  const WorkItem &item;
  const MeasuredSchedule &schedule;
};

/// A graph whose only large matrices are those asked for: each reads an embedding, and all ends in one sum.
std::string graphOf(ArrayRef<MatrixRequest> matrices) {
  std::string text = "func.func @forward(%tokens: tensor<?xi32>, %positions: tensor<?xi32>) -> tensor<?x16xf32> {\n", sum;
  llvm::raw_string_ostream out(text);
  for (auto [number, request] : llvm::enumerate(matrices)) {
    std::string x = "%x" + std::to_string(number);
    std::string rows = ("tensor<?x" + Twine(request.columns) + "xf32>").str(),
                table = ("tensor<16x" + Twine(request.columns) + "xf32>").str();
    out << x << "t = model.weight \"table." << number << "\" stored \"f32\" : " << table << "\n"
        << x << " = model.embed %tokens, " << x << "t : " << table << " -> " << rows << "\n";
    for (auto [part, format] : llvm::enumerate(request.formats)) {
      std::string y = x + "_" + std::to_string(part);
      std::string matrix = ("tensor<" + Twine(request.rows[part]) + "x" + Twine(request.columns) + "xf32>").str();
      std::string wide = ("tensor<?x" + Twine(request.rows[part]) + "xf32>").str(),
                  last = ("tensor<16x" + Twine(request.rows[part]) + "xf32>").str();
      out << y << "w = model.weight \"matrix." << number << "." << part << "\" stored \"" << packed::info(format).name
          << "\" : " << matrix << "\n"
          << y << " = model.linear " << x << ", " << y << "w : " << rows << ", " << matrix << " -> " << wide << "\n"
          << y << "v = model.weight \"last." << number << "." << part << "\" stored \"f32\" : " << last << "\n"
          << y << "z = model.linear " << y << ", " << y << "v : " << wide << ", " << last << " -> tensor<?x16xf32>\n";
      if (!sum.empty()) out << y << "s = model.add " << sum << ", " << y << "z : tensor<?x16xf32>\n";
      sum = y + (sum.empty() ? "z" : "s");
    }
  }
  // Logits are written over nothing, so the sum itself can't be them.
  out << "%logits = model.silu " << sum << " : tensor<?x16xf32>\nreturn %logits : tensor<?x16xf32>\n}\n";
  return text;
}

} // namespace

llvm::Expected<MatrixRequest> MatrixRequest::parse(StringRef text) {
  auto fail = [&](const Twine &why) {
    return llvm::createStringError("error: '" + text + "' is no matrix: " + why +
                                   "\nnote: write FORMAT:ROWSxCOLUMNS, such as q8_0:4096x2048; several with commas share "
                                   "their input");
  };
  MatrixRequest request;
  SmallVector<StringRef> parts;
  text.split(parts, ',');
  for (StringRef part : parts) {
    auto [name, shape] = part.split(':');
    auto [rowsText, columnsText] = shape.split('x');
    auto format = packed::blockFormatByName(name.lower());
    int64_t rows = 0, columns = 0;
    if (!format) return fail("unknown format '" + name + "'");
    if (rowsText.getAsInteger(10, rows) || columnsText.getAsInteger(10, columns) || rows < 1 || columns < 1 || rows > (1 << 24) ||
        columns > (1 << 20))
      return fail("'" + shape + "' is no shape");
    int block = std::max(32, packed::info(*format).blockElements);
    if (columns % block != 0)
      return fail(Twine(columns) + " columns, but " + packed::info(*format).name + " comes in blocks of " + Twine(block));
    if (request.columns && columns != request.columns)
      return fail(Twine(columns) + " and " + Twine(request.columns) + " columns cannot share an input");
    request.columns = columns;
    request.formats.push_back(*format);
    request.rows.push_back(rows);
  }
  return request;
}

Work::Work(const cpu::CpuTarget &target) : cpuTarget(target), layout(target.unit) {
  pipeline.bf16Dots = target.unit.bf16Dots;
  pipeline.wordDots = target.unit.wordDots;
  DialectRegistry registry;
  cpu::registerObjectEmitter(registry);
  context.appendDialectRegistry(registry);
  context.loadDialect<func::FuncDialect, LLVM::LLVMDialect, model::ModelDialect, packed::PackedDialect, kernel::KernelDialect,
                      plan::PlanDialect>();
  context.getDiagEngine().registerHandler([this](Diagnostic &diagnostic) {
    if (failure.empty()) failure = diagnostic.str();
  });
}

llvm::Expected<std::unique_ptr<Work>> Work::create(const CompileOptions &options) {
  std::string message;
  auto target = cpu::CpuTarget::named(options.target, message);
  if (!target) return llvm::createStringError("error: " + message);
  std::string missing;
  // Candidates run here, whatever they are compiled for.
  std::vector<std::string> lacking = target->missingFrom(cpu::hostFeatures());
  if (!lacking.empty()) return llvm::createStringError("error: " + cpu::describeMissing(*target, lacking));
  return std::unique_ptr<Work>(new Work(*target));
}

llvm::Expected<std::unique_ptr<Work>> Work::ofModel(const CompileOptions &options) {
  auto work = create(options);
  if (!work) return work.takeError();
  auto file = gguf::File::open(options.input);
  if (!file) return file.takeError();
  for (auto &[key, value] : options.overrides)
    if (llvm::Error error = file->set(key, value)) return error;
  auto imported = gguf::importModel(&(*work)->context, *file);
  if (!imported) return imported.takeError();
  (*work)->packed = std::move(imported->module);
  (*work)->pipeline.positions = std::min<int64_t>(imported->context, (*work)->pipeline.positions);
  if (llvm::Error error = (*work)->finish(options)) return error;
  return work;
}

llvm::Expected<std::unique_ptr<Work>> Work::ofMatrices(const CompileOptions &options, ArrayRef<MatrixRequest> matrices) {
  auto work = create(options);
  if (!work) return work.takeError();
  (*work)->packed = parseSourceString<ModuleOp>(graphOf(matrices), &(*work)->context);
  if (!(*work)->packed)
    return llvm::createStringError("internal error: the graph of the matrices asked for is wrong; please report it");
  if (llvm::Error error = (*work)->finish(options)) return error;
  // What only holds the graph together is not asked for.
  llvm::erase_if((*work)->found, [&](const WorkItem &item) {
    return llvm::none_of(matrices, [&](const MatrixRequest &request) {
      std::string shape = "_n";
      for (int64_t rows : request.rows) shape += (rows == request.rows.front() && shape == "_n" ? "" : "_") + std::to_string(rows);
      return StringRef(item.kernel).ends_with(shape + "_k" + std::to_string(request.columns));
    });
  });
  return work;
}

/// From the model level to where kernels begin, and the list of what there is.
llvm::Error Work::finish(const CompileOptions &options) {
  pipeline.read = options.activations.read.value_or(pipeline.read);
  pipeline.generated = options.activations.generated.value_or(pipeline.generated);
  PassManager passes(&context);
  passes.enableVerifier(false);
  for (Level level : {Level::Fused, Level::Packed}) addPhase(passes, level, pipeline, layout);
  OwningOpRef<ModuleOp> module;
  if (succeeded(passes.run(*packed))) module = planned(nullptr);
  if (!module) return llvm::createStringError("internal error: the kernels could not be formed: " + failure + "; please report it");
  for (auto program : module->getOps<plan::ProgramOp>())
    for (auto step : program.getBody().getOps<plan::StepOp>()) {
      auto function = module->lookupSymbol<kernel::FuncOp>(step.getKernel());
      if (!function || kernel::kindOf(function.block()) != kernel::Kind::matmul) continue;
      WorkItem item;
      item.tokenClass = program.getSymName().str();
      item.kernel = recordName(step.getKernel()).str();
      auto known = llvm::find_if(
          found, [&](const WorkItem &other) { return other.tokenClass == item.tokenClass && other.kernel == item.kernel; });
      if (known != found.end()) {
        known->calls++;
        continue;
      }
      item.calls = 1;
      item.passTokens = item.tokenClass == "read" ? std::vector<int64_t>{std::min(pipeline.passTokens, readTogether)}
                                                  : std::vector<int64_t>{1, sequencesTogether};
      item.tokens = function.getWanted() ? 1 : item.passTokens.front();
      item.sourceBytes = step.getSourceBytes(), item.multiplyAdds = step.getMultiplyAdds();
      item.schedule = *function.getSchedule();
      found.push_back(item);
    }
  auto seconds = [](const WorkItem &item) {
    double once = std::max(item.sourceBytes / readBytesRoughly, 2.0 * item.multiplyAdds * item.tokens / operationsRoughly);
    return once * item.calls * (item.tokenClass == "generated" ? generatedTokens : 1);
  };
  llvm::sort(found, [&](const WorkItem &a, const WorkItem &b) {
    return std::tuple(-seconds(a), a.tokenClass, a.kernel) < std::tuple(-seconds(b), b.tokenClass, b.kernel);
  });
  return llvm::Error::success();
}

OwningOpRef<ModuleOp> Work::planned(const ScheduleSource *schedules) {
  OwningOpRef<ModuleOp> module = packed->clone();
  PipelineOptions options = pipeline;
  options.schedules = schedules;
  PassManager passes(&context);
  passes.enableVerifier(false);
  for (Level level : {Level::Kernel, Level::Plan}) addPhase(passes, level, options, layout);
  return succeeded(passes.run(*module)) ? std::move(module) : nullptr;
}

std::optional<CompiledStep> Work::stepOf(ModuleOp module, const WorkItem &item) {
  auto program = module.lookupSymbol<plan::ProgramOp>(item.tokenClass);
  if (!program) return std::nullopt;
  for (auto step : program.getBody().getOps<plan::StepOp>()) {
    if (recordName(step.getKernel()) != item.kernel) continue;
    CompiledStep result{step.getKernel().str(),
                        "",
                        {},
                        step.getDomain(),
                        int64_t(step.getFactor()),
                        int64_t(step.getDivisor()),
                        int64_t(step.getGrain()),
                        int64_t(program.getScratch())};
    SmallVector<Value> buffers;
    for (Value operand : step.getOperands()) {
      if (!llvm::is_contained(buffers, operand)) buffers.push_back(operand);
      auto buffer = operand.getDefiningOp<plan::BufferOp>();
      result.operands.push_back({buffer.getSpace(), int64_t(buffer.getBytes()), llvm::find(buffers, operand) - buffers.begin()});
    }
    return result;
  }
  return std::nullopt;
}

std::optional<CompiledStep> Work::plan(const WorkItem &item, const MeasuredSchedule &schedule) {
  Forced forced(item, schedule);
  OwningOpRef<ModuleOp> module = planned(&forced);
  return module ? stepOf(*module, item) : std::nullopt;
}

std::optional<CompiledStep> Work::compile(const WorkItem &item, const MeasuredSchedule &schedule) {
  Forced forced(item, schedule);
  OwningOpRef<ModuleOp> module = planned(&forced);
  std::optional<CompiledStep> step = module ? stepOf(*module, item) : std::nullopt;
  if (!step) return std::nullopt;
  for (Operation &op : llvm::make_early_inc_range(*module->getBody())) {
    auto function = dyn_cast<kernel::FuncOp>(op);
    if (!function || function.getSymName() != step->symbol) op.erase();
  }
  cpu::ProgramUnits units;
  cpu::EmitOptions emit;
  emit.threads = 1;
  std::vector<cpu::EmittedCode> code;
  if (failed(cpu::emitKernels(*module, cpuTarget.unit, /*inOneUnit=*/true, units)) ||
      failed(cpu::emitCode(units.units, cpuTarget, emit, code)))
    return std::nullopt;
  step->object = std::move(code.front().object);
  return step;
}

} // namespace ingot::tuning
