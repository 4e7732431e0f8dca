// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What kernels are written for: the vectors of a processor and the instructions that multiply them. The builders of matmul/ and
// halide/ choose by this and by nothing else of a target. Plain data: files that include Halide.h include it too.
#ifndef INGOT_CODEGEN_CPU_TARGET_VECTORUNIT_H
#define INGOT_CODEGEN_CPU_TARGET_VECTORUNIT_H

#include <cstdint>

namespace ingot::cpu {

/// How products of int8 codes and int8 activations are summed.
enum class IntegerDot : uint8_t {
  vpdpbusd,   ///< AVX-512 VNNI: unsigned codes, four products to an int32 lane
  vpmaddubsw, ///< AVX2: unsigned codes, two products to a saturating int16 lane, widened before it can saturate
  sdot,       ///< AArch64 dotprod: signed codes, four products to an int32 lane
  usdot,      ///< AArch64 i8mm: the same with unsigned codes
};

struct VectorUnit {
  int bits = 512;     ///< of a register
  int registers = 32; ///< vector registers that code may name
  IntegerDot integerDot = IntegerDot::vpdpbusd;
  bool bf16Dots = true;     ///< vdpbf16ps is faster than float32: dense products of read tokens in bfloat16
  bool tiles = false;       ///< AMX: products in bfloat16 take tdpbf16ps
  int dotsPerCycle = 1;     ///< vpdpbusd that start in a cycle; two are as many as loads from memory
  bool sharesUnits = false; ///< dots, scaling and unpacking take turns in the same units: matmul/ChunkProducts.h
  bool wordDots = false;    ///< 15-bit inputs are multiplied as int16 (vpmaddwd), not as two bytes
  /// Tokens of a matmul's tile where no tuning record says otherwise, at most: of integer dots with 8-bit inputs, of those with
  /// 15 bits, of float dots.
  int integerTile = 12, wideTile = 8, floatTile = 12;
  /// Likewise of a block of tokens of AMX tiles: weights are widened once for each, and it stays in the second-level cache.
  int tileBlock = 256;
  /// Likewise: how far ahead in the weights several tokens ask and a token alone; 0: with vpdpbusd that asks for its codes instead.
  int prefetchSeveral = 4608, prefetchOne = 0;
  /// Each line that is asked for so is asked for so far ahead, too, into the second-level cache; 0: it is not.
  int prefetchFar = 0;
  /// Bytes of 8-bit or float activations that all panels of a claim pass before the next block of tokens; at least one tile. 256 KB
  /// are a quarter of a second-level cache of 1 MB, most of which panels pass through; 384 are 0.99 times as fast (1B in Q4_K_M and
  /// Q8_0, Zen 4).
  int activationBlock = 256 * 1024;
  /// Halide's target without its options. Never `host`: Halide only lowers to it, LLVM tunes for the processor.
  const char *halide = "x86-64-linux-avx-avx2-avx512-avx512_skylake-f16c-fma-sse41";

  bool operator==(const VectorUnit &) const = default;
};

} // namespace ingot::cpu
#endif
