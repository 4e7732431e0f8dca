// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/attention/FlashChunk.h"

#include "codegen/cpu/attention/CacheLoads.h"

#include <algorithm>

namespace ingot::cpu {

Value roundTwo(Emitter &e, Value low, Value high) {
  return e.intrinsic("llvm.x86.avx512bf16.cvtne2ps2bf16.512", Emitter::vector(e.bf16, 32), {high, low});
}

namespace {

/// 16 pairs (words[i], words[i + 16]).
Value interleave(Emitter &e, Value words) {
  llvm::SmallVector<int32_t> lanes;
  for (int lane = 0; lane < 16; lane++) lanes.append({lane, lane + 16});
  return e.shuffle(words, words, lanes);
}

/// 16 lanes of a query or a cache, the first `count` of them from memory, the others zero.
Value loadLanes(Emitter &e, Type element, const Address &address, int64_t count) {
  const unsigned alignment = element.getIntOrFloatBitWidth() / 8;
  const Type type = Emitter::vector(element, 16);
  if (count >= 16) return e.load(type, address, alignment);
  if (count <= 0) return mlir::LLVM::ZeroOp::create(e.b, type);
  return e.loadMasked(type, address, e.firstLanes(count, 16), alignment);
}

/// Reads 16 lanes of one row and of the next of a cache's block; a row is an element of all keys, or a position's values.
struct CacheRows {
  Emitter &e;
  const CacheLayout &cache;
  Value block; ///< its address

  /// Pairs of rows `row` and `row + 1`, lanes from `lane` on; `index` times `unroll` rows further. The second may be missing.
  Value pairs(Value index, int64_t unroll, int64_t row, int64_t lane, int64_t count, bool hasSecond) const {
    if (cache.element == CacheElement::q8) return codePairs(index, unroll, row, lane);
    const int64_t bytes = cache.elementBytes(), rowBytes = (cache.isKeys ? CacheLayout::blockPositions : cache.width) * bytes;
    const Address first{block, index, unroll * rowBytes, row * rowBytes + lane * bytes};
    const int64_t secondCount = hasSecond ? count : 0;
    const Type word = cache.element == CacheElement::f32 ? e.f32 : e.i16;
    Value low = loadLanes(e, word, first, count), high = loadLanes(e, word, first.plus(rowBytes), secondCount);
    if (cache.element == CacheElement::bf16) { // as they are
      llvm::SmallVector<int32_t> all;
      for (int word = 0; word < 32; word++) all.push_back(word);
      return interleave(e, e.shuffle(low, high, all));
    }
    if (cache.element == CacheElement::f16) {
      const Type halves = Emitter::vector(e.f16, 16);
      low = e.halfToFloats(e.bitcast(halves, low)), high = e.halfToFloats(e.bitcast(halves, high));
    }
    return rounded(low, high);
  }

private:
  Value rounded(Value low, Value high) const {
    return interleave(e, e.bitcast(Emitter::vector(e.i16, 32), roundTwo(e, low, high)));
  }

  /// Four rows lie side by side in each lane. `unroll` is a multiple of 4; of keys, of the elements that share a scale.
  Value codePairs(Value index, int64_t unroll, int64_t row, int64_t lane) const {
    const int64_t fourBytes = 4 * (cache.isKeys ? CacheLayout::blockPositions : cache.width);
    Value fours = e.load(e.ints, {block, index, unroll / 4 * fourBytes, row / 4 * fourBytes + lane * 4}, 4);
    auto value = [&](int64_t which) {
      const int64_t byte = (row + which) % 4;
      const Type half = Emitter::vector(e.f16, 16);
      if (cache.isKeys) {
        Value code = e.bitAnd(e.shiftRight(fours, 8 * byte), e.splat(e.ints, 255));
        const int64_t part = row / CacheLayout::scaledElements;
        const int64_t partsInRound = unroll / CacheLayout::scaledElements, scaleBytes = CacheLayout::blockPositions * 2;
        Value scale = e.load(half, {block, index, partsInRound * scaleBytes, cache.codeBytes() + part * scaleBytes}, 2);
        return e.multiplyFloats(e.toFloats(e.subtract(code, e.splat(e.ints, 128))), e.halfToFloats(scale));
      }
      Value code = e.shiftRightArithmetic(e.shiftLeft(fours, 24 - 8 * byte), 24);
      Value scale = e.load(e.f16, {block, index, unroll * 2, cache.scaleAt(row + which, lane)}, 2);
      return e.multiplyFloats(e.toFloats(code), e.broadcast(e.halfToFloats(scale), 16));
    };
    return rounded(value(0), value(1));
  }
};

/// A block of keys as float32.
void packFloatKeys(Emitter &e, const FlashLayout &layout, Value block, Value to) {
  const int64_t width = layout.keyCache.width, rounds = width / 4;
  auto pack = [&](Value x, int64_t count) {
    const Values rows = loadKeys(e, layout.keyCache, block, x, int(count));
    for (int64_t i = 0; i < count; i++) e.store(rows[i], {to, x, keyVectors * 64, i * keyVectors * 64}, 64);
  };
  e.loop(e.constant(0), e.constant(rounds * 4), 4, {}, [&](Value x, ValueRange) {
    pack(x, 4);
    return Values();
  });
  if (width % 4 != 0) pack(e.constant(rounds * 4), width % 4);
}

/// A block of values as float32. `firstKey` is the block's first key's number in the chunk.
void packFloatValues(Emitter &e, const FlashLayout &layout, Value block, Value firstKey, Value chunk) {
  e.loop(4, {}, [&](Value four, ValueRange) {
    Value key = e.add(firstKey, e.multiply(four, e.constant(4)));
    int64_t vector = 0;
    for (int64_t count : layout.valueGroups) {
      Value to = e.pointerTo({chunk, key, count * 64, layout.valuesFrom(vector)});
      for (int64_t i = 0; i < count; i++, vector++) {
        const Values rows = loadValues(e, layout.valueCache, block, four, vector * 16);
        for (int64_t row = 0; row < 4; row++) e.store(rows[row], {to, Value(), 0, (row * count + i) * 64}, 64);
      }
    }
    return Values();
  });
}

} // namespace

void packQuery(Emitter &e, const FlashLayout &layout, Value row, Value to) {
  const int64_t width = layout.keyCache.width;
  auto part = [&](int64_t at) { return loadLanes(e, e.f32, {row, Value(), 0, at * 4}, width - at); };
  if (layout.perStep == 1)
    for (int64_t first = 0; first < width; first += 16) e.store(part(first), {to, Value(), 0, first * 4}, 64);
  else
    for (int64_t first = 0; first < width; first += 32)
      e.store(roundTwo(e, part(first), part(first + 16)), {to, Value(), 0, first * 2}, 64);
}

void packKeys(Emitter &e, const FlashLayout &layout, Value cache, Value blocks, Value chunk) {
  const CacheLayout &keys = layout.keyCache;
  const int64_t unroll = keys.element == CacheElement::q8 ? CacheLayout::scaledElements / 2 : 4, rounds = keys.width / 2 / unroll;
  e.loop(e.constant(0), blocks, 1, {}, [&](Value block, ValueRange) {
    Value address = e.pointerTo({cache, block, keys.blockBytes(), 0}), to = e.pointerTo({chunk, block, 64, layout.keys});
    if (layout.perStep == 1) return packFloatKeys(e, layout, address, to), Values();
    const CacheRows from{e, keys, address};
    auto pack = [&](Value round, int64_t pair) {
      const bool hasSecond = round || 2 * pair + 1 < keys.width;
      e.store(from.pairs(round, 2 * unroll, 2 * pair, 0, 16, hasSecond),
              {to, round, unroll * keyVectors * 64, pair * keyVectors * 64}, 64);
    };
    e.loop(rounds, {}, [&](Value round, ValueRange) {
      for (int64_t pair = 0; pair < unroll; pair++) pack(round, pair);
      return Values();
    });
    for (int64_t pair = rounds * unroll; pair < layout.steps; pair++) pack(Value(), pair);
    return Values();
  });
}

void packValues(Emitter &e, const FlashLayout &layout, Value cache, Value blocks, Value chunk) {
  const CacheLayout &values = layout.valueCache;
  e.loop(e.constant(0), blocks, 1, {}, [&](Value block, ValueRange) {
    Value address = e.pointerTo({cache, block, values.blockBytes(), 0});
    if (layout.perStep == 1) return packFloatValues(e, layout, address, e.multiply(block, e.constant(16)), chunk), Values();
    const CacheRows from{e, values, address};
    e.loop(4, {}, [&](Value four, ValueRange) {
      Value pair = e.add(e.multiply(block, e.constant(8)), e.multiply(four, e.constant(2)));
      int64_t vector = 0;
      for (int64_t count : layout.valueGroups) {
        Value to = e.pointerTo({chunk, pair, count * 64, layout.valuesFrom(vector)});
        for (int64_t i = 0; i < count; i++, vector++)
          for (int64_t which = 0; which < 2; which++)
            e.store(from.pairs(four, 4, 2 * which, vector * 16, values.width - vector * 16, true),
                    {to, Value(), 0, (which * count + i) * 64}, 64);
      }
      return Values();
    });
    return Values();
  });
}

} // namespace ingot::cpu
