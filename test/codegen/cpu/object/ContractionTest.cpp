// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/object/Contraction.h"

#include "llvm/AsmParser/Parser.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"

#include <gtest/gtest.h>

namespace ingot::cpu {
namespace {

/// The body of @f(a, b, c, d) after contraction.
std::string contracted(const std::string &body) {
  llvm::LLVMContext context;
  llvm::SMDiagnostic problem;
  const std::string text =
      "define <16 x float> @f(<16 x float> %a, <16 x float> %b, <16 x float> %c, <16 x float> %d) {\n" + body + "}\n";
  std::unique_ptr<llvm::Module> module = llvm::parseAssemblyString(text, problem, context);
  if (!module) return problem.getMessage().str();
  contractMultiplyAdds(*module);
  std::string result;
  llvm::raw_string_ostream stream(result);
  for (const llvm::BasicBlock &block : *module->getFunction("f"))
    for (const llvm::Instruction &instruction : block) stream << instruction << "\n";
  return result;
}

TEST(ContractionTest, sum_of_a_product) {
  EXPECT_EQ(
      contracted("%p = fmul <16 x float> %a, %b\n%s = fadd <16 x float> %p, %c\nret <16 x float> %s\n"),
      "  %s = call <16 x float> @llvm.fma.v16f32(<16 x float> %a, <16 x float> %b, <16 x float> %c)\n  ret <16 x float> %s\n");
  EXPECT_EQ(
      contracted("%p = fmul <16 x float> %a, %b\n%s = fadd <16 x float> %c, %p\nret <16 x float> %s\n"),
      "  %s = call <16 x float> @llvm.fma.v16f32(<16 x float> %a, <16 x float> %b, <16 x float> %c)\n  ret <16 x float> %s\n");
}

TEST(ContractionTest, differences_keep_their_signs) {
  const std::string minuend = contracted("%p = fmul <16 x float> %a, %b\n%s = fsub <16 x float> %p, %c\nret <16 x float> %s\n");
  EXPECT_NE(minuend.find("fneg <16 x float> %c"), std::string::npos);
  EXPECT_EQ(minuend.find("fmul"), std::string::npos);
  const std::string subtrahend = contracted("%p = fmul <16 x float> %a, %b\n%s = fsub <16 x float> %c, %p\nret <16 x float> %s\n");
  EXPECT_NE(subtrahend.find("fneg <16 x float> %a"), std::string::npos);
  EXPECT_EQ(subtrahend.find("fmul"), std::string::npos);
}

TEST(ContractionTest, product_used_elsewhere_is_fused_all_the_same) {
  const std::string both =
      contracted("%p = fmul <16 x float> %a, %b\n%s = fadd <16 x float> %p, %c\n%t = fadd <16 x float> %p, %d\n"
                 "%u = fdiv <16 x float> %s, %t\n%v = fdiv <16 x float> %u, %p\nret <16 x float> %v\n");
  EXPECT_EQ(both.find("fadd"), std::string::npos);
  EXPECT_NE(both.find("fmul"), std::string::npos);
}

TEST(ContractionTest, first_of_two_products_is_fused) {
  const std::string text =
      contracted("%p = fmul <16 x float> %a, %b\n%q = fmul <16 x float> %c, %d\n%s = fsub <16 x float> %p, %q\n"
                 "ret <16 x float> %s\n");
  EXPECT_NE(text.find("%q = fmul <16 x float> %c, %d"), std::string::npos);
  EXPECT_NE(text.find("(<16 x float> %a, <16 x float> %b, "), std::string::npos);
}

TEST(ContractionTest, flags_are_removed) {
  EXPECT_EQ(contracted("%s = fadd reassoc nnan <16 x float> %a, %c\nret <16 x float> %s\n"),
            "  %s = fadd <16 x float> %a, %c\n  ret <16 x float> %s\n");
}

} // namespace
} // namespace ingot::cpu
