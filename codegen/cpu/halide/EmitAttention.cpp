// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Attention's outer function: which tokens, heads and keys an item is about, and the calls of Halide's bodies.
#include "codegen/cpu/halide/AttentionBody.h"
#include "codegen/cpu/halide/EmitKernels.h"
#include "codegen/cpu/halide/KernelWrapper.h"

namespace ingot::cpu {

using namespace mlir;

static std::string complaintAbout(const AttentionKernel &kernel) {
  if (kernel.heads < 1 || kernel.kvHeads < 1 || kernel.heads % kernel.kvHeads != 0)
    return std::to_string(kernel.heads) + " query heads can't share " + std::to_string(kernel.kvHeads) + " key/value heads";
  const bool hasWidth = kernel.part != AttentionPart::softmax; // which sees scores alone
  if ((hasWidth && kernel.width < 1) || kernel.tokensPerItem < 1) return "has an empty shape";
  if (kernel.positions < 16 || kernel.positions % 16 != 0)
    return "reads a cache of " + std::to_string(kernel.positions) + " positions, which isn't a multiple of 16";
  return "";
}

namespace {

/// One item: its addresses and numbers, and the three steps on them.
struct Item {
  const AttentionKernel &kernel;
  const AttentionBody &body;
  KernelWrapper &wrapper;
  ArrayRef<Value> operands, slots;
  const AttentionTiles tiles = AttentionTiles::of(kernel);
  const ScoreStrides strides = ScoreStrides::of(kernel);
  Value token, valid, tokens;     ///< first token, how many are the frame's, and how many the tiles cover
  Value head, kvHead;             ///< first query head; key/value head
  Value firstKey, blocks, chunks; ///< keys: the first one's position, how many blocks of 16, how many chunks of blocks

  Item(const AttentionKernel &kernel, const AttentionBody &body, KernelWrapper &wrapper, ArrayRef<Value> operands,
       ArrayRef<Value> slots, Value item)
      : kernel(kernel), body(body), wrapper(wrapper), operands(operands), slots(slots) {
    const int64_t perBlock = itemsPerTokenBlock(kernel), group = kernel.heads / kernel.kvHeads;
    token = wrapper.multiply(wrapper.divide(item, perBlock), kernel.tokensPerItem);
    const Value place = wrapper.remainder(item, perBlock);
    head = wrapper.multiply(place, tiles.heads);
    kvHead = tiles.splitsGroup ? wrapper.divide(place, group) : place;
    valid = wrapper.least(wrapper.subtract(wrapper.count, token), wrapper.constant(kernel.tokensPerItem));
    tokens = wrapper.multiply(wrapper.divide(wrapper.add(valid, wrapper.constant(tiles.tokens - 1)), tiles.tokens), tiles.tokens);
    Value afterLast = wrapper.add(wrapper.position, wrapper.count); // the parts see all keys of the frame
    Value first = wrapper.constant(0);
    if (kernel.part == AttentionPart::fused) {
      const Value position = wrapper.add(wrapper.position, token);
      afterLast = wrapper.add(position, valid);
      if (kernel.window > 0) first = wrapper.greatest(first, wrapper.subtract(position, wrapper.constant(kernel.window - 1)));
    }
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

  Value cache(Value base) {
    const int64_t rowBytes = kernel.width * (kernel.cacheHalf ? 2 : 4); // keys or values, a position takes as much
    return wrapper.at(base, wrapper.multiply(wrapper.add(wrapper.multiply(kvHead, kernel.positions), firstKey), rowBytes));
  }

  void scores(Value queries, Value keys, Value result) {
    wrapper.call(body.scores, {buffer(0, row(queries, kernel.width)), buffer(1, cache(keys)), wrapper.narrow(blocks),
                               wrapper.narrow(chunks), wrapper.narrow(tokens), buffer(2, result)});
  }

  void softmax(Value scores, Value result, Value inverse) {
    wrapper.loop(wrapper.constant(0), valid, [&](Value t) {
      const Value offset = wrapper.multiply(t, strides.token * 4);
      const Value query = wrapper.add(wrapper.position, wrapper.add(token, t));
      SmallVector<Value> arguments = {buffer(0, wrapper.at(scores, offset)), wrapper.narrow(blocks), wrapper.narrow(firstKey),
                                      wrapper.narrow(query), buffer(1, wrapper.at(result, offset))};
      if (inverse) arguments.push_back(buffer(2, wrapper.at(inverse, wrapper.multiply(t, tiles.heads * 4))));
      wrapper.call(body.softmax, arguments);
    });
  }

  void mix(Value weights, Value values, Value inverse, Value result) {
    SmallVector<Value> arguments = {buffer(0, weights), buffer(1, cache(values))};
    if (inverse) arguments.push_back(buffer(2, inverse));
    arguments.append({wrapper.narrow(blocks), wrapper.narrow(tokens), buffer(3, row(result, kernel.width))});
    wrapper.call(body.mix, arguments);
  }

  void emit() {
    switch (kernel.part) {
    case AttentionPart::fused: {
      const int64_t scoreBytes = (kernel.positions / 16 + tiles.keyBlocks - 1) * strides.block * 4;
      const Value weights = wrapper.scratch, inverse = wrapper.at(wrapper.scratch, scoreBytes);
      scores(operands[0], operands[1], weights);
      softmax(weights, weights, inverse);
      return mix(weights, operands[2], inverse, operands[3]);
    }
    case AttentionPart::scores:
      return scores(operands[0], operands[1], row(operands[2], kernel.positions));
    case AttentionPart::softmax:
      return softmax(row(operands[0], kernel.positions), row(operands[1], kernel.positions), Value());
    case AttentionPart::mix:
      return mix(row(operands[0], kernel.positions), operands[1], Value(), operands[2]);
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
  for (int i = 0; i < 4; ++i) slots.push_back(wrapper.bufferSlot());
  wrapper.loop(wrapper.begin, wrapper.end, [&](Value item) { Item(kernel, body, wrapper, operands, slots, item).emit(); });
  wrapper.finish();
  bitcode.files.push_back(std::move(body.bitcode));
  return success();
}

} // namespace ingot::cpu
