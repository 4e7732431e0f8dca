// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/codegen/cpu/matmul/CompiledModule.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/ExecutionEngine/Orc/JITTargetMachineBuilder.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"

#include <cstdlib>

namespace ingot::test {

std::string missingFeatures() {
  std::string missing;
  auto need = [&](bool has, const char *name) {
    if (!has) missing += std::string(missing.empty() ? "" : ", ") + name;
  };
  __builtin_cpu_init();
  need(__builtin_cpu_supports("avx512f"), "AVX-512 F");
  need(__builtin_cpu_supports("avx512bw"), "AVX-512 BW");
  need(__builtin_cpu_supports("avx512dq"), "AVX-512 DQ");
  need(__builtin_cpu_supports("avx512vl"), "AVX-512 VL");
  need(__builtin_cpu_supports("avx512vnni"), "AVX-512 VNNI");
  need(__builtin_cpu_supports("avx512bf16"), "AVX-512 BF16");
  return missing.empty() ? "" : "this processor lacks " + missing;
}

static llvm::orc::JITTargetMachineBuilder machineBuilder() {
  static const bool initialised = !llvm::InitializeNativeTarget() && !llvm::InitializeNativeTargetAsmPrinter();
  (void)initialised;
  llvm::orc::JITTargetMachineBuilder builder(llvm::Triple("x86_64-unknown-linux-gnu"));
  builder.setCPU("x86-64-v4");
  builder.addFeatures({"+avx512vnni", "+avx512bf16"});
  builder.setCodeGenOptLevel(llvm::CodeGenOptLevel::Default);
  return builder;
}

static std::unique_ptr<llvm::Module> translate(mlir::ModuleOp module, llvm::LLVMContext &context) {
  auto translated = mlir::failed(mlir::verify(module)) ? nullptr : mlir::translateModuleToLLVMIR(module, context);
  if (!translated) {
    llvm::errs() << "the emitted module is invalid\n";
    abort();
  }
  return translated;
}

CompiledModule::CompiledModule() {
  context.disableMultithreading();
  context.getOrLoadDialect<mlir::LLVM::LLVMDialect>();
  mlir::registerBuiltinDialectTranslation(context);
  mlir::registerLLVMDialectTranslation(context);
  owned = mlir::ModuleOp::create(mlir::UnknownLoc::get(&context));
}

CompiledModule::~CompiledModule() = default;

std::string CompiledModule::text() {
  std::string out;
  llvm::raw_string_ostream stream(out);
  module().print(stream);
  return out;
}

std::string CompiledModule::assembly() {
  llvm::LLVMContext llvmContext;
  auto translated = translate(module(), llvmContext);
  auto machine = llvm::cantFail(machineBuilder().createTargetMachine());
  translated->setDataLayout(machine->createDataLayout());
  translated->setTargetTriple(machine->getTargetTriple());
  llvm::SmallString<0> out;
  llvm::raw_svector_ostream stream(out);
  llvm::legacy::PassManager passes;
  machine->addPassesToEmitFile(passes, stream, nullptr, llvm::CodeGenFileType::AssemblyFile);
  passes.run(*translated);
  return std::string(out);
}

void CompiledModule::compile() {
  auto llvmContext = std::make_unique<llvm::LLVMContext>();
  auto translated = translate(module(), *llvmContext);
  jit = llvm::cantFail(llvm::orc::LLJITBuilder().setJITTargetMachineBuilder(machineBuilder()).create());
  translated->setDataLayout(jit->getDataLayout());
  translated->setTargetTriple(jit->getTargetTriple());
  llvm::cantFail(jit->addIRModule({std::move(translated), std::move(llvmContext)}));
}

ingot_kernel CompiledModule::kernel(const std::string &name) { return llvm::cantFail(jit->lookup(name)).toPtr<ingot_kernel>(); }

} // namespace ingot::test
