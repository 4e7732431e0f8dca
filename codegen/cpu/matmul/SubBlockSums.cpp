// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/matmul/SubBlockSums.h"

#include "codegen/cpu/matmul/TokenStarts.h"
#include "codegen/cpu/vector/FourProducts.h"
#include "codegen/cpu/vector/Functions.h"

#include "llvm/Support/MathExtras.h"

namespace ingot::cpu {

Address SubBlockSums::sumAt(int64_t over32, int64_t over16, int token, BlockPosition position, int subBlock) {
  const int64_t plane = count == 1 ? over32 : over16;
  assert(plane >= 0 && "the activations lack the sums of this format");
  return inRecord(problem, records, token, position, plane, 4 * count, 4 * subBlock);
}

Value SubBlockSums::start(int token, BlockPosition position, int subBlock) {
  if (part && part->starts) return e.loadBroadcast(e.i32, part->starts.at(token, position, 4 * count, 4 * subBlock));
  Value shifted = isShifted(subBlock) ? e.splat(e.ints, integerShiftBits) : Value();
  if (format.zeroPoint == 0 || takesSignedCodes(problem)) return shifted;
  const Address from = sumAt(x.negated32, x.negated16, token, position, subBlock);
  const int64_t bits = llvm::Log2_64(format.zeroPoint) + shift;
  if (problem.unit.bits != 256) {
    Value sum = e.loadBroadcast(e.i32, from); // in order: shifted after the broadcast, which the load does by itself
    Value share = e.shiftLeft(problem.unit.bits == 512 ? e.inOrder(sum) : sum, bits);
    return shifted ? e.add(share, shifted) : share;
  }
  // In the vector register, else LLVM shifts in a general one: two instructions more.
  Value half = e.shiftLeft(e.inOrder(e.broadcast(e.load(e.i32, from, 4), 8)), bits);
  return joined(e, {half, half});
}

Value SubBlockSums::shiftsOf(const ScaleAndMinimum &of, Value scale) {
  return of.shifts ? of.shifts : e.multiplyFloats(scale, e.splatFloat(e.floats, -integerShift));
}

void SubBlockSums::add(BlockPosition position, int subBlock, const ScaleAndMinimum &of, int token, Value dot, int number,
                       TileSums &sums) {
  assert((count == 1 || problem.panels == 1) && "halves are kept of one panel");
  Value weighted;
  if (shift > 0) {
    assert(!of.minimum && "TokenSums has these minimums");
    if (subBlock == 0) {
      halves[token] = dot, firstScale = of.scale;
      return;
    }
    Value half = e.fma(e.bitcast(e.floats, halves[token]), firstScale, shiftsOf(of, e.addFloats(firstScale, of.scale)));
    weighted = e.fma(e.bitcast(e.floats, dot), of.scale, half);
  } else if (isShifted(subBlock)) {
    weighted = e.fma(e.bitcast(e.floats, dot), of.scale, shiftsOf(of, of.scale));
  } else if (subBlock == 0) {
    weighted = e.multiplyFloats(e.toFloats(dot), of.scale);
  } else {
    weighted = e.fma(e.toFloats(dot), of.scale, halves[token]);
  }
  const bool isLast = subBlock + 1 == count;
  if (!isLast) halves[token] = weighted;
  if (!isLast && !of.minimum) return;
  Value scale = isLast ? e.loadBroadcast(e.f32, inRecord(problem, records, token, position, x.scales, 4, 0)) : Value();
  Value sum = sums.get(number);
  if (isLast) sum = e.fma(weighted, scale, sum);
  if (of.minimum) sum = e.fma(of.minimum, e.loadBroadcast(e.f32, sumAt(x.scaled32, x.scaled16, token, position, subBlock)), sum);
  sums.set(number, sum);
}

} // namespace ingot::cpu
