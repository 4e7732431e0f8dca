// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A row kernel's outer function: for every token of the chunk, the addresses of its rows and a call of Halide's body.
#include "codegen/cpu/halide/EmitKernels.h"
#include "codegen/cpu/halide/KernelWrapper.h"
#include "codegen/cpu/halide/RowBody.h"
#include "runtime/abi/Model.h"

#include <cstddef>

namespace ingot::cpu {

using namespace mlir;

/// What the emitter relies on. The kernels come from our own passes, so this finds their bugs, early and by name.
static std::string complaintAbout(const RowKernel &kernel) {
  for (size_t n = 0; n < kernel.nodes.size(); ++n) {
    const RowNode &node = kernel.nodes[n];
    const std::string at = "node " + std::to_string(n) + " ";
    if (node.shape.width < 1 || node.shape.heads < 1) return at + "has an empty shape";
    for (int input : node.inputs)
      if (input < 0 || size_t(input) >= n) return at + "reads node " + std::to_string(input) + ", which isn't an earlier one";
    if ((node.op == RowOp::input || node.op == RowOp::parameter) && (node.argument < 0 || node.argument >= kernel.operandCount))
      return at + "reads operand " + std::to_string(node.argument) + " of " + std::to_string(kernel.operandCount);
    if (node.op == RowOp::rope && 2 * kernel.nodes[node.inputs[1]].shape.width > node.shape.width)
      return at + "rotates " + std::to_string(2 * kernel.nodes[node.inputs[1]].shape.width) + " of " +
             std::to_string(node.shape.width) + " elements";
  }
  for (const RowOutput &output : kernel.outputs) {
    if (output.node < 0 || size_t(output.node) >= kernel.nodes.size() || output.argument < 0 ||
        output.argument >= kernel.operandCount)
      return "has an output of a node or operand that it doesn't have";
    const RowShape &shape = kernel.nodes[output.node].shape;
    if (output.store == RowStore::activations && output.layout.columns != shape.heads * shape.width)
      return "stores " + std::to_string(shape.heads * shape.width) + " values as activations of " +
             std::to_string(output.layout.columns);
    if (output.store == RowStore::activations && output.layout.isQuantised() && output.layout.columns % 32 != 0)
      return "rounds " + std::to_string(output.layout.columns) + " columns in blocks of 32";
    const CacheLayout &cache = output.cache;
    if (output.store != RowStore::cache) continue;
    if (cache.positions < 16 || cache.positions % 16 != 0)
      return "stores to a cache of " + std::to_string(cache.positions) + " positions, which isn't a multiple of 16";
    if (cache.element == CacheElement::q8 && cache.width % CacheLayout::scaledElements != 0)
      return "rounds heads of " + std::to_string(cache.width) + " in blocks of 32";
  }
  return "";
}

/// An input that is an output as well is copied first: the body reads and writes in an order of its own.
static bool isOverwritten(const RowBody &body, const RowBuffer &input) {
  for (const RowBuffer &output : body.outputs)
    if (output.argument == input.argument) return true;
  return false;
}

LogicalResult emitRows(const RowKernel &kernel, ModuleOp module, HalideBitcode &bitcode) {
  if (const std::string complaint = complaintAbout(kernel); !complaint.empty())
    return module.emitError() << "kernel '" << kernel.name << "': " << complaint;
  RowBody body;
  std::string error;
  if (!buildRowBody(kernel, body, error)) return module.emitError(error);

  KernelWrapper wrapper(module, kernel.name);
  SmallVector<Value> operands, slots;
  for (int i = 0; i < kernel.operandCount; ++i) operands.push_back(wrapper.operand(i));
  for (size_t i = 0; i < body.inputs.size() + body.outputs.size(); ++i) slots.push_back(wrapper.bufferSlot());
  SmallVector<Value> copies;
  for (const RowBuffer &input : body.inputs)
    copies.push_back(isOverwritten(body, input) && input.rowBytes > 0 ? wrapper.stackBytes(input.rowBytes) : Value());

  const bool writesCache = llvm::any_of(body.outputs, [](const RowBuffer &buffer) { return buffer.blockBytes > 0; });
  const Value wanted = kernel.wanted ? wrapper.field(offsetof(ingot_frame, wanted), true) : Value();
  const Value positions = body.needsPosition || writesCache ? wrapper.field(offsetof(ingot_frame, positions), true) : Value();
  const Value sequences = writesCache ? wrapper.field(offsetof(ingot_frame, sequences), true) : Value();
  const Value sequenceBytes = writesCache ? wrapper.field(offsetof(ingot_frame, sequence_bytes)) : Value();

  /// What a kernel of rows knows of an item.
  struct Place {
    Value item, token, position = {}, cacheOffset = {};
  };
  const auto placeOf = [&](Value item) {
    Place place = {item, wanted ? wrapper.element(wanted, item) : item};
    if (positions) place.position = wrapper.element(positions, place.token);
    if (sequences) place.cacheOffset = wrapper.multiply(wrapper.element(sequences, place.token), sequenceBytes);
    return place;
  };
  const auto addressOf = [&](const RowBuffer &buffer, const Place &place) {
    Value address = wrapper.at(operands[buffer.argument], buffer.offset);
    if (buffer.rowBytes > 0)
      address = wrapper.at(address, wrapper.multiply(buffer.isOutput ? place.item : place.token, buffer.rowBytes));
    if (buffer.blockBytes == 0) return address;
    address = wrapper.at(address, place.cacheOffset);
    address = wrapper.at(address, wrapper.multiply(wrapper.divide(place.position, 16), buffer.blockBytes));
    address = wrapper.at(address, wrapper.multiply(wrapper.divide(wrapper.remainder(place.position, 16), 4), buffer.quadBytes));
    return wrapper.at(address, wrapper.multiply(wrapper.remainder(place.position, 4), buffer.laneBytes));
  };
  // A key's elements lie two to a line, and a processor that meets the lines one by one waits for each (SmolLM2's rope and append:
  // 0.79 of the time with one thread, 0.64 with two, Zen 3, 2026-12).
  const auto ask = [&](const RowBuffer &buffer, const Place &place) {
    const int64_t lines = (buffer.spanBytes + 63) / 64, together = lines % 4 == 0 ? 4 : 1;
    const Value firstRow = addressOf(buffer, place);
    wrapper.loop(wrapper.constant(0), wrapper.constant(buffer.heads), [&](Value head) {
      const Value row = wrapper.at(firstRow, wrapper.multiply(head, buffer.headBytes));
      wrapper.loop(wrapper.constant(0), wrapper.constant(lines / together), [&](Value some) {
        const Value first = wrapper.at(row, wrapper.multiply(some, 64 * together));
        for (int64_t line = 0; line < together; line++) wrapper.prefetchForStore(wrapper.at(first, 64 * line));
      });
    });
  };
  constexpr int64_t mostAsked = 8; // more tokens are a text's: the ones before have stored beside them
  if (writesCache)
    wrapper.loop(wrapper.begin, wrapper.minimum(wrapper.end, wrapper.add(wrapper.begin, wrapper.constant(mostAsked))),
                 [&](Value item) {
                   const Place place = placeOf(item);
                   for (const RowBuffer &buffer : body.outputs)
                     if (buffer.blockBytes > 0) ask(buffer, place);
                 });

  wrapper.loop(wrapper.begin, wrapper.end, [&](Value item) {
    const Place place = placeOf(item);
    SmallVector<Value> arguments;
    for (size_t i = 0; i < body.inputs.size(); ++i) {
      Value address = addressOf(body.inputs[i], place);
      if (copies[i]) {
        wrapper.copy(copies[i], address, body.inputs[i].rowBytes);
        address = copies[i];
      }
      arguments.push_back(wrapper.bufferOf(slots[i], address));
    }
    if (body.needsPosition) arguments.push_back(wrapper.narrow(place.position));
    for (size_t i = 0; i < body.outputs.size(); ++i)
      arguments.push_back(wrapper.bufferOf(slots[body.inputs.size() + i], addressOf(body.outputs[i], place)));
    wrapper.call(body.function, arguments);
  });
  wrapper.finish();
  bitcode.files.push_back(std::move(body.bitcode));
  return success();
}

} // namespace ingot::cpu
