// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The float32 sums of a tile of tokens, from block to block of columns: carried by the loop over blocks, or, where the integer sums
// of a block take all registers there are, on the stack. There the loop would carry them through the stack as well, by more moves
// than a load that an FMA does by the way and a store.
#ifndef INGOT_CODEGEN_CPU_MATMUL_TILESUMS_H
#define INGOT_CODEGEN_CPU_MATMUL_TILESUMS_H

#include "codegen/cpu/vector/Emitter.h"

namespace ingot::cpu {

class TileSums {
public:
  /// Sums that start as `initial`.
  TileSums(Emitter &e, ValueRange initial, bool onStack) : e(e), sums(initial), count(int(initial.size())) {
    if (!onStack) return;
    stack = e.stackBytes(64 * count);
    for (int number = 0; number < count; number++) e.store(sums[number], at(stack, number), 64);
    sums.clear();
  }

  /// What a loop over blocks carries.
  const Values &carried() const { return sums; }
  /// What follows is about a block (or what comes behind one) that such a loop gives these to.
  void enter(ValueRange now) {
    sums = Values(now);
    // Through another register in each block: LLVM would take the sums for values that it can carry itself.
    if (stack) ofBlock = e.inRegister(stack);
  }
  Value get(int number) { return stack ? e.load(e.floats, at(ofBlock, number), 64) : sums[number]; }
  void set(int number, Value sum) {
    if (stack)
      e.store(sum, at(ofBlock, number), 64);
    else
      sums[number] = sum;
  }
  /// All of them, behind the last block, from which the loop has these.
  Values end(ValueRange last) {
    enter(last);
    Values all;
    for (int number = 0; number < count; number++) all.push_back(get(number));
    return all;
  }

private:
  static Address at(Value base, int number) { return {base, Value(), 0, 64 * number}; }

  Emitter &e;
  Values sums; ///< none on the stack
  int count;
  Value stack, ofBlock; ///< null: carried
};

} // namespace ingot::cpu
#endif
