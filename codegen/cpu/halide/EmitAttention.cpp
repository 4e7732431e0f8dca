// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The outer function of a part of attention: which tokens, heads and keys an item is about, and the call of Halide's body.
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

/// One item: its addresses and numbers, and the part on them.
struct Item {
  const AttentionKernel &kernel;
  const AttentionBody &body;
  KernelWrapper &wrapper;
  ArrayRef<Value> operands, slots;
  Value token, tokens;         ///< first row, and how many are the block's
  Value position, cacheOffset; ///< of the first row; where the sequence's cache begins
  Value head, kvHead;          ///< first query head; key/value head
  Value blocks;                ///< of 16 keys

  Item(const AttentionKernel &kernel, const AttentionBody &body, KernelWrapper &wrapper, ArrayRef<Value> operands,
       ArrayRef<Value> slots, const Frame &frame, Value item)
      : kernel(kernel), body(body), wrapper(wrapper), operands(operands), slots(slots) {
    const int64_t perBlock = itemsPerTokenBlock(kernel);
    const Value block = wrapper.at(frame.blocks, wrapper.multiply(wrapper.divide(item, perBlock), sizeof(ingot_block)));
    token = wrapper.integer(block, offsetof(ingot_block, token));
    tokens = wrapper.integer(block, offsetof(ingot_block, count));
    position = wrapper.integer(block, offsetof(ingot_block, position));
    cacheOffset = wrapper.multiply(wrapper.integer(block, offsetof(ingot_block, sequence)), frame.sequenceBytes);
    kvHead = wrapper.remainder(item, perBlock);
    head = wrapper.multiply(kvHead, kernel.heads / kernel.kvHeads);
    blocks = wrapper.divide(wrapper.add(wrapper.add(position, tokens), wrapper.constant(15)), 16);
  }

  Value buffer(int slot, Value address) { return wrapper.bufferOf(slots[slot], address); }

  /// The row of `elements` float32 a head that belongs to the item's first token and head.
  Value row(Value base, int64_t elements) {
    return wrapper.at(base, wrapper.multiply(wrapper.add(wrapper.multiply(token, kernel.heads), head), elements * 4));
  }

  /// The item's keys or values, and their scales where they have any.
  void addCache(Value base, SmallVectorImpl<Value> &arguments) {
    const CacheLayout layout = {kernel.cache, /*isKeys=*/true, kernel.kvHeads, kernel.width, kernel.positions}; // values: the same
    const Value address = wrapper.at(wrapper.at(base, cacheOffset), wrapper.multiply(kvHead, layout.headBytes()));
    arguments.push_back(buffer(1, address));
    if (kernel.cache == CacheElement::q8) arguments.push_back(buffer(3, wrapper.at(address, layout.codeBytes())));
  }

  /// Scores or mix: one side's rows and a cache give the other side's rows.
  void withCache(int64_t inputWidth, int64_t resultWidth) {
    SmallVector<Value> arguments = {buffer(0, row(operands[0], inputWidth))};
    addCache(operands[1], arguments);
    arguments.append({wrapper.narrow(blocks), wrapper.narrow(tokens), buffer(2, row(operands[2], resultWidth))});
    wrapper.call(body.name, arguments);
  }

  void softmax() {
    const Value scores = row(operands[0], kernel.positions), result = row(operands[1], kernel.positions);
    wrapper.loop(wrapper.constant(0), tokens, [&](Value t) {
      const Value offset = wrapper.multiply(t, ScoreStrides::of(kernel).token * 4);
      wrapper.call(body.name, {buffer(0, wrapper.at(scores, offset)), wrapper.narrow(blocks),
                               wrapper.narrow(wrapper.add(position, t)), buffer(1, wrapper.at(result, offset))});
    });
  }

  void emit() {
    switch (kernel.part) {
    case AttentionPart::scores:
      return withCache(kernel.width, kernel.positions);
    case AttentionPart::softmax:
      return softmax();
    default:
      return withCache(kernel.positions, kernel.width);
    }
  }
};

} // namespace

LogicalResult emitAttention(const AttentionKernel &kernel, ModuleOp module, HalideBitcode &bitcode) {
  assert(kernel.part != AttentionPart::fused && "which is attention/'s");
  if (const std::string complaint = complaintAbout(kernel); !complaint.empty())
    return module.emitError() << "kernel '" << kernel.name << "': " << complaint;
  AttentionBody body;
  std::string error;
  if (!buildAttentionBody(kernel, body, error)) return module.emitError(error);
  KernelWrapper wrapper(module, kernel.name);
  SmallVector<Value> operands, slots;
  const int operandCount = kernel.part == AttentionPart::softmax ? 2 : 3;
  for (int i = 0; i < operandCount; ++i) operands.push_back(wrapper.operand(i));
  for (int i = 0; i < 4; ++i) slots.push_back(wrapper.bufferSlot());
  const int64_t table = kernel.wanted ? offsetof(ingot_frame, wanted_blocks) : offsetof(ingot_frame, blocks);
  const Frame frame = {wrapper.field(table, true), wrapper.field(offsetof(ingot_frame, sequence_bytes))};
  wrapper.loop(wrapper.begin, wrapper.end, [&](Value item) { Item(kernel, body, wrapper, operands, slots, frame, item).emit(); });
  wrapper.finish();
  bitcode.files.push_back(std::move(body.bitcode));
  return success();
}

} // namespace ingot::cpu
