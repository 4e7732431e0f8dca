// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What leaves a row kernel: rows, places in the caches, and a matmul's input as ActivationLayout.h describes it.
#include "codegen/cpu/halide/Expressions.h"
#include "codegen/cpu/halide/RowGraph.h"

namespace ingot::cpu {

using namespace Halide;

RowPlane finish(Func function, const RowBuffer &buffer, const std::vector<Expr> &extents, const std::vector<int64_t> &strides) {
  for (int i = 0; i < int(extents.size()); ++i)
    function.output_buffer().dim(i).set_bounds(0, extents[i]).set_stride(int(strides[i]));
  function.compute_root();
  return {function, buffer};
}

static void addRows(const RowGraph &graph, const RowOutput &output, const std::string &name, std::vector<RowPlane> &planes) {
  const RowShape &shape = graph.shape(output.node);
  Var x("x"), head("head");
  Func function(name);
  function(x, head) = graph.value(output.node)(x, head);
  vectorise(function, x, shape.width);
  const RowBuffer buffer = {.argument = output.argument, .rowBytes = shape.heads * shape.width * 4, .isOutput = true};
  planes.push_back(finish(function, buffer, {int(shape.width), int(shape.heads)}, {1, shape.width}));
}

/// float32 or bfloat16, without scales.
static void addPlain(const RowGraph &graph, const RowOutput &output, const std::string &name, std::vector<RowPlane> &planes) {
  const int columns = int(output.layout.columns);
  const bool brain = output.layout.kind == ActivationKind::bf16;
  Var x("x");
  Func function(name);
  int extent = columns;
  if (!brain) {
    function(x) = graph.linear(output.node, x);
  } else if (columns % 2 == 0) {
    function(x) = bfloatBits(graph.linear(output.node, x));
  } else { // the odd one's partner is zero
    extent = columns + 1;
    function(x) = select(x < columns, bfloatBits(graph.linear(output.node, min(x, columns - 1))), cast<uint16_t>(0));
  }
  vectorise(function, x, extent);
  const RowBuffer buffer = {
      .argument = output.argument, .offset = output.layout.codes, .rowBytes = output.layout.recordBytes, .isOutput = true};
  planes.push_back(finish(function, buffer, {extent}, {1}));
}

/// Codes as int16, in pairs as vpmaddwd takes them.
static RowPlane wordPlane(const RowOutput &output, const std::string &name, int blocks,
                          const std::function<Expr(const Expr &)> &codeAt) {
  Var pair("pair"), odd("odd"), block("block");
  Func function(name + "_words");
  const Expr first = 32 * block + 4 * pair + odd;
  function(pair, odd, block) = (codeAt(first) & 0xffff) | (codeAt(first + 2) << 16);
  function.vectorize(pair, 8).unroll(odd);
  const RowBuffer buffer = {
      .argument = output.argument, .offset = output.layout.codes, .rowBytes = output.layout.recordBytes, .isOutput = true};
  return finish(function, buffer, {8, 2, blocks}, {1, 8, 16});
}

void addQuantised(const RowGraph &graph, const RowOutput &output, const std::string &name, std::vector<RowPlane> &planes) {
  const ActivationLayout &layout = output.layout;
  const int columns = int(layout.columns), blocks = columns / 32;
  const float largest = layout.kind == ActivationKind::q15 ? 16256.0f : 127.0f;
  Var x("x"), block("block");
  const auto plane = [&](Func function, int64_t offset, int extent) {
    const RowBuffer buffer = {.argument = output.argument, .offset = offset, .rowBytes = layout.recordBytes, .isOutput = true};
    planes.push_back(finish(function, buffer, {extent}, {1}));
  };

  // The largest magnitude of a block, as bits, so that the maximum is an integer one and NaN wins.
  Func largestOf(name + "_largest");
  RDom within(0, 32, name + "_within");
  largestOf(block) = 0;
  largestOf(block) = max(largestOf(block), magnitudeBits(graph.linear(output.node, block * 32 + within)));
  largestOf.compute_root().store_in(placeFor(blocks * 8));
  largestOf.update().atomic().vectorize(within, 32);
  const Expr magnitude = reinterpret<float>(largestOf(block));

  // A block of zeros (or so small that its reciprocal overflows) has scale 0 and codes 0.
  const Expr isZero = largestOf(block) < reinterpret<int32_t>(Expr(1e-30f));
  Func scales(name + "_scales"), inverse(name + "_inverse");
  scales(block) = select(isZero, 0.0f, magnitude / largest);
  vectorise(scales, block, blocks);
  plane(scales, layout.scales, blocks);
  inverse(block) = select(isZero, 0.0f, largest / magnitude);
  inverse.compute_root().store_in(placeFor(blocks * 8));
  vectorise(inverse, block, blocks);

  // x times the reciprocal differs from x / scale by less than 2^-8 of a code's step, well below the rounding itself.
  const Expr rounded = roundedOf(graph.linear(output.node, x) * inverse(x / 32)).integer;
  std::function<Expr(const Expr &)> codeAt; // of a place
  const auto bytes = [&](const char *suffix, const Expr &value, int64_t offset) {
    Func function(name + suffix);
    function(x) = cast<int8_t>(value);
    function.vectorize(x, 32, TailStrategy::RoundUp);
    plane(function, offset, columns);
    return function;
  };
  if (layout.kind == ActivationKind::q8) {
    codeAt = [codes = bytes("_codes", rounded, layout.codes)](const Expr &index) { return cast<int32_t>(codes(index)); };
  } else {
    Func integers(name + "_integers");
    integers(x) = cast<int16_t>(rounded);
    integers.compute_root().store_in(placeFor(columns * 2)).vectorize(x, 32, TailStrategy::RoundUp);
    codeAt = [integers](const Expr &index) { return cast<int32_t>(integers(index)); };
    if (layout.hasWords()) {
      planes.push_back(wordPlane(output, name, blocks, codeAt));
    } else {
      const Expr high = (integers(x) + cast<int16_t>(64)) >> cast<int16_t>(7);
      bytes("_codes", high, layout.codes);
      bytes("_low", integers(x) - (high << cast<int16_t>(7)), layout.codes + layout.codePlaneBytes);
    }
  }

  // Sums of integers, so their order doesn't matter. Those over 32 are made of those over 16.
  const bool halves = layout.negated16 >= 0 || layout.scaled16 >= 0;
  if (!halves && layout.negated32 < 0 && layout.scaled32 < 0) return;
  const int unit = halves ? 16 : 32;
  Func sums(name + "_sums");
  RDom part(0, unit, name + "_part");
  sums(block) = 0;
  sums(block) += codeAt(block * unit + part);
  sums.compute_root().store_in(placeFor(blocks * 8));
  sums.update().atomic().vectorize(part, unit);
  const auto sumPlane = [&](const char *suffix, int64_t offset, int size, bool scaled) {
    if (offset < 0) return;
    Func function(name + suffix);
    const Expr sum = size == unit ? sums(block) : sums(2 * block) + sums(2 * block + 1);
    function(block) = scaled ? scales(size == 32 ? block : block / 2) * cast<float>(sum) : -sum;
    vectorise(function, block, columns / size);
    plane(function, offset, columns / size);
  };
  sumPlane("_negated32", layout.negated32, 32, false);
  sumPlane("_negated16", layout.negated16, 16, false);
  sumPlane("_scaled32", layout.scaled32, 32, true);
  sumPlane("_scaled16", layout.scaled16, 16, true);
}

void addOutput(const RowGraph &graph, const RowOutput &output, int index, std::vector<RowPlane> &planes) {
  const std::string name = "output" + std::to_string(index);
  if (output.store == RowStore::rows) return addRows(graph, output, name, planes);
  if (output.store == RowStore::cache) return addCache(graph, output, name, planes);
  if (!output.layout.isQuantised()) return addPlain(graph, output, name, planes);
  addQuantised(graph, output, name, planes);
}

} // namespace ingot::cpu
