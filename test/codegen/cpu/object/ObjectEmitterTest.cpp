// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/object/ObjectEmitter.h"

#include "codegen/cpu/halide/EmitKernels.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

namespace ingot::cpu {
namespace {

class ObjectEmitterTest : public testing::Test {
protected:
  ObjectEmitterTest() : context(makeRegistry()) { context.loadAllAvailableDialects(); }

  static mlir::DialectRegistry makeRegistry() {
    mlir::DialectRegistry registry;
    registry.insert<mlir::LLVM::LLVMDialect>();
    registerObjectEmitter(registry);
    return registry;
  }

  mlir::OwningOpRef<mlir::ModuleOp> parse(const std::string &text) {
    return mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  }

  /// A module with a row kernel of Halide's.
  mlir::OwningOpRef<mlir::ModuleOp> norm(const std::string &name, HalideBitcode &bitcode) {
    RowKernel kernel;
    kernel.name = name;
    kernel.operandCount = 3;
    kernel.nodes = {
        {RowOp::input, {}, {1, 576}, 0}, {RowOp::parameter, {}, {1, 576}, 1}, {RowOp::rmsNorm, {0, 1}, {1, 576}, -1, 1e-5f}};
    kernel.outputs = {{2, 2, RowStore::rows}};
    mlir::OwningOpRef<mlir::ModuleOp> module = mlir::ModuleOp::create(mlir::UnknownLoc::get(&context));
    EXPECT_TRUE(succeeded(emitRows(kernel, *module, bitcode)));
    return module;
  }

  std::vector<EmittedCode> emit(std::vector<CodeUnit> units, EmitOptions options, const std::string &name = "avx512vnni") {
    std::string error;
    std::vector<EmittedCode> code;
    EXPECT_TRUE(succeeded(emitCode(units, *CpuTarget::named(name, error), options, code)));
    return code;
  }

  mlir::MLIRContext context;
};

const char *const doubled = R"(
llvm.func @doubled(%p: !llvm.ptr) {
  %v = llvm.load %p {alignment = 4 : i64} : !llvm.ptr -> vector<16xf32>
  %w = llvm.fadd %v, %v : vector<16xf32>
  llvm.store %w, %p {alignment = 4 : i64} : vector<16xf32>, !llvm.ptr
  llvm.return
})";

TEST_F(ObjectEmitterTest, all_forms_of_a_module) {
  auto module = parse(doubled);
  const EmittedCode code = emit({{"unit", *module, {}}}, {.llvmIr = true, .assembly = true, .object = true})[0];
  EXPECT_NE(code.llvmIr.find("source_filename = \"unit\""), std::string::npos);
  EXPECT_NE(code.llvmIr.find("\"prefer-vector-width\"=\"512\""), std::string::npos);
  EXPECT_NE(code.assembly.find("vaddps\t%zmm0, %zmm0"), std::string::npos);
  EXPECT_EQ(code.object.substr(1, 3), "ELF");
}

TEST_F(ObjectEmitterTest, only_what_was_asked_for) {
  auto module = parse(doubled);
  const EmittedCode code = emit({{"unit", *module, {}}}, {.llvmIr = false, .assembly = true, .object = false})[0];
  EXPECT_TRUE(code.llvmIr.empty());
  EXPECT_TRUE(code.object.empty());
  EXPECT_FALSE(code.assembly.empty());
}

TEST_F(ObjectEmitterTest, bodies_are_inlined_and_keep_no_flags) {
  HalideBitcode bitcode;
  auto module = norm("norm", bitcode);
  const EmittedCode code = emit({{"unit", *module, bitcode}}, {.llvmIr = true, .assembly = true, .object = false})[0];
  EXPECT_EQ(code.llvmIr.find("@norm_token"), std::string::npos);
  EXPECT_EQ(code.llvmIr.find("tbaa"), std::string::npos);
  for (const char *flag : {"fadd reassoc", "fmul reassoc", "fadd fast", "fmul contract", " contract "})
    EXPECT_EQ(code.llvmIr.find(flag), std::string::npos) << flag;
  EXPECT_NE(code.llvmIr.find("llvm.fma.v16f32"), std::string::npos);
  EXPECT_NE(code.assembly.find("vfmadd"), std::string::npos);
  EXPECT_EQ(code.llvmIr.find("alloca [56 x i8]"), std::string::npos) << "a halide_buffer_t is still there";
}

TEST_F(ObjectEmitterTest, same_bytes_whatever_the_threads) {
  HalideBitcode first, second;
  auto firstModule = norm("first", first), secondModule = norm("second", second);
  auto third = parse(doubled);
  const std::vector<CodeUnit> units = {{"a", *firstModule, first}, {"b", *secondModule, second}, {"c", *third, {}}};
  const auto one = emit(units, {.threads = 1}), two = emit(units, {.threads = 2});
  ASSERT_EQ(one.size(), 3u);
  for (size_t i = 0; i < one.size(); ++i) EXPECT_EQ(one[i].object, two[i].object);
}

TEST_F(ObjectEmitterTest, same_bytes_when_a_kernel_is_made_again) {
  HalideBitcode first, second;
  auto firstModule = norm("norm", first);
  for (int i = 0; i < 40; ++i) { // moves the counters behind Halide's names
    HalideBitcode unused;
    norm("other", unused);
  }
  auto secondModule = norm("norm", second);
  EXPECT_EQ(emit({{"a", *firstModule, first}}, {})[0].object, emit({{"a", *secondModule, second}}, {})[0].object);
}

TEST_F(ObjectEmitterTest, broken_bitcode_is_reported) {
  auto module = parse(doubled);
  std::string message, error;
  mlir::ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic &diagnostic) { message = diagnostic.str(); });
  std::vector<EmittedCode> code;
  const CodeUnit unit = {"unit", *module, {{"not bitcode at all"}}};
  EXPECT_TRUE(failed(emitCode(unit, *CpuTarget::named("znver4", error), {}, code)));
  EXPECT_EQ(message.find("unit: Halide's bitcode can't be read"), 0u) << message;
}

TEST_F(ObjectEmitterTest, impossible_kernels_are_reported) {
  mlir::OwningOpRef<mlir::ModuleOp> module = mlir::ModuleOp::create(mlir::UnknownLoc::get(&context));
  std::string message;
  mlir::ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic &diagnostic) { message = diagnostic.str(); });
  HalideBitcode bitcode;
  RowKernel rows;
  rows.name = "odd";
  rows.operandCount = 2;
  rows.nodes = {{RowOp::input, {}, {1, 40}, 0}};
  RowOutput output = {0, 1, RowStore::activations};
  output.layout = ActivationLayout::of(ActivationKind::q8, 40, 0);
  rows.outputs = {output};
  EXPECT_TRUE(failed(emitRows(rows, *module, bitcode)));
  EXPECT_EQ(message, "kernel 'odd': rounds 40 columns in blocks of 32");
  AttentionKernel attention;
  attention.name = "uneven";
  attention.part = AttentionPart::scores;
  attention.heads = 9;
  attention.kvHeads = 2;
  EXPECT_TRUE(failed(emitAttention(attention, *module, bitcode)));
  EXPECT_EQ(message, "kernel 'uneven': 9 query heads can't share 2 key/value heads");
  EXPECT_TRUE(bitcode.files.empty());
}

} // namespace
} // namespace ingot::cpu
