// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Scores and mix on a q8 cache by dot products of bytes, exact up to the scales.
//
//   query    value = round(q / scale) of 15 bits = 128 * high + low; key codes have 128 added, which -128 * sum(value) takes away
//   weights  round(w * value's scale / unit) of 16 bits = 256 * high + low, with unit = largest scale of the range / 65535
//
// With AVX2 the query's 15 bits are one factor, and so are the weights' 15: codes are widened once for all heads.
#include "codegen/cpu/attention/DecodeItem.h"
#include "codegen/cpu/attention/VectorMath.h"
#include "codegen/cpu/vector/FourProducts.h"
#include "codegen/cpu/vector/Functions.h"

#include <algorithm>
#include <numbers>

namespace ingot::cpu {

namespace LLVM = mlir::LLVM;

static constexpr int partElements = int(CacheLayout::scaledElements); ///< that share a scale

static Value truncated(Emitter &e, Type type, Value value) { return LLVM::TruncOp::create(e.b, type, value); }

/// 16 int32 as int16, four neighbours as `wordsOf` pairs bytes.
static void storeWords(Emitter &e, Value values, const Address &address) {
  llvm::SmallVector<int32_t> lanes;
  for (int four = 0; four < 16; four += 4) lanes.append({four, four + 2, four + 1, four + 3});
  Value words = truncated(e, Emitter::vector(e.i16, 16), values);
  e.store(e.shuffle(words, words, lanes), address, 32);
}

/// What a weight of 1 times the range's largest scale becomes.
static double largestWeight(const DecodeItem &item) { return item.inWords ? 32767 : 65535; }

void DecodeItem::quantiseQuery() {
  const Type bytes = Emitter::vector(e.i8, 16);
  const Value magic = e.splatFloat(e.floats, integerShift), zero = e.splatFloat(e.f32, 0);
  for (int head = 0; head < heads; head++) {
    Values q;
    Value greatest;
    for (int v = 0; v < vectors; v++) {
      q.push_back(loadAsFloats(e, e.f32, {query, Value(), 0, (head * kernel.width + v * 16) * 4}));
      const Value size = LLVM::FAbsOp::create(e.b, q[v]);
      greatest = v == 0 ? size : e.maximumFloats(size, greatest);
    }
    const Value largest = greatestLane(e, greatest);
    const Value isZero = e.lessFloats(largest, e.splatFloat(e.f32, 1e-30));
    const Value scale = e.divideFloats(largest, e.splatFloat(e.f32, 16256));
    const Value inverse = e.broadcast(e.select(isZero, zero, e.divideFloats(e.splatFloat(e.f32, 16256), largest)), 16);
    queryScales.push_back(e.multiplyFloats(e.select(isZero, zero, scale), e.splatFloat(e.f32, kernel.scale * std::numbers::log2e)));
    Value total;
    for (int v = 0; v < vectors; v++) {
      // Adding 1.5 * 2^23 rounds, and leaves the integer in the low bits.
      const Value shifted = e.fma(q[v], inverse, magic);
      const Value code = e.subtract(e.bitcast(e.ints, shifted), e.splat(e.ints, 0x4b400000));
      if (inWords) {
        storeWords(e, code, {scratch, Value(), 0, queryAt(head, 0) + v * 32});
      } else {
        const Value high = e.shiftRightArithmetic(e.add(code, e.splat(e.ints, 64)), 7);
        e.store(truncated(e, bytes, high), {scratch, Value(), 0, queryAt(head, 0) + v * 16}, 16);
        e.store(truncated(e, bytes, e.subtract(code, e.shiftLeft(high, 7))), {scratch, Value(), 0, queryAt(head, 1) + v * 16}, 16);
      }
      total = v % 2 == 0 ? code : e.add(total, code);
      if (v % 2 == 0) continue;
      const Value sum = LLVM::vector_reduce_add::create(e.b, e.i32, total);
      e.store(e.subtract(e.splat(e.i32, 0), sum), {scratch, Value(), 0, negatedAt(head, v / 2)}, 4);
    }
  }
}

Values DecodeItem::integerScores(mlir::ValueRange blocks) {
  const int count = int(blocks.size());
  Values scores, codes;
  for (Value block : blocks) codes.push_back(in(keys, block, keyLayout.blockBytes()));
  Values asked;
  for (Value block : blocks) asked.push_back(in(values, block, valueLayout.blockBytes()));
  for (int p = 0; p < parts; p++) {
    // Chains: block, head, term. The high one begins with what the added 128 contributes, divided by 128.
    const int terms = inWords ? 1 : 2;
    Values sums;
    for (int b = 0; b < count; b++)
      for (int head = 0; head < heads; head++) {
        const Value negated = e.loadBroadcast(e.i32, {scratch, Value(), 0, negatedAt(head, p)});
        sums.push_back(inWords ? e.shiftLeft(negated, 7) : negated);
        if (!inWords) sums.push_back(e.splat(e.ints, 0));
      }
    for (int four = 0; four < partElements / 4; four++) {
      Values key;
      for (int b = 0; b < count; b++) {
        const Address place = {codes[b], Value(), 0, keyLayout.elementAt(0, p * partElements + four * 4)};
        if (kernel.decode.asksForNext) ask({asked[b], Value(), 0, place.offset});
        key.push_back(e.load(e.bytes, place, 64));
      }
      for (int head = 0; head < heads; head++)
        for (int part = 0; part < 2; part++) { // a term, or a pair of words
          const int64_t at = inWords ? queryAt(head, 0) + (p * partElements + four * 4) * 2 + part * 4
                                     : queryAt(head, part) + p * partElements + four * 4;
          const Value q = e.loadBroadcast(e.i32, {scratch, Value(), 0, at});
          for (int b = 0; b < count; b++) {
            Value &sum = sums[(b * heads + head) * terms + part % terms];
            sum = inWords ? addTwoProducts(e, sum, wordsOf(e, key[b], part, /*isSigned=*/false), q)
                          : addFourProducts(e, kernel.unit, sum, key[b], q);
          }
        }
    }
    for (int b = 0; b < count; b++) {
      if (kernel.decode.asksForNext && p % 2 == 0) ask({asked[b], Value(), 0, valueLayout.scaleAt(0, p * partElements)});
      const Value scale = loadAsFloats(e, e.f16, {codes[b], Value(), 0, keyLayout.scaleAt(0, p * partElements)});
      for (int head = 0; head < heads; head++) {
        const int chain = b * heads + head;
        const Value value = e.toFloats(inWords ? sums[chain] : e.add(e.shiftLeft(sums[2 * chain], 7), sums[2 * chain + 1]));
        if (p == 0)
          scores.push_back(e.multiplyFloats(value, scale));
        else
          scores[chain] = e.fma(value, scale, scores[chain]);
      }
    }
  }
  return scores;
}

void DecodeItem::scaleValues() {
  const Value zero = e.splatFloat(e.floats, 0);
  const Value from = firstBlock(), to = endBlock();
  const auto scaleOf = [&](Value block, int p) {
    const Value scale =
        loadAsFloats(e, e.f16, {in(values, block, valueLayout.blockBytes()), Value(), 0, valueLayout.scaleAt(0, p * partElements)});
    return e.select(visibleLanes(block), scale, zero); // what lies behind is of an earlier text
  };
  Values greatest = e.loop(from, to, 1, Values(parts, zero), [&](Value block, ValueRange carried) {
    Values next;
    for (int p = 0; p < parts; p++) next.push_back(e.maximumFloats(scaleOf(block, p), carried[p]));
    return next;
  });
  Values factors;
  for (int p = 0; p < parts; p++) {
    const Value largest = greatestLane(e, greatest[p]), most = e.splatFloat(e.f32, largestWeight(*this));
    units.push_back(e.divideFloats(largest, most));
    const Value isZero = e.lessFloats(largest, e.splatFloat(e.f32, 1e-30));
    factors.push_back(e.broadcast(e.select(isZero, e.splatFloat(e.f32, 0), e.divideFloats(most, largest)), 16));
  }
  e.loop(from, to, 1, {}, [&](Value block, ValueRange) {
    for (int p = 0; p < parts; p++) e.store(e.multiplyFloats(scaleOf(block, p), factors[p]), {scratch, block, 64, factorAt(p)}, 64);
    return Values();
  });
}

void DecodeItem::quantiseWeights(Value block, const Values &weights) {
  const Type bytes = Emitter::vector(e.i8, 16);
  for (int p = 0; p < parts; p++) {
    const Value scale = e.load(e.floats, {scratch, block, 64, factorAt(p)}, 64);
    for (int head = 0; head < heads; head++) {
      const Value rounded = e.fma(weights[head], scale, e.splatFloat(e.floats, 0.5)); // to an integer by cutting: never negative
      const Value code = LLVM::FPToSIOp::create(e.b, e.ints, rounded);
      if (inWords) {
        storeWords(e, code, {scratch, block, 32, weightAt(p, head, 0)});
        continue;
      }
      e.store(truncated(e, bytes, e.shiftRight(code, 8)), {scratch, block, 16, weightAt(p, head, 0)}, 16);
      e.store(truncated(e, bytes, code), {scratch, block, 16, weightAt(p, head, 1)}, 16);
    }
  }
}

void DecodeItem::integerMix(Give give) {
  // Heads and halves of a part whose sums fit into registers beside values and weights.
  const int terms = inWords ? 1 : 2;
  const int together = std::min(4, heads), tile = std::clamp(heldSums() / (together * terms), 1, 2);
  const Value from = firstBlock(), to = endBlock();
  const auto mix = [&](int p, int base, int count, int half) {
    const Values sums = e.loop(from, to, 1, Values(count * terms * tile, e.splat(e.ints, 0)), [&](Value block, ValueRange carried) {
      Values next(carried);
      const Value codes = in(values, block, valueLayout.blockBytes());
      const Value asked = kernel.decode.asksForNext ? in(nextKeys, block, keyLayout.blockBytes()) : Value();
      for (int four = 0; four < 4; four++) {
        Values value;
        for (int v = half; v < half + tile; v++) {
          const int64_t place = valueLayout.elementAt(four * 4, p * partElements + v * 16);
          if (kernel.decode.asksForNext && base == 0) ask({asked, Value(), 0, place});
          value.push_back(e.load(e.bytes, {codes, Value(), 0, place}, 64));
        }
        for (int head = 0; head < count; head++)
          for (int part = 0; part < 2; part++) { // a term, or a pair of words
            const Address at = inWords ? Address{scratch, block, 32, weightAt(p, base + head, 0) + four * 8 + part * 4}
                                       : Address{scratch, block, 16, weightAt(p, base + head, part) + four * 4};
            const Value weight = e.loadBroadcast(e.i32, at);
            for (int v = 0; v < tile; v++) {
              Value &sum = next[(head * terms + part % terms) * tile + v];
              sum = inWords ? addTwoProducts(e, sum, wordsOf(e, value[v], part, /*isSigned=*/true), weight)
                            : addFourProducts(e, kernel.unit, sum, weight, value[v]);
            }
          }
      }
      return next;
    });
    for (int head = 0; head < count; head++)
      for (int v = 0; v < tile; v++) {
        Value total = e.toFloats(sums[head * terms * tile + v]);
        if (!inWords) total = e.fma(total, e.splatFloat(e.floats, 256), e.toFloats(sums[(head * terms + 1) * tile + v]));
        give(base + head, p * 2 + half + v, e.multiplyFloats(total, e.broadcast(units[p], 16)));
      }
  };
  for (int p = 0; p < parts; p++)
    for (int base = 0; base < heads; base += together)
      for (int half = 0; half < 2; half += tile) mix(p, base, std::min(together, heads - base), half);
}

} // namespace ingot::cpu
