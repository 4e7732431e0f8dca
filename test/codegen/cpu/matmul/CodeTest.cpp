// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the builder emits: the instructions it was made for are there, in the number that the shape demands.
#include "codegen/cpu/matmul/MatmulKernel.h"
#include "test/codegen/cpu/matmul/CompiledModule.h"

#include "gtest/gtest.h"

#include <cstring>

namespace {

using namespace ingot;
using namespace ingot::cpu;
using namespace ingot::test;
using packed::BlockFormat;

int countOf(const std::string &text, const std::string &word) {
  int count = 0;
  for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) count++;
  return count;
}

MatmulKernel kernelOf(BlockFormat format, ActivationKind kind, int64_t columns, bool oneToken) {
  return {"kernel",
          ActivationLayout::of(kind, columns, packed::isInteger(kind) ? sumsNeeded(format) : 0),
          {{format, 32, false}},
          false,
          oneToken,
          {}};
}

TEST(MatmulCode, KernelHasTheRuntimesSignature) {
  CompiledModule compiled;
  emitMatmul(kernelOf(BlockFormat::Q4_0, ActivationKind::q8, 64, true), compiled.module());
  const std::string text = compiled.text();
  EXPECT_NE(text.find("llvm.func @kernel(%arg0: !llvm.ptr, %arg1: !llvm.ptr, %arg2: i64, %arg3: i64, %arg4: !llvm.ptr)"),
            std::string::npos);
  EXPECT_NE(text.find("llvm.func internal @matmul.q4_0.q8.sums1.k64.one("), std::string::npos) << text.substr(0, 400);
  EXPECT_NE(text.find("prefer_vector_width = \"512\""), std::string::npos);
}

TEST(MatmulCode, IntegerDotsAreEightInstructionsABlockTermAndToken) {
  CompiledModule tile, one;
  emitMatmul(kernelOf(BlockFormat::Q4_1, ActivationKind::q8, 320, false), tile.module());
  EXPECT_EQ(countOf(tile.text(), "vpdpbusd.512"), 2 * 8 * (12 + 8 + 4 + 2 + 1)) << "two unrolled blocks for each tile";
  emitMatmul(kernelOf(BlockFormat::Q4_1, ActivationKind::q15, 320, true), one.module());
  EXPECT_EQ(countOf(one.text(), "vpdpbusd.512"), 2 * 8 * 2);
}

TEST(MatmulCode, IntegerDotsBroadcastFromMemoryAndDoNotSpill) {
  for (BlockFormat format :
       {BlockFormat::Q4_0, BlockFormat::Q4_1, BlockFormat::Q5_0, BlockFormat::Q8_0, BlockFormat::Q4_K, BlockFormat::Q6_K}) {
    for (ActivationKind kind : {ActivationKind::q8, ActivationKind::q15}) {
      CompiledModule compiled;
      emitMatmul(kernelOf(format, kind, 512, false), compiled.module());
      const std::string assembly = compiled.assembly(),
                        what = std::string(packed::info(format).name) + " " + std::to_string(int(kind));
      const int terms = kind == ActivationKind::q8 ? 1 : 2;
      EXPECT_GE(countOf(assembly, "vpdpbusd\t"), terms * 8 * (6 + 4 + 1)) << what;
      EXPECT_GE(countOf(assembly, "{1to16}"), terms * 8 * (6 + 4 + 1)) << what << ": broadcasts are part of the instruction";
      EXPECT_EQ(countOf(assembly, "64-byte Spill"), 0) << what;
    }
  }
}

TEST(MatmulCode, TwoPanelsShareBroadcastsAndDoNotSpill) {
  for (BlockFormat format : {BlockFormat::Q4_0, BlockFormat::Q5_0, BlockFormat::Q8_0}) {
    CompiledModule compiled("znver5");
    MatmulKernel kernel = kernelOf(format, ActivationKind::q8, 512, false);
    kernel.unit = compiled.unit();
    emitMatmul(kernel, compiled.module());
    const std::string assembly = compiled.assembly(), name(packed::info(format).name);
    EXPECT_EQ(countOf(compiled.text(), "vpdpbusd.512"), 2 * 8 * (2 * (4 + 2 + 1) + 8 + 4 + 2 + 1)) << name << ": pairs, and one";
    EXPECT_EQ(countOf(assembly, "64-byte Spill"), 0) << name;
  }
}

TEST(MatmulCode, ChunksLoadWithoutAnIndexAndDoNotSpill) {
  for (BlockFormat format : {BlockFormat::Q4_0, BlockFormat::Q5_1, BlockFormat::Q8_0, BlockFormat::Q4_K, BlockFormat::Q6_K}) {
    CompiledModule compiled("sapphirerapids");
    MatmulKernel kernel = kernelOf(format, ActivationKind::q8, 512, false);
    kernel.unit = compiled.unit(), kernel.schedule.tileTokens = compiled.unit().integerTile;
    emitMatmul(kernel, compiled.module());
    const std::string assembly = compiled.assembly(), name(packed::info(format).name);
    int plain = 0; // dots whose activations are broadcast from a register's address and a displacement
    for (size_t at = assembly.find("vpdpbusd\t"); at != std::string::npos; at = assembly.find("vpdpbusd\t", at + 1)) {
      const std::string operand = assembly.substr(at, assembly.find('}', at) - at);
      plain += operand.find("){1to16") != std::string::npos && operand.find(',') == std::string::npos;
    }
    const int largest = packed::info(format).subBlock == 16 ? 9 : 14;
    EXPECT_GE(plain, 8 * (largest + 8 + 4 + 2 + 1)) << name;
    EXPECT_EQ(countOf(assembly, "64-byte Spill"), 0) << name;
  }
}

TEST(MatmulCode, Avx2TilesOfFourAddToSumsInMemoryAndDoNotSpill) {
  for (ActivationKind kind : {ActivationKind::q8, ActivationKind::q15}) {
    CompiledModule compiled("x86-64-v3");
    MatmulKernel kernel = kernelOf(BlockFormat::Q4_0, kind, 512, false);
    if (kind == ActivationKind::q15)
      kernel.activations = ActivationLayout::of(kind, 512, sumsNeeded(BlockFormat::Q4_0) | packed::words);
    kernel.unit = compiled.unit(), kernel.schedule.tileTokens = 4;
    emitMatmul(kernel, compiled.module());
    const std::string assembly = compiled.assembly();
    int adds = 0; // a sum is loaded by the FMA that adds to it
    for (size_t at = assembly.find("vfmadd213ps\t"); at != std::string::npos; at = assembly.find("vfmadd213ps\t", at + 1))
      adds += assembly[at + strlen("vfmadd213ps\t")] != '%';
    EXPECT_GE(adds, 2 * 2 * (4 + 2)) << int(kind) << ": two halves of each token of few and of chunks";
    EXPECT_EQ(countOf(assembly, "32-byte Spill"), 0) << int(kind);
  }
}

TEST(MatmulCode, IntegerMinimumsAreFourInstructionsASuperBlockAndToken) {
  const int tokens[] = {12 + 8 + 4 + 2 + 1, (12 + 8 + 4 + 2 + 1) + (14 + 8 + 4 + 2 + 1)}; // few, and chunks
  for (const auto &[target, times] : {std::pair{"znver4", tokens[0]}, {"sapphirerapids", tokens[1]}}) {
    CompiledModule compiled(target);
    MatmulKernel kernel = kernelOf(BlockFormat::Q4_K, ActivationKind::q8, 512, false);
    kernel.unit = compiled.unit(), kernel.schedule.tileTokens = 14;
    emitMatmul(kernel, compiled.module());
    EXPECT_EQ(countOf(compiled.text(), "vpdpwssd.512"), 4 * times) << target;
    EXPECT_EQ(countOf(compiled.assembly(), "vpdpwssd\t"), 4 * times) << target << ": not vpmaddwd and vpaddd";
  }
}

TEST(MatmulCode, ChunksConvertNoDots) {
  CompiledModule compiled("sapphirerapids");
  MatmulKernel kernel = kernelOf(BlockFormat::Q4_0, ActivationKind::q8, 64, false);
  kernel.unit = compiled.unit();
  emitMatmul(kernel, compiled.module());
  // Few tokens convert theirs: tiles of 12, 8, 4, 2, 1 with two blocks unrolled.
  EXPECT_EQ(countOf(compiled.text(), "llvm.sitofp"), 2 * (12 + 8 + 4 + 2 + 1));
  EXPECT_EQ(countOf(compiled.text(), "vpdpbusd.512"), (2 + 1) * 8 * (12 + 8 + 4 + 2 + 1));
}

TEST(MatmulCode, DotsOfTwoScalesABlockAreNotConvertedEither) {
  CompiledModule compiled("sapphirerapids");
  MatmulKernel kernel = kernelOf(BlockFormat::Q6_K, ActivationKind::q8, 256, false);
  kernel.unit = compiled.unit();
  emitMatmul(kernel, compiled.module());
  EXPECT_EQ(countOf(compiled.text(), "llvm.sitofp"), 2 * (4 + 1)) << "scales, for tiles of 8, 4, 2, 1 and for chunks";
}

void emitWords(CompiledModule &compiled, bool oneToken) {
  MatmulKernel kernel = kernelOf(BlockFormat::Q4_0, ActivationKind::q15, 512, oneToken);
  kernel.activations = ActivationLayout::of(ActivationKind::q15, 512, sumsNeeded(BlockFormat::Q4_0) | packed::words);
  kernel.unit = compiled.unit();
  emitMatmul(kernel, compiled.module());
}

TEST(MatmulCode, ManyTokensOf15BitsMeetWordsWithAvx2) {
  CompiledModule compiled("x86-64-v3");
  emitWords(compiled, /*oneToken=*/false);
  EXPECT_EQ(countOf(compiled.text(), "avx2.pmadd.wd"), 2 * 16 * ((6 + 4 + 2 + 1) + (4 + 2 + 1))) << "few tokens, and chunks";
}

TEST(MatmulCode, ATokenAloneLoadsItsWordsOnce) {
  CompiledModule compiled("x86-64-v3");
  emitWords(compiled, /*oneToken=*/true);
  EXPECT_EQ(countOf(compiled.text(), "!llvm.ptr -> vector<32xi16>"), 4) << "lines of a block";
}

TEST(MatmulCode, Bf16DotsTakePairs) {
  CompiledModule compiled;
  emitMatmul(kernelOf(BlockFormat::BF16, ActivationKind::bf16, 35, true), compiled.module());
  EXPECT_EQ(countOf(compiled.text(), "dpbf16ps.512"), 8 + 2) << "8 pairs in the loop, 2 after it";
  EXPECT_EQ(countOf(compiled.assembly(), "vdpbf16ps\t"), 8 + 2);
}

TEST(MatmulCode, QuantisedPanelsAreWidenedOnceForAllTokens) {
  CompiledModule compiled;
  const MatmulKernel kernel = kernelOf(BlockFormat::Q4_K, ActivationKind::bf16, 512, false);
  emitMatmul(kernel, compiled.module());
  EXPECT_EQ(scratchBytes(kernel), 512 * 16 * 2);
  EXPECT_EQ(countOf(compiled.text(), "cvtne2ps2bf16.512"), 16) << "a block's pairs of columns, in one loop";
  EXPECT_EQ(countOf(compiled.text(), "dpbf16ps.512"), 8 * (12 + 8 + 4 + 2 + 1)) << "as for BF16 weights";
  EXPECT_EQ(countOf(compiled.assembly(), "vpermw\t"), 16);
}

TEST(MatmulCode, TilesOfTheAmxTarget) {
  CompiledModule compiled("amx");
  MatmulKernel kernel = kernelOf(BlockFormat::Q4_0, ActivationKind::bf16, 512, false);
  kernel.unit.tiles = true;
  emitMatmul(kernel, compiled.module());
  const std::string assembly = compiled.assembly();
  EXPECT_EQ(countOf(assembly, "ldtilecfg"), 1);
  EXPECT_EQ(countOf(assembly, "tilerelease"), 1);
  // Two tiles of tokens or one: four steps with a piece of the next chunk, four without, and what is left.
  EXPECT_EQ(countOf(compiled.text(), "tdpbf16ps"), (4 + 2) * (4 + 4 + 1));
  EXPECT_EQ(countOf(assembly, "64-byte Spill"), 0);
}

TEST(MatmulCode, FloatDotsFuseAndNothingElseDoes) {
  CompiledModule compiled;
  emitMatmul(kernelOf(BlockFormat::F16, ActivationKind::f32, 16, true), compiled.module());
  emitEmbed({"embed", BlockFormat::Q4_1, 32, 64}, compiled.module());
  const std::string text = compiled.text();
  EXPECT_EQ(countOf(text, "llvm.intr.fma"), 8);
  EXPECT_EQ(countOf(text, "fastmath"), 0) << "an embedding must not be contracted";
  EXPECT_EQ(countOf(text, "contract"), 0);
}

TEST(MatmulCode, OneTokenAsksForItsCodesUnlessForWeights) {
  MatmulKernel kernel = kernelOf(BlockFormat::Q4_0, ActivationKind::q15, 64, true);
  kernel.schedule.prefetchBytes = 2304; // of tiles: nothing to a token alone
  CompiledModule compiled;
  emitMatmul(kernel, compiled.module());
  EXPECT_EQ(countOf(compiled.text(), "llvm.intr.prefetch"), 2) << "a line of each term for two blocks";
}

TEST(MatmulCode, OneTokenAsksForEachLineOfTheWeights) {
  for (llvm::StringRef target : {"avx512vnni", "x86-64-v3"}) {
    CompiledModule compiled(target.str());
    MatmulKernel kernel = kernelOf(BlockFormat::Q4_0, ActivationKind::q8, 64, true);
    kernel.unit = compiled.unit();
    kernel.schedule.prefetchOneBytes = 2304;
    emitMatmul(kernel, compiled.module());
    EXPECT_EQ(countOf(compiled.text(), "llvm.intr.prefetch"), target == "x86-64-v3" ? 5 : 9)
        << "two blocks share the 9 lines of a strip";
  }
}

TEST(MatmulCode, TilesAskForEachLineOfTheWeights) {
  MatmulKernel kernel = kernelOf(BlockFormat::Q4_0, ActivationKind::q8, 64, false);
  kernel.schedule.prefetchBytes = 2304;
  CompiledModule compiled;
  emitMatmul(kernel, compiled.module());
  EXPECT_EQ(countOf(compiled.text(), "llvm.intr.prefetch"), 3 * 9 + 1)
      << "tiles of 8, 4, 2: two blocks share the 9 lines of a strip";
}

TEST(MatmulCode, Avx2TilesOfFewTokensShareTheAsking) {
  MatmulKernel kernel = kernelOf(BlockFormat::Q4_0, ActivationKind::q8, 64, false);
  CompiledModule alone("x86-64-v3"), shared("x86-64-v3");
  kernel.unit = alone.unit(), kernel.schedule.tileTokens = 4;
  emitMatmul(kernel, alone.module());
  kernel.schedule.prefetchBytes = 2304;
  emitMatmul(kernel, shared.module());
  // Of tiles of 4 and of 2: lines of the panel's second half, of the next panel, or all.
  EXPECT_EQ(countOf(shared.text(), "llvm.select") - countOf(alone.text(), "llvm.select"), 2 * 3);
  EXPECT_EQ(countOf(shared.text(), "llvm.intr.prefetch") - countOf(alone.text(), "llvm.intr.prefetch"), 2 * 5 + 3 * 3)
      << "and three lines a block of each of the chunks' tiles";
}

} // namespace
