// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/codegen/cpu/matmul/CompiledModule.h"

#include "runtime/session/Features.h"

#include "codegen/cpu/object/ObjectEmitter.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/ExecutionEngine/Orc/AbsoluteSymbols.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdlib>

namespace ingot::test {

std::string missingFeatures(const std::string &name) {
  std::string error;
  if (const std::optional<cpu::CpuTarget> target = cpu::CpuTarget::named(name, error)) {
    const std::vector<std::string> missing = target->missingFrom(cpu::hostFeatures());
    const bool mayUseTiles = runtime::processorFeatures() & INGOT_FEATURE_AMX_TILE; // asks the system for leave
    if (missing.empty() && target->unit.tiles && !mayUseTiles) return "the system gives no leave to use tiles";
    if (missing.empty()) return "";
    error = describeMissing(*target, missing);
  }
  return error.substr(0, error.find('\n'));
}

/// The object or the assembly that a program would get.
static cpu::EmittedCode emit(mlir::ModuleOp module, const cpu::CpuTarget &target, bool assembly) {
  cpu::EmitOptions options;
  options.assembly = assembly, options.object = !assembly, options.threads = 1;
  std::vector<cpu::EmittedCode> code;
  cpu::CodeUnit unit;
  unit.name = "kernels", unit.module = module;
  if (mlir::failed(mlir::verify(module)) || mlir::failed(cpu::emitCode(unit, target, options, code))) {
    llvm::errs() << "the emitted module can't be compiled\n";
    abort();
  }
  return std::move(code.front());
}

CompiledModule::CompiledModule(const std::string &name) {
  std::string error;
  target = *cpu::CpuTarget::named(name, error);
  mlir::DialectRegistry registry;
  cpu::registerObjectEmitter(registry);
  context.appendDialectRegistry(registry);
  context.disableMultithreading();
  context.getOrLoadDialect<mlir::LLVM::LLVMDialect>();
  owned = mlir::ModuleOp::create(mlir::UnknownLoc::get(&context));
}

CompiledModule::~CompiledModule() = default;

std::string CompiledModule::text() {
  std::string out;
  llvm::raw_string_ostream stream(out);
  module().print(stream);
  return out;
}

std::string CompiledModule::assembly() { return emit(module(), target, /*assembly=*/true).assembly; }

void CompiledModule::compile(const std::vector<std::pair<std::string, void *>> &functions) {
  const cpu::EmittedCode code = emit(module(), target, /*assembly=*/false);
  jit = llvm::cantFail(llvm::orc::LLJITBuilder().create());
  llvm::orc::SymbolMap symbols;
  for (auto &[name, address] : functions)
    symbols[jit->mangleAndIntern(name)] = {llvm::orc::ExecutorAddr::fromPtr(address), llvm::JITSymbolFlags::Exported};
  if (!symbols.empty()) llvm::cantFail(jit->getMainJITDylib().define(llvm::orc::absoluteSymbols(std::move(symbols))));
  llvm::cantFail(jit->addObjectFile(llvm::MemoryBuffer::getMemBufferCopy(code.object, "kernels.o")));
}

ingot_kernel CompiledModule::kernel(const std::string &name) { return llvm::cantFail(jit->lookup(name)).toPtr<ingot_kernel>(); }

} // namespace ingot::test
