// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/object/ObjectEmitter.h"

#include "codegen/cpu/object/LinkBodies.h"

#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Transforms/Utils/Cloning.h"

#include <atomic>
#include <mutex>
#include <thread>

namespace ingot::cpu {

using namespace llvm;

namespace {

/// One unit on its way; nothing in it is shared with another thread.
struct Work {
  LLVMContext context;
  std::unique_ptr<Module> module;
  std::string error;
};

std::unique_ptr<TargetMachine> makeMachine(const CpuTarget &target, std::string &error) {
  const Triple triple(target.triple);
  const Target *backend = TargetRegistry::lookupTarget(triple, error);
  if (!backend) return nullptr;
  return std::unique_ptr<TargetMachine>(backend->createTargetMachine(triple, target.cpu, target.featureString(), TargetOptions(),
                                                                     Reloc::PIC_, std::nullopt, CodeGenOptLevel::Default));
}

/// The usual O2 without what makes code larger: kernels are vectorised and unrolled by those who wrote them.
void optimise(Module &module, TargetMachine &machine) {
  PipelineTuningOptions tuning;
  tuning.LoopVectorization = tuning.SLPVectorization = tuning.LoopInterleaving = tuning.LoopUnrolling = false;
  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager components;
  ModuleAnalysisManager modules;
  PassBuilder builder(&machine, tuning);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  builder.buildPerModuleDefaultPipeline(OptimizationLevel::O2).run(module, modules);
}

/// Kernels count their addresses the way they are to be counted. On a block that is unrolled for a tile of tokens, strength
/// reduction weighs hundreds of addresses against each other: three quarters of all the time to generate code, for more spilled
/// registers than without it (LLVM 22). Halide's smallest loops are a few instructions longer, which no program shows. A pipeline
/// has no other way to leave it out than this option of the whole process.
void leaveOutStrengthReduction() {
  static std::once_flag once;
  std::call_once(once, [] {
    auto &known = cl::getRegisteredOptions();
    const auto option = known.find("disable-lsr");
    if (option == known.end() || option->second->addOccurrence(0, "disable-lsr", "true"))
      report_fatal_error("this LLVM has no option 'disable-lsr'");
  });
}

bool generate(Module &module, TargetMachine &machine, CodeGenFileType type, std::string &out) {
  SmallString<0> bytes;
  raw_svector_ostream stream(bytes);
  legacy::PassManager passes;
  if (machine.addPassesToEmitFile(passes, stream, nullptr, type)) return false;
  passes.run(module);
  out = bytes.str().str();
  return true;
}

bool compile(const CodeUnit &unit, const CpuTarget &target, const EmitOptions &options, Work &work, EmittedCode &out) {
  std::unique_ptr<TargetMachine> machine = makeMachine(target, work.error);
  if (!machine) return false;
  Module &module = *work.module;
  module.setModuleIdentifier(unit.name);
  module.setSourceFileName(unit.name);
  module.setTargetTriple(Triple(target.triple));
  module.setDataLayout(machine->createDataLayout());
  if (!linkBodies(unit.bitcode, module, work.error)) return false;
  setTargetAttributes(target, module);
  raw_string_ostream problem(work.error);
  if (verifyModule(module, &problem)) return false;
  optimise(module, *machine);
  if (options.llvmIr) {
    raw_string_ostream stream(out.llvmIr);
    module.print(stream, nullptr);
  }
  // Generating code changes the module, so whoever wants both gets a copy.
  std::unique_ptr<Module> copy = options.assembly && options.object ? CloneModule(module) : nullptr;
  if (options.object && !generate(module, *machine, CodeGenFileType::ObjectFile, out.object)) {
    work.error = "no object files for " + target.triple;
    return false;
  }
  if (options.assembly && !generate(copy ? *copy : module, *machine, CodeGenFileType::AssemblyFile, out.assembly)) {
    work.error = "no assembly for " + target.triple;
    return false;
  }
  return true;
}

} // namespace

void registerObjectEmitter(mlir::DialectRegistry &registry) {
  mlir::registerBuiltinDialectTranslation(registry);
  mlir::registerLLVMDialectTranslation(registry);
}

mlir::LogicalResult emitCode(ArrayRef<CodeUnit> units, const CpuTarget &target, const EmitOptions &options,
                             std::vector<EmittedCode> &out) {
  InitializeAllTargetInfos();
  InitializeAllTargets();
  InitializeAllTargetMCs();
  InitializeAllAsmPrinters();
  InitializeAllAsmParsers();
  leaveOutStrengthReduction();
  out.assign(units.size(), {});
  std::vector<std::unique_ptr<Work>> works;
  for (const CodeUnit &unit : units) { // here, not in the threads: the units may share an MLIR context
    works.push_back(std::make_unique<Work>());
    works.back()->module = mlir::translateModuleToLLVMIR(unit.module, works.back()->context);
    if (!works.back()->module) return mlir::failure();
  }
  std::atomic<size_t> next = 0;
  const auto worker = [&] {
    for (size_t i = next++; i < units.size(); i = next++)
      if (!compile(units[i], target, options, *works[i], out[i]) && works[i]->error.empty()) works[i]->error = "can't be compiled";
  };
  std::vector<std::thread> team;
  for (int i = 1; i < options.threads && size_t(i) < units.size(); ++i) team.emplace_back(worker);
  worker();
  for (std::thread &thread : team) thread.join();
  for (size_t i = 0; i < units.size(); ++i)
    if (!works[i]->error.empty()) return units[i].module->emitError() << units[i].name << ": " << works[i]->error;
  return mlir::success();
}

} // namespace ingot::cpu
