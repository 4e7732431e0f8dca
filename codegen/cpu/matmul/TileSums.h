// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The float32 sums of a tile of tokens, from block to block of columns: carried by the loop over blocks, or, where the integer sums
// of a block take all registers there are, in memory. There the loop would carry them through the stack as well, by more moves than
// a load that an FMA does by the way and a store. (Q4_0, 512 tokens, Zen 3, 2026-12: 8 bits 1.08, 15 bits 1.03 times as fast.)
#ifndef INGOT_CODEGEN_CPU_MATMUL_TILESUMS_H
#define INGOT_CODEGEN_CPU_MATMUL_TILESUMS_H

#include "codegen/cpu/target/VectorUnit.h"
#include "codegen/cpu/vector/Emitter.h"

namespace ingot::cpu {

class TileSums {
public:
  /// Whether those of a tile are better in memory.
  static bool belongInMemory(const VectorUnit &unit) { return unit.registers == 16; }
  /// Where memory that starts at `base` has one of them.
  static Address at(Value base, int number) { return {base, Value(), 0, 64 * number}; }

  /// Sums that start as `initial`; with `memory` as they are there, 64 bytes a token, and `initial` is empty.
  TileSums(Emitter &e, ValueRange initial, Value memory) : e(e), sums(initial), memory(memory) {}

  /// What a loop over blocks carries.
  const Values &carried() const { return sums; }
  /// What follows is about a block (or what comes behind one) that such a loop gives these to.
  void enter(ValueRange now) {
    sums = Values(now);
    // Through another register in each block: LLVM would take the sums for values that it can carry itself.
    if (memory) ofBlock = e.inRegister(memory);
  }
  Value get(int number) { return memory ? e.load(e.floats, at(ofBlock, number), 64) : sums[number]; }
  void set(int number, Value sum) {
    if (memory)
      e.store(sum, at(ofBlock, number), 64);
    else
      sums[number] = sum;
  }

private:
  Emitter &e;
  Values sums;           ///< none in memory
  Value memory, ofBlock; ///< null: carried
};

} // namespace ingot::cpu
#endif
