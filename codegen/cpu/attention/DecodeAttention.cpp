// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/attention/DecodeAttention.h"

#include "codegen/cpu/attention/DecodeItem.h"
#include "codegen/cpu/attention/VectorMath.h"
#include "codegen/cpu/vector/KernelFunction.h"
#include "runtime/abi/Model.h"

#include <algorithm>
#include <bit>
#include <numbers>

namespace ingot::cpu {

namespace LLVM = mlir::LLVM;

DecodeShape DecodeShape::of(const AttentionKernel &kernel) {
  DecodeShape shape;
  const int64_t group = kernel.heads / kernel.kvHeads;
  shape.heads = std::min<int64_t>(group, 8);
  while (group % shape.heads != 0) shape.heads--;
  shape.itemsPerRange = kernel.heads / shape.heads;
  shape.rangeKeys = kernel.decode.rangeKeys;
  if (shape.rangeKeys == 0) shape.rangeKeys = std::clamp<int64_t>(int64_t(std::bit_floor(uint64_t(32768 / kernel.width))), 32, 512);
  const int64_t seen = kernel.window > 0 ? std::min(kernel.window, kernel.positions) : kernel.positions;
  shape.ranges = (seen + shape.rangeKeys - 1) / shape.rangeKeys;
  // A window need not begin where a range does.
  if (kernel.window > 0) shape.ranges = std::min(shape.ranges + 1, (kernel.positions + shape.rangeKeys - 1) / shape.rangeKeys);
  return shape;
}

int64_t DecodeShape::partialBytes(const AttentionKernel &kernel) { return (kernel.width + 15) / 16 * 64 + 64; }

int64_t decodeScratchBytes(const AttentionKernel &kernel) { return DecodeScratch{kernel}.bytes(); }

Value DecodeItem::visibleLanes(Value block) const {
  Value begin = e.subtract(first, e.shiftLeft(block, 4)); // of the block's lanes
  const auto lanesOf = [&](Value word) { return e.broadcast(LLVM::TruncOp::create(e.b, e.i32, word), 16); };
  const Value behind = e.subtract(e.laneNumbers(), lanesOf(begin));
  return LLVM::ICmpOp::create(e.b, LLVM::ICmpPredicate::ult, behind, lanesOf(e.subtract(end, first)));
}

void DecodeItem::ask(const Address &line) { e.prefetch(line, 2); }

int DecodeItem::blocksTogether() const {
  const int chains = kernel.cache == CacheElement::q8 ? 2 * heads : heads; // of multiply-adds that don't wait for each other
  return std::clamp(4 / chains, 1, 4);
}

/// A multiply-add takes four cycles, and processors begin one or two of 512 bits a cycle (4 heads: 1.05 times as fast in eight
/// chains as in four, Zen 4). Neighbouring elements go to different chains, of which there are 1, 2 or 4.
int DecodeItem::chainsOfScore(int blocks) const { return int(std::bit_floor(uint64_t(std::clamp(8 / (blocks * heads), 1, 4)))); }

void DecodeItem::scores() {
  if (kernel.cache == CacheElement::q8) quantiseQuery();
  const auto addBlocks = [&](mlir::ValueRange blocks, ValueRange carried) {
    Values next(carried);
    const Values scores = kernel.cache == CacheElement::q8 ? integerScores(blocks) : floatScores(blocks);
    for (auto [b, block] : llvm::enumerate(blocks)) {
      const Value isVisible = visibleLanes(block);
      for (int head = 0; head < heads; head++) {
        const Value scale =
            queryScales.empty() ? e.splatFloat(e.floats, kernel.scale * std::numbers::log2e) : e.broadcast(queryScales[head], 16);
        Value score = e.multiplyFloats(scores[b * heads + head], scale);
        score = e.select(isVisible, score, e.splatFloat(e.floats, -1e30)); // so small that its weight is 0
        e.store(score, {scratch, block, 64, scoreAt(head)}, 64);
        next[head] = e.maximumFloats(score, next[head]);
      }
    }
    return next;
  };
  // Blocks that are worked on together lie far apart, each at its place in a part of its own: the processor follows several streams
  // of memory, but not two that share a page (a third of the speed, measured on Zen 4).
  const int together = blocksTogether();
  const Value from = firstBlock(), to = endBlock();
  const Value part = e.divide(e.subtract(to, from), e.constant(together)), partEnd = e.add(from, part);
  Values all(heads, e.splatFloat(e.floats, -1e30));
  all = e.loop(from, partEnd, 1, all, [&](Value block, ValueRange carried) {
    Values blocks;
    for (int i = 0; i < together; i++) blocks.push_back(i == 0 ? block : e.add(blocks.back(), part));
    return addBlocks(blocks, carried);
  });
  if (together > 1)
    all = e.loop(e.add(from, e.multiply(part, e.constant(together))), to, 1, all,
                 [&](Value block, ValueRange carried) { return addBlocks(block, carried); });
  for (Value lanes : all) greatest.push_back(greatestLane(e, lanes));
}

void DecodeItem::weights() {
  const bool isInteger = kernel.cache == CacheElement::q8;
  if (isInteger) scaleValues();
  Values largest;
  for (Value value : greatest) largest.push_back(e.broadcast(value, 16));
  const Value from = firstBlock(), to = endBlock();
  const Values all = e.loop(from, to, 1, Values(heads, e.splatFloat(e.floats, 0)), [&](Value block, ValueRange carried) {
    Values weights, next;
    for (int head = 0; head < heads; head++) {
      const Address place = {scratch, block, 64, scoreAt(head)};
      weights.push_back(powerOfTwo(e, e.subtractFloats(e.load(e.floats, place, 64), largest[head])));
      if (!isInteger) e.store(weights[head], place, 64);
      next.push_back(e.addFloats(carried[head], weights[head]));
    }
    if (isInteger) quantiseWeights(block, weights);
    return next;
  });
  for (Value lanes : all) sums.push_back(sumOfLanes(e, lanes));
}

void DecodeItem::mix(Give give) {
  if (kernel.cache == CacheElement::q8)
    integerMix(give);
  else
    floatMix(give);
}

namespace {

/// The kernel's function: which token, heads and range an item is about, and what becomes of its result.
struct DecodeFunction {
  Emitter &e;
  const AttentionKernel &kernel;
  const KernelArguments &arguments;
  const DecodeShape shape = DecodeShape::of(kernel);
  const int64_t partialBytes = DecodeShape::partialBytes(kernel), vectors = (kernel.width + 15) / 16;
  Value queries{}, keys{}, values{}, result{}, partials{}, arrivals{};
  Value blocks{}, sequenceBytes{}, ranges{};

  Value field(Type type, Value base, int64_t offset) {
    Value loaded = e.load(type, {base, Value(), 0, offset}, 4);
    return type == e.i32 ? e.extendSigned(e.i64, loaded) : loaded;
  }
  Value remainder(Value a, Value b) { return e.subtract(a, e.multiply(e.divide(a, b), b)); }

  void emit();
  void item(Value number);
  void arrive(Value row, Value place, Value rowPartials, Value firstHead, Value count);
  void combine(Value partial, Value target, Value count);
  int lanesOf(int64_t vector) const { return int(std::min<int64_t>(16, kernel.width - vector * 16)); }
};

void DecodeFunction::emit() {
  queries = loadOperand(e, arguments, 0), keys = loadOperand(e, arguments, 1), values = loadOperand(e, arguments, 2);
  result = loadOperand(e, arguments, 3);
  if (shape.splits()) partials = loadOperand(e, arguments, 4), arrivals = loadOperand(e, arguments, 5);
  blocks = field(e.pointer, arguments.frame, kernel.wanted ? offsetof(ingot_frame, wanted_blocks) : offsetof(ingot_frame, blocks));
  sequenceBytes = field(e.i64, arguments.frame, offsetof(ingot_frame, sequence_bytes));
  ranges = e.constant(shape.ranges);
  if (shape.splits() && kernel.window == 0) { // those of the longest text
    const Value count = field(e.i64, arguments.frame,
                              kernel.wanted ? offsetof(ingot_frame, wanted_block_count) : offsetof(ingot_frame, block_count));
    const Value last = e.loop(e.constant(0), count, 1, e.constant(0), [&](Value i, ValueRange carried) {
      const Value block = e.pointerTo({blocks, i, sizeof(ingot_block), 0});
      return Values{e.maximum(carried[0], field(e.i32, block, offsetof(ingot_block, position)))};
    })[0];
    ranges = e.add(e.divide(last, e.constant(shape.rangeKeys)), e.constant(1));
  }
  e.loop(arguments.begin, arguments.end, 1, {}, [&](Value number, ValueRange) {
    item(number);
    return Values();
  });
}

void DecodeFunction::item(Value number) {
  const Value range = remainder(number, ranges), rest = e.divide(number, ranges);
  const Value place = remainder(rest, e.constant(shape.itemsPerRange));
  const Value block = e.pointerTo({blocks, e.divide(rest, e.constant(shape.itemsPerRange)), sizeof(ingot_block), 0});
  const Value row = field(e.i32, block, offsetof(ingot_block, token)),
              position = field(e.i32, block, offsetof(ingot_block, position));
  const Value sequence = e.multiply(field(e.i32, block, offsetof(ingot_block, sequence)), sequenceBytes);
  const Value firstHead = e.multiply(place, e.constant(shape.heads));
  const auto kvHeadOf = [&](Value place) { return e.divide(place, e.constant(kernel.heads / kernel.kvHeads / shape.heads)); };

  const Value rangeKeys = e.constant(shape.rangeKeys);
  Value seen = e.constant(0);
  if (kernel.window > 0) seen = e.maximum(seen, e.subtract(position, e.constant(kernel.window - 1)));
  const Value firstRange = e.divide(seen, rangeKeys), lastRange = e.divide(position, rangeKeys);
  const Value thisRange = e.add(firstRange, range), origin = e.multiply(thisRange, rangeKeys);
  e.ifThen(e.less(thisRange, e.add(lastRange, e.constant(1))), [&] {
    DecodeItem item(e, kernel);
    const auto cacheOf = [&](Value base, const CacheLayout &layout, Value place, Value origin) {
      const Value head = e.pointerTo({e.pointerTo({base, sequence, 1, 0}), kvHeadOf(place), layout.headBytes(), 0});
      return e.pointerTo({head, e.shiftRight(origin, 4), layout.blockBytes(), 0});
    };
    const Value headRow = e.add(e.multiply(row, e.constant(kernel.heads)), firstHead);
    item.query = e.pointerTo({queries, headRow, kernel.width * 4, 0});
    item.keys = cacheOf(keys, item.keyLayout, place, origin), item.values = cacheOf(values, item.valueLayout, place, origin);
    item.scratch = arguments.scratch;
    item.first = e.subtract(e.maximum(seen, origin), origin);
    item.end = e.minimum(e.subtract(e.add(position, e.constant(1)), origin), rangeKeys);
    if (kernel.decode.asksForNext) { // where there is no next item, what is there already
      const Value further = e.pointerTo({item.keys, Value(), 0, shape.rangeKeys / 16 * item.keyLayout.blockBytes()});
      const Value nextHead = cacheOf(keys, item.keyLayout, e.add(place, e.constant(1)), e.multiply(firstRange, rangeKeys));
      const Value next = e.select(e.less(thisRange, lastRange), further, nextHead);
      item.nextKeys = e.select(e.less(e.add(number, e.constant(1)), arguments.end), next, item.values);
    }
    item.askForFirst();
    item.scores();
    item.weights();

    const Value count = e.add(e.subtract(lastRange, firstRange), e.constant(1));
    const Value isOnly = e.less(count, e.constant(2));
    const Value target = e.pointerTo({result, headRow, kernel.width * 4, 0});
    Value stored = target, stride = e.constant(kernel.width * 4), partial;
    if (shape.splits()) {
      const Value rowPartials = e.pointerTo({partials, e.multiply(row, e.constant(shape.ranges)), kernel.heads * partialBytes, 0});
      partial = e.pointerTo({rowPartials, firstHead, partialBytes, 0}); // of the first range
      const Value own = e.pointerTo({partial, range, kernel.heads * partialBytes, 0});
      stored = e.select(isOnly, target, own), stride = e.select(isOnly, stride, e.constant(partialBytes));
    }
    Values factors, rows;
    for (int head = 0; head < shape.heads; head++) {
      const Value one = e.splatFloat(e.f32, 1);
      Value factor = e.divideFloats(one, item.sums[head]);
      if (shape.splits()) factor = e.select(isOnly, factor, one);
      factors.push_back(e.broadcast(factor, 16));
      rows.push_back(e.pointerTo({stored, e.multiply(stride, e.constant(head)), 1, 0}));
    }
    item.mix([&](int head, int vector, Value lanes) {
      storeLanes(e, e.multiplyFloats(lanes, factors[head]), {rows[head], Value(), 0, vector * 64}, lanesOf(vector));
    });
    if (!shape.splits()) return;
    e.ifThen(e.less(e.constant(1), count), [&] {
      for (int head = 0; head < shape.heads; head++) {
        e.store(item.greatest[head], {rows[head], Value(), 0, vectors * 64}, 4);
        e.store(item.sums[head], {rows[head], Value(), 0, vectors * 64 + 4}, 4);
      }
      const Value counter = e.pointerTo({arrivals, e.add(e.multiply(row, e.constant(shape.itemsPerRange)), place), 4, 0});
      const Value before =
          LLVM::AtomicRMWOp::create(e.b, LLVM::AtomicBinOp::add, counter, e.splat(e.i32, 1), LLVM::AtomicOrdering::acq_rel);
      e.ifThen(LLVM::ICmpOp::create(e.b, LLVM::ICmpPredicate::eq, e.extendSigned(e.i64, before), e.subtract(count, e.constant(1))),
               [&] {
                 e.store(e.splat(e.i32, 0), {counter, Value(), 0, 0}, 4);
                 for (int head = 0; head < shape.heads; head++)
                   combine(e.pointerTo({partial, Value(), 0, head * partialBytes}),
                           e.pointerTo({target, Value(), 0, head * kernel.width * 4}), count);
               });
    });
  });
}

void DecodeFunction::combine(Value partial, Value target, Value count) {
  const int64_t stride = kernel.heads * partialBytes;
  const auto field = [&](Value range, int64_t offset) { return e.load(e.f32, {partial, range, stride, offset}, 4); };
  const Value greatest = e.loop(e.constant(0), count, 1, e.splatFloat(e.f32, -1e30), [&](Value range, ValueRange carried) {
    return Values{e.maximumFloats(field(range, vectors * 64), carried[0])};
  })[0];
  constexpr int64_t tile = 16;
  for (int64_t from = 0; from < vectors; from += tile) {
    const int64_t here = std::min(tile, vectors - from);
    Values start(here + 1, e.splatFloat(e.floats, 0));
    const Values all = e.loop(e.constant(0), count, 1, start, [&](Value range, ValueRange carried) {
      const Value weight = powerOfTwo(e, e.broadcast(e.subtractFloats(field(range, vectors * 64), greatest), 16));
      Values next = {e.fma(weight, e.broadcast(field(range, vectors * 64 + 4), 16), carried[0])};
      for (int64_t v = 0; v < here; v++)
        next.push_back(e.fma(weight, e.load(e.floats, {partial, range, stride, (from + v) * 64}, 4), carried[v + 1]));
      return next;
    });
    const Value inverse = e.divideFloats(e.splatFloat(e.floats, 1), all[0]);
    for (int64_t v = 0; v < here; v++)
      storeLanes(e, e.multiplyFloats(all[v + 1], inverse), {target, Value(), 0, (from + v) * 64}, lanesOf(from + v));
  }
}

} // namespace

void emitDecodeAttention(const AttentionKernel &kernel, mlir::ModuleOp module) {
  addKernel(module, kernel.name,
            [&](Emitter &e, const KernelArguments &arguments) { DecodeFunction{e, kernel, arguments}.emit(); });
}

} // namespace ingot::cpu
