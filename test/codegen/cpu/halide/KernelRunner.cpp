// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "KernelRunner.h"

#include "codegen/cpu/halide/EmitKernels.h"
#include "codegen/cpu/object/ObjectEmitter.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/TargetSelect.h"

#include <bit>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>

namespace ingot::cpu::test {

struct KernelRunner::Loaded {
  std::unique_ptr<llvm::orc::LLJIT> jit;
};

bool canRun(std::string &reason) { return CpuTarget::native(reason).has_value(); }

[[noreturn]] static void fail(const std::string &message) {
  fprintf(stderr, "%s\n", message.c_str());
  std::abort();
}

KernelRunner::KernelRunner(std::span<const RowKernel> rows, std::span<const AttentionKernel> attention)
    : loaded(std::make_unique<Loaded>()) {
  mlir::DialectRegistry registry;
  registry.insert<mlir::LLVM::LLVMDialect>();
  registerObjectEmitter(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  context.loadAllAvailableDialects();
  mlir::OwningOpRef<mlir::ModuleOp> module = mlir::ModuleOp::create(mlir::UnknownLoc::get(&context));
  HalideBitcode bitcode;
  const auto start = std::chrono::steady_clock::now();
  std::string error;
  std::optional<CpuTarget> target = CpuTarget::native(error);
  if (!target) fail(error);
  unit = target->unit;
  for (RowKernel kernel : rows) {
    kernel.unit = unit;
    if (failed(emitRows(kernel, *module, bitcode))) fail("no rows");
  }
  for (AttentionKernel kernel : attention) {
    kernel.unit = unit;
    if (failed(emitAttention(kernel, *module, bitcode))) fail("no attention");
  }
  const auto middle = std::chrono::steady_clock::now();
  std::vector<EmittedCode> code;
  const CodeUnit kernels = {"kernels", *module, bitcode};
  if (failed(emitCode(kernels, *target, {.object = true, .threads = 1}, code))) fail("no object");
  const auto end = std::chrono::steady_clock::now();
  const std::string object = code[0].object;
  if (failed(emitCode(kernels, *target, {.llvmIr = true, .assembly = true, .object = false}, code))) fail("no assembly");
  assembly = code[0].assembly;
  llvmIr = code[0].llvmIr;
  halideMilliseconds = std::chrono::duration<double, std::milli>(middle - start).count();
  objectMilliseconds = std::chrono::duration<double, std::milli>(end - middle).count();
  loaded->jit = llvm::cantFail(llvm::orc::LLJITBuilder().create());
  llvm::cantFail(loaded->jit->addObjectFile(llvm::MemoryBuffer::getMemBufferCopy(object, "kernels")));
  if (const char *folder = std::getenv("INGOT_KEEP_KERNELS"))
    for (const auto &[suffix, text] : {std::pair(".s", assembly), std::pair(".ll", llvmIr)}) {
      const std::string name = rows.empty() ? attention[0].name : rows[0].name;
      if (FILE *file = fopen((std::string(folder) + "/" + name + suffix).c_str(), "w")) {
        fwrite(text.data(), 1, text.size(), file);
        fclose(file);
      }
    }
}

KernelRunner::~KernelRunner() = default;

ingot_kernel KernelRunner::kernel(const std::string &name) {
  return llvm::cantFail(loaded->jit->lookup(name)).toPtr<ingot_kernel>();
}

void KernelRunner::run(const std::string &name, const ingot::test::TestFrame &frame, std::vector<void *> operands, int64_t begin,
                       int64_t end, int64_t scratchBytes) {
  const AlignedBytes scratch(scratchBytes, char(0xff)); // NaNs, because its contents are undefined
  kernel(name)(&frame, operands.data(), begin, end, scratch.data);
}

AlignedBytes::AlignedBytes(int64_t size, char fill)
    : data(static_cast<char *>(std::aligned_alloc(64, size_t(size + 63) / 64 * 64))), size(size), owner(data, std::free) {
  std::fill_n(data, size, fill);
}

std::vector<float> randomFloats(size_t count, uint32_t seed) {
  std::mt19937 generator(seed);
  std::vector<float> values(count);
  for (float &value : values) value = float(generator()) * 0x1p-31f - 1.0f;
  return values;
}

float fromHalf(uint16_t bits) { return float(std::bit_cast<_Float16>(bits)); }

} // namespace ingot::cpu::test
