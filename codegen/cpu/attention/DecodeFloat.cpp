// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Scores and mix in float32. A vector of the cache is widened once for all heads. A score is the sum of a few chains of
// multiply-adds, each in the order of a key's elements; a head's mix is one chain, in the order of the keys.
#include "codegen/cpu/attention/DecodeItem.h"
#include "codegen/cpu/attention/VectorMath.h"

#include <algorithm>

namespace ingot::cpu {

Values DecodeItem::floatScores(mlir::ValueRange blocks) {
  const Type element = elementType(e, kernel.cache);
  const int count = int(blocks.size());
  Values starts;
  for (Value block : blocks) starts.push_back(in(keys, block, keyLayout.blockBytes()));
  const int width = int(kernel.width), elements = std::min(4, width); // of a round
  const int chains = chainsOfScore(count), sumCount = count * heads;
  const auto multiplyAdd = [&](Value x, int i, Values &sums) {
    const int64_t row = keyLayout.elementAt(0, 1);
    Values key;
    for (int b = 0; b < count; b++) {
      const Address place = {starts[b], x, row, i * row};
      if (kernel.decode.prefetchBytes && i * row % 64 == 0) e.prefetch(place.plus(kernel.decode.prefetchBytes));
      key.push_back(loadAsFloats(e, element, place));
    }
    for (int head = 0; head < heads; head++) {
      const Value q = e.loadBroadcast(e.f32, {query, x, 4, head * width * 4 + i * 4});
      for (int b = 0; b < count; b++) {
        Value &sum = sums[i % chains * sumCount + b * heads + head];
        sum = e.fma(key[b], q, sum);
      }
    }
  };
  Values scores(chains * sumCount, e.splatFloat(e.floats, 0));
  scores = e.loop(e.constant(0), e.constant(width / elements * elements), elements, scores, [&](Value x, ValueRange carried) {
    Values sums(carried);
    for (int i = 0; i < elements; i++) multiplyAdd(x, i, sums);
    return sums;
  });
  for (int x = width / elements * elements; x < width; x++) multiplyAdd(e.constant(x), 0, scores);
  for (int chain = 1; chain < chains; chain++)
    for (int i = 0; i < sumCount; i++) scores[i] = e.addFloats(scores[i], scores[chain * sumCount + i]);
  scores.resize(sumCount);
  return scores;
}

void DecodeItem::askForFirst() {
  if (kernel.cache == CacheElement::q8 || kernel.decode.prefetchBytes == 0) return;
  constexpr int64_t line = 64, together = 8;
  const Value from = firstBlock(), to = endBlock();
  const Value seen = e.multiply(e.subtract(to, from), e.constant(keyLayout.blockBytes()));
  for (Value stream : {keys, values}) {
    const Value start = in(stream, from, keyLayout.blockBytes());
    e.loop(e.constant(0), e.minimum(e.constant(kernel.decode.prefetchBytes), seen), line * together, {},
           [&](Value byte, ValueRange) {
             for (int64_t i = 0; i < together; i++) e.prefetch({start, byte, 1, i * line});
             return Values();
           });
  }
}

void DecodeItem::floatMix(Give give) {
  const Type element = elementType(e, kernel.cache);
  const int64_t row = valueLayout.elementAt(1, 0);
  const int tile = std::clamp(heldSums() / heads, 1, vectors);
  for (int from = 0; from < vectors; from += tile) {
    const int count = std::min(tile, vectors - from);
    const auto addKeys = [&](Value key, int keyCount, ValueRange carried) {
      Values sums(carried);
      for (int i = 0; i < keyCount; i++) {
        const Address place = {values, key, row, i * row};
        if (from == 0 && kernel.decode.prefetchBytes) // also what the next tiles will read
          for (int64_t line = 0; line < row; line += 64) e.prefetch(place.plus(line + kernel.decode.prefetchBytes));
        Values value;
        for (int v = 0; v < count; v++) {
          const int x = (from + v) * 16, lanes = int(std::min<int64_t>(16, kernel.width - x));
          value.push_back(loadAsFloats(e, element, place.plus(valueLayout.elementAt(0, x)), lanes));
        }
        for (int head = 0; head < heads; head++) {
          const Value weight = e.loadBroadcast(e.f32, {scratch, key, 4, scoreAt(head) + i * 4});
          for (int v = 0; v < count; v++) sums[head * count + v] = e.fma(value[v], weight, sums[head * count + v]);
        }
      }
      return sums;
    };
    Values sums(heads * count, e.splatFloat(e.floats, 0));
    const Value whole = e.add(first, e.shiftLeft(e.shiftRight(e.subtract(end, first), 2), 2));
    sums = e.loop(first, whole, 4, sums, [&](Value key, ValueRange carried) { return addKeys(key, 4, carried); });
    sums = e.loop(whole, end, 1, sums, [&](Value key, ValueRange carried) { return addKeys(key, 1, carried); });
    for (int head = 0; head < heads; head++)
      for (int v = 0; v < count; v++) give(head, from + v, sums[head * count + v]);
  }
}

} // namespace ingot::cpu
