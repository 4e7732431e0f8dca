// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Attention's outer function: which tokens, heads and keys an item is about, and the calls of Halide's bodies.
#include "codegen/cpu/halide/AttentionBody.h"
#include "codegen/cpu/halide/EmitKernels.h"
#include "codegen/cpu/halide/KernelWrapper.h"
#include "runtime/abi/Model.h"

#include <cstddef>

namespace ingot::cpu {

using namespace mlir;

static std::string complaintAbout(const AttentionKernel &kernel) {
  if (kernel.heads < 1 || kernel.kvHeads < 1 || kernel.heads % kernel.kvHeads != 0)
    return std::to_string(kernel.heads) + " query heads can't share " + std::to_string(kernel.kvHeads) + " key/value heads";
  const bool hasWidth = kernel.part != AttentionPart::softmax; // which sees scores alone
  if ((hasWidth && kernel.width < 1) || kernel.tokensPerItem < 1) return "has an empty shape";
  if (kernel.positions < 16 || kernel.positions % 16 != 0)
    return "reads a cache of " + std::to_string(kernel.positions) + " positions, which isn't a multiple of 16";
  if (hasWidth && kernel.cache == CacheElement::q8 && kernel.width % CacheLayout::scaledElements != 0)
    return "reads heads of " + std::to_string(kernel.width) + " rounded in blocks of 32";
  return "";
}

namespace {

/// What the frame says, loaded once.
struct Frame {
  Value blocks, sequenceBytes;
};

/// One item: its addresses and numbers, and the three steps on them.
struct Item {
  const AttentionKernel &kernel;
  const AttentionBody &body;
  KernelWrapper &wrapper;
  ArrayRef<Value> operands, slots;
  const AttentionTiles tiles = AttentionTiles::of(kernel);
  const ScoreStrides strides = ScoreStrides::of(kernel);
  Value token, valid, tokens;     ///< first row, how many are the block's, and how many the tiles cover
  Value position, cacheOffset;    ///< of the first row; where the sequence's cache begins
  Value head, kvHead;             ///< first query head; key/value head
  Value firstKey, blocks, chunks; ///< keys: the first one's position, how many blocks of 16, how many chunks of blocks

  Item(const AttentionKernel &kernel, const AttentionBody &body, KernelWrapper &wrapper, ArrayRef<Value> operands,
       ArrayRef<Value> slots, const Frame &frame, Value item)
      : kernel(kernel), body(body), wrapper(wrapper), operands(operands), slots(slots) {
    const int64_t perBlock = itemsPerTokenBlock(kernel);
    const Value block = wrapper.at(frame.blocks, wrapper.multiply(wrapper.divide(item, perBlock), sizeof(ingot_block)));
    token = wrapper.integer(block, offsetof(ingot_block, token));
    valid = wrapper.integer(block, offsetof(ingot_block, count));
    position = wrapper.integer(block, offsetof(ingot_block, position));
    cacheOffset = wrapper.multiply(wrapper.integer(block, offsetof(ingot_block, sequence)), frame.sequenceBytes);
    kvHead = wrapper.remainder(item, perBlock);
    head = wrapper.multiply(kvHead, tiles.heads);
    tokens = wrapper.multiply(wrapper.divide(wrapper.add(valid, wrapper.constant(tiles.tokens - 1)), tiles.tokens), tiles.tokens);
    const Value afterLast = wrapper.add(position, valid);
    Value first = wrapper.constant(0);
    if (kernel.part == AttentionPart::fused && kernel.window > 0)
      first = wrapper.greatest(first, wrapper.subtract(position, wrapper.constant(kernel.window - 1)));
    const Value firstBlock = wrapper.divide(first, 16);
    firstKey = wrapper.multiply(firstBlock, 16);
    blocks = wrapper.subtract(wrapper.divide(wrapper.add(afterLast, wrapper.constant(15)), 16), firstBlock);
    chunks = wrapper.divide(wrapper.add(blocks, wrapper.constant(tiles.keyBlocks - 1)), tiles.keyBlocks);
  }

  Value buffer(int slot, Value address) { return wrapper.bufferOf(slots[slot], address); }

  /// The row of `elements` float32 a head that belongs to the item's first token and head.
  Value row(Value base, int64_t elements) {
    return wrapper.at(base, wrapper.multiply(wrapper.add(wrapper.multiply(token, kernel.heads), head), elements * 4));
  }

  /// The item's keys or values, and their scales where they have any.
  void addCache(Value base, SmallVectorImpl<Value> &arguments) {
    const CacheLayout layout = {kernel.cache, /*isKeys=*/true, kernel.kvHeads, kernel.width, kernel.positions}; // values: the same
    Value address = wrapper.at(wrapper.at(base, cacheOffset), wrapper.multiply(kvHead, layout.headBytes()));
    address = wrapper.at(address, wrapper.multiply(wrapper.divide(firstKey, 16), layout.blockBytes()));
    arguments.push_back(buffer(1, address));
    if (kernel.cache == CacheElement::q8) arguments.push_back(buffer(4, wrapper.at(address, layout.codeBytes())));
  }

  void scores(Value queries, Value keys, Value result) {
    SmallVector<Value> arguments = {buffer(0, row(queries, kernel.width))};
    addCache(keys, arguments);
    arguments.append({wrapper.narrow(blocks), wrapper.narrow(chunks), wrapper.narrow(tokens), buffer(2, result)});
    wrapper.call(body.scores, arguments);
  }

  void softmax(Value scores, Value result, Value inverse) {
    wrapper.loop(wrapper.constant(0), valid, [&](Value t) {
      const Value offset = wrapper.multiply(t, strides.token * 4);
      const Value query = wrapper.add(position, t);
      SmallVector<Value> arguments = {buffer(0, wrapper.at(scores, offset)), wrapper.narrow(blocks), wrapper.narrow(firstKey),
                                      wrapper.narrow(query), buffer(1, wrapper.at(result, offset))};
      if (inverse) arguments.push_back(buffer(2, wrapper.at(inverse, wrapper.multiply(t, tiles.heads * 4))));
      wrapper.call(body.softmax, arguments);
    });
  }

  /// `place` is where the result of the first token and head goes.
  void mix(Value weights, Value values, Value inverse, Value place) {
    SmallVector<Value> arguments = {buffer(0, weights)};
    addCache(values, arguments);
    if (inverse) arguments.push_back(buffer(2, inverse));
    arguments.append({wrapper.narrow(blocks), wrapper.narrow(tokens), buffer(3, place)});
    wrapper.call(body.mix, arguments);
  }

  /// Tiles that hold fewer tokens than they work on would write over the rows of the next block, so they write beside first.
  void mixTiles(Value weights, Value inverse, Value beside) {
    const Value result = row(operands[3], kernel.width);
    if (tiles.tokens == 1) return mix(weights, operands[2], inverse, result);
    const Value isPart = wrapper.isLess(valid, tokens);
    mix(weights, operands[2], inverse, wrapper.select(isPart, beside, result));
    wrapper.loop(wrapper.constant(0), wrapper.select(isPart, valid, wrapper.constant(0)), [&](Value t) {
      const Value offset = wrapper.multiply(t, kernel.heads * kernel.width * 4);
      wrapper.copy(wrapper.at(result, offset), wrapper.at(beside, offset), tiles.heads * kernel.width * 4);
    });
  }

  void emit() {
    switch (kernel.part) {
    case AttentionPart::fused: {
      const int64_t scoreBytes = (kernel.positions / 16 + tiles.keyBlocks - 1) * strides.block * 4;
      const Value weights = wrapper.scratch, inverse = wrapper.at(wrapper.scratch, scoreBytes);
      scores(operands[0], operands[1], weights);
      softmax(weights, weights, inverse);
      return mixTiles(weights, inverse, wrapper.at(inverse, (kernel.tokensPerItem * tiles.heads * 4 + 63) / 64 * 64));
    }
    case AttentionPart::scores:
      return scores(operands[0], operands[1], row(operands[2], kernel.positions));
    case AttentionPart::softmax:
      return softmax(row(operands[0], kernel.positions), row(operands[1], kernel.positions), Value());
    case AttentionPart::mix:
      return mix(row(operands[0], kernel.positions), operands[1], Value(), row(operands[2], kernel.width));
    }
  }
};

} // namespace

LogicalResult emitAttention(const AttentionKernel &kernel, ModuleOp module, HalideBitcode &bitcode) {
  if (const std::string complaint = complaintAbout(kernel); !complaint.empty())
    return module.emitError() << "kernel '" << kernel.name << "': " << complaint;
  AttentionBody body;
  std::string error;
  if (!buildAttentionBody(kernel, body, error)) return module.emitError(error);
  KernelWrapper wrapper(module, kernel.name);
  SmallVector<Value> operands, slots;
  const int operandCount = kernel.part == AttentionPart::fused ? 4 : kernel.part == AttentionPart::softmax ? 2 : 3;
  for (int i = 0; i < operandCount; ++i) operands.push_back(wrapper.operand(i));
  for (int i = 0; i < 5; ++i) slots.push_back(wrapper.bufferSlot());
  const int64_t table = kernel.wanted ? offsetof(ingot_frame, wanted_blocks) : offsetof(ingot_frame, blocks);
  const Frame frame = {wrapper.field(table, true), wrapper.field(offsetof(ingot_frame, sequence_bytes))};
  wrapper.loop(wrapper.begin, wrapper.end, [&](Value item) { Item(kernel, body, wrapper, operands, slots, frame, item).emit(); });
  wrapper.finish();
  bitcode.files.push_back(std::move(body.bitcode));
  return success();
}

} // namespace ingot::cpu
