// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From a model file to what the options ask for, phase by phase.
#include "compiler/Compile.h"

#include "codegen/cpu/program/CpuLayout.h"
#include "codegen/cpu/program/EmitProgram.h"
#include "compiler/Dump.h"
#include "compiler/Explain.h"
#include "compiler/Notices.h"
#include "compiler/Pipeline.h"
#include "compiler/WeightBlob.h"
#include "compiler/artifact/Artifact.h"
#include "compiler/artifact/Checksum.h"
#include "compiler/artifact/RuntimeFiles.h"
#include "compiler/tuning/Places.h"
#include "dialects/plan/Plan.h"
#include "frontends/gguf/Import.h"
#include "frontends/gguf/Tokenizer.h"
#include "frontends/text/TextSection.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/xxhash.h"

#include <map>
#include <thread>

using namespace mlir;

namespace ingot {

namespace {
/// Everything that one compilation has in hand.
class Compilation {
public:
  Compilation(const CompileOptions &options, raw_ostream &diagnostics, llvm::function_ref<void(StringRef)> progress)
      : options(options), diagnostics(diagnostics), progress(progress), dump(options.dumpFolder) {
    DialectRegistry registry;
    cpu::registerObjectEmitter(registry);
    context.appendDialectRegistry(registry);
    context.loadDialect<func::FuncDialect, LLVM::LLVMDialect>();
    explanation.listen(context, options);
    context.getDiagEngine().registerHandler([this](Diagnostic &diagnostic) {
      if (diagnostic.getSeverity() == DiagnosticSeverity::Error && failure.empty()) failure = diagnostic.str();
    });
  }

  llvm::Error run() {
    if (llvm::Error error = readModel()) return error;
    if (options.emit == Emit::IrModel) return writeIr();
    for (Level level : {Level::Fused, Level::Packed, Level::Kernel, Level::Plan}) {
      if (llvm::Error error = runPhase(level)) return error;
      if (options.emit == Emit(unsigned(Emit::IrModel) + unsigned(level))) return explain(writeIr());
    }
    return explain(makeCode());
  }

private:
  llvm::Error fail(const Twine &what) {
    return llvm::createStringError(options.input + ": error: " + (failure.empty() ? what.str() : failure));
  }

  llvm::Error explain(llvm::Error error) {
    if (!error) explanation.print(diagnostics, options.explain);
    return error;
  }

  // import
  llvm::Error readModel() {
    progress("reading");
    std::string message;
    auto chosen = cpu::CpuTarget::named(options.target, message);
    if (!chosen) return llvm::createStringError("error: " + message);
    target = *chosen;
    layout = cpu::CpuLayout(target.unit);
    auto found = tuning::schedulesFor(options.tuning, tuning::processorOf(options.target, target.features));
    if (!found) return found.takeError();
    schedules = std::move(*found);
    auto opened = gguf::File::open(options.input);
    if (!opened) return opened.takeError();
    file.emplace(std::move(*opened));
    for (auto &[key, value] : options.overrides)
      if (llvm::Error error = file->set(key, value)) return error;
    auto model = gguf::importModel(&context, *file);
    if (!model) return model.takeError();
    imported.emplace(std::move(*model));
    module = *imported->module;
    if (options.context && *options.context > imported->context)
      return llvm::createStringError(options.input + ": error: --context " + Twine(*options.context) +
                                     " is more than the model's context of " + Twine(imported->context) +
                                     "\nnote: choose at most " + Twine(imported->context));
    positions = options.context ? *options.context : imported->context;
    read = options.activations.read.value_or(target.unit.tiles ? packed::ActivationKind::bf16 : packed::ActivationKind::q8);
    generated = options.activations.generated.value_or(packed::ActivationKind::q15);
    return dump.level(Level::Model, module);
  }

  // fuse, pack, tile, plan
  llvm::Error runPhase(Level level) {
    progress(level == Level::Fused    ? "fusing"
             : level == Level::Packed ? "packing"
             : level == Level::Kernel ? "forming kernels"
                                      : "planning");
    PipelineOptions pipeline;
    pipeline.positions = positions;
    pipeline.read = read;
    pipeline.generated = generated;
    pipeline.bf16Dots = target.unit.bf16Dots;
    pipeline.wordDots = target.unit.wordDots;
    pipeline.cache = cacheElement();
    pipeline.disabled = options.disabledPasses;
    pipeline.schedules = schedules.get();
    PassManager passes(&context);
    passes.enableVerifier(false); // once a phase is enough
    addPhase(passes, level, pipeline, layout);
    if (mlir::failed(passes.run(module))) return fail("internal error: phase " + levelName(level) + " failed; please report it");
    if (mlir::failed(mlir::verify(module)))
      return fail("internal error: phase " + levelName(level) + " broke the IR; please report it");
    if (level == Level::Kernel)
      if (llvm::Error error = dump.kernels(module)) return error;
    return dump.level(level, module);
  }

  std::string cacheElement() const { return !options.cache.empty() ? options.cache : keepsFloat() ? "f32" : "f16"; }
  bool keepsFloat() const { return read == packed::ActivationKind::f32 && generated == packed::ActivationKind::f32; }

  // emit
  llvm::Error makeCode() {
    bool isProgram = options.emit == Emit::Executable || options.emit == Emit::Shared;
    progress("tokeniser");
    auto tokenizer = gguf::tokenizerSource(*file);
    if (!tokenizer) return tokenizer.takeError();
    auto section = text::buildTextSection(*tokenizer);
    if (!section) return textError(llvm::toString(section.takeError()));
    textSection = std::move(*section);
    artifact::RuntimeFiles runtime;
    if (isProgram) {
      auto found = artifact::findRuntimeFiles(architecture());
      if (!found) return found.takeError();
      runtime = std::move(*found);
      auto text = llvm::MemoryBuffer::getFile(runtime.header);
      if (!text) return llvm::createStringError(runtime.header + ": error: cannot be read: " + text.getError().message());
      header = (*text)->getBuffer().str();
    }
    blob = layOutBlob(module, imported->weights, textSection, programNotices());
    artifact::Artifact artifact;
    cpu::ProgramUnits units;
    std::vector<cpu::EmittedCode> code;
    if (isProgram) {
      fillArtifact(artifact, runtime);
      artifact.objects = [&]() -> llvm::Expected<std::vector<StringRef>> {
        if (llvm::Error error = generate(artifact, units, code)) return error;
        progress("writing");
        std::vector<StringRef> objects;
        for (const cpu::EmittedCode &emitted : code) objects.push_back(emitted.object);
        return objects;
      };
      if (llvm::Error error = artifact::writeArtifact(artifact)) return error;
      return options.emit == Emit::Executable ? dump.benchmark(options.output, positions) : llvm::Error::success();
    }
    if (llvm::Error error = generate(artifact, units, code)) return error;
    if (options.emit == Emit::Object) return write(code.front().object);
    std::string text;
    for (auto [unit, emitted] : llvm::zip(units.units, code))
      text += (options.emit == Emit::Llvm ? "; unit " : "# unit ") + unit.name + "\n" +
              (options.emit == Emit::Llvm ? emitted.llvmIr : emitted.assembly);
    return write(text);
  }

  llvm::Error generate(const artifact::Artifact &artifact, cpu::ProgramUnits &units, std::vector<cpu::EmittedCode> &code) {
    progress("generating code");
    if (mlir::failed(cpu::emitKernels(module, target.unit, options.emit == Emit::Object, units)))
      return fail("internal error: a kernel could not be emitted; please report it");
    cpu::emitModelTable(module, facts(artifact), units);
    progress("compiling");
    cpu::EmitOptions emit;
    emit.llvmIr = options.emit == Emit::Llvm || dump;
    emit.assembly = options.emit == Emit::Assembly || dump;
    emit.object = options.emit != Emit::Llvm && options.emit != Emit::Assembly;
    emit.threads = options.threads ? options.threads : std::max(1u, std::thread::hardware_concurrency());
    if (mlir::failed(cpu::emitCode(units.units, target, emit, code)))
      return fail("internal error: code generation failed; please report it");
    return dump.code(module, units.units, code);
  }

  llvm::Error textError(StringRef what) {
    bool isTemplate = what.starts_with("chat template");
    return llvm::createStringError(options.input + ": error: " + what +
                                   (isTemplate
                                        ? "\nnote: --set tokenizer.chat_template=TEMPLATE gives another; an empty one leaves a "
                                          "program that only continues texts"
                                        : ""));
  }

  artifact::Architecture architecture() const {
    return target.isAArch64() ? artifact::Architecture::aarch64 : artifact::Architecture::x86_64;
  }

  void fillArtifact(artifact::Artifact &artifact, const artifact::RuntimeFiles &runtime) {
    bool isShared = options.emit == Emit::Shared;
    artifact.kind = isShared ? artifact::ArtifactKind::Shared : artifact::ArtifactKind::Executable;
    artifact.architecture = architecture();
    artifact.output = options.output;
    artifact.inputs = inputs();
    artifact.linkFiles = isShared ? runtime.library : runtime.program;
    artifact.blobBytes = blob.bytes;
    artifact.blobIdentity = identity();
    artifact.textChecksum = artifact::checksum(textSection.data(), textSection.size());
    artifact.blobParts = blob.parts;
    artifact.external = options.weights == WeightsPlacement::External;
    artifact.threads = options.threads;
    artifact.header = header;
  }

  /// Differs where the blob could: the file's tensors (their places and a sample of each) and the options.
  uint64_t identity() const {
    std::string text = canonicalOptions(options) + "\n" + std::to_string(blob.bytes);
    for (const gguf::Tensor &tensor : file->tensors()) {
      text += "\n" + tensor.name.str() + " " + tensor.shapeText() + " " + std::to_string(tensor.ggmlType) + " ";
      size_t sample = std::min<size_t>(tensor.data.size(), 256);
      text += llvm::utohexstr(llvm::xxh3_64bits(tensor.data.take_front(sample))) +
              llvm::utohexstr(llvm::xxh3_64bits(tensor.data.take_back(sample)));
    }
    return llvm::xxh3_64bits(StringRef(text));
  }

  cpu::ModelFacts facts(const artifact::Artifact &artifact) {
    cpu::ModelFacts facts;
    StringRef stem = llvm::sys::path::filename(options.input);
    auto name = file->string("general.name", stem);
    if (name)
      facts.name = *name;
    else
      llvm::consumeError(name.takeError()), facts.name = stem.str();
    facts.architecture = llvm::cantFail(file->string("general.architecture"));
    facts.source = stem.str();
    std::map<std::string, unsigned> formats;
    for (const gguf::Tensor &tensor : file->tensors()) {
      formats[StringRef(packed::info(*tensor.format).name).upper()]++;
      facts.sourceBytes += tensor.data.size();
    }
    for (auto &[format, count] : formats)
      facts.formats += (facts.formats.empty() ? "" : ", ") + format + " x" + std::to_string(count);
    facts.activations = ("read " + packed::name(read) + ", generated " + packed::name(generated)).str();
    facts.cache = cacheElement();
    facts.version = INGOT_VERSION;
    if (artifact.external) facts.external = llvm::sys::path::filename(artifact::externalWeightsPath(options.output)).str();
    facts.features = target.abiFeatures;
    facts.blobBytes = blob.bytes;
    facts.blobIdentity = artifact.blobIdentity;
    llvm::StringMap<uint64_t> caches;
    for (auto program : module.getOps<plan::ProgramOp>())
      for (auto buffer : program.getBody().getOps<plan::BufferOp>())
        if (buffer.getSpace() == plan::Space::cache) {
          facts.cacheBytes = std::max<uint64_t>(facts.cacheBytes, *buffer.getOffset() + buffer.getBytes());
          if (!buffer.getName()->starts_with("arrivals.")) caches[*buffer.getName()] = buffer.getBytes();
        }
    for (auto &cache : caches) facts.cacheBytesPerToken += cache.second / ((positions + 15) / 16 * 16);
    for (auto step : cast<plan::ProgramOp>(module.lookupSymbol("read")).getBody().getOps<plan::StepOp>())
      facts.multiplyAdds += step.getMultiplyAdds();
    facts.vocabulary = imported->vocabulary;
    facts.context = positions;
    facts.layers = imported->layers;
    facts.embedding = imported->embedding;
    facts.text = blob.text;
    facts.notices = blob.notices;
    return facts;
  }

  std::vector<std::string> inputs() const {
    std::vector<std::string> paths;
    for (unsigned part = 0; part < file->partCount(); part++) paths.push_back(file->path(part).str());
    return paths;
  }

  llvm::Error write(StringRef contents) { return artifact::writeWhole(options.output, inputs(), contents); }

  llvm::Error writeIr() {
    std::string text;
    llvm::raw_string_ostream stream(text);
    module->print(stream);
    return write(text + "\n");
  }

  const CompileOptions &options;
  raw_ostream &diagnostics;
  llvm::function_ref<void(StringRef)> progress;
  Dump dump;
  Explanation explanation;
  MLIRContext context{MLIRContext::Threading::DISABLED};
  std::string failure;
  cpu::CpuTarget target;
  cpu::CpuLayout layout;
  std::unique_ptr<tuning::Schedules> schedules;
  std::optional<gguf::File> file;
  std::optional<architectures::Imported> imported;
  ModuleOp module;
  int64_t positions = 0;
  packed::ActivationKind read{}, generated{};
  std::string textSection, header;
  WeightBlob blob;
};
} // namespace

llvm::Error compileModel(const CompileOptions &options, raw_ostream &diagnostics, llvm::function_ref<void(StringRef)> progress) {
  return Compilation(options, diagnostics, progress).run();
}

} // namespace ingot
