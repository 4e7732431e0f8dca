// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/halide/AttentionBody.h"

#include "codegen/cpu/halide/Expressions.h"
#include "codegen/cpu/halide/HalideModule.h"

#include <algorithm>

namespace ingot::cpu {

using namespace Halide;

/// The largest divisor of n that isn't above limit.
static int64_t divisorUpTo(int64_t n, int64_t limit) {
  int64_t divisor = std::max<int64_t>(1, std::min(n, limit));
  while (n % divisor != 0) --divisor;
  return divisor;
}

ScoreStrides ScoreStrides::of(const AttentionKernel &kernel) {
  return {.block = 16, .head = kernel.positions, .token = kernel.heads * kernel.positions};
}

int64_t itemsPerTokenBlock(const AttentionKernel &kernel) { return kernel.kvHeads; }

namespace {

/// The cache of one key/value head, as float32.
class CacheInput {
public:
  CacheInput(const CacheLayout &layout, const Expr &blocks, const std::string &name)
      : layout(layout), codes(typeOf(layout), isScaled() ? 4 : 3, name), scales(Float(16), 3, name + "_scales") {
    const int64_t bytes = layout.elementBytes(), block = layout.blockBytes();
    const int width = int(layout.width);
    if (!isScaled()) {
      setDimensions(codes, {16, width, blocks}, {layout.elementAt(1, 0) / bytes, layout.elementAt(0, 1) / bytes, block / bytes});
      return;
    }
    // Four neighbours (elements of a key, positions of values) lie side by side.
    const int fours = (layout.isKeys ? width : 16) / 4, others = layout.isKeys ? 16 : width;
    setDimensions(codes, {4, fours, others, blocks}, {1, 4 * others, 4, block});
    setDimensions(scales, {16, width / 32, blocks}, {1, 16, block / 2});
  }

  bool isScaled() const { return layout.element == CacheElement::q8; }
  void addTo(std::vector<Argument> &arguments) const {
    arguments.push_back(codes);
    if (isScaled()) arguments.push_back(scales);
  }

  Expr operator()(const Expr &x, const Expr &lane, const Expr &block) const {
    if (isScaled()) {
      const Expr &split = layout.isKeys ? x : lane, &other = layout.isKeys ? lane : x;
      const Expr code = cast<int32_t>(codes(split % 4, split / 4, other, block)) - (layout.isKeys ? 128 : 0);
      return cast<float>(code) * cast<float>(scales(lane, x / 32, block));
    }
    const Expr stored = codes(lane, x, block);
    return layout.element == CacheElement::bf16 ? reinterpret<float>(cast<uint32_t>(stored) << 16) : cast<float>(stored);
  }

private:
  static Type typeOf(const CacheLayout &layout) {
    switch (layout.element) {
    case CacheElement::f16:
      return Float(16);
    case CacheElement::bf16:
      return UInt(16);
    case CacheElement::q8:
      return layout.isKeys ? UInt(8) : Int(8);
    case CacheElement::f32:
      return Float(32);
    }
    return {};
  }

  CacheLayout layout;
  ImageParam codes, scales;
};

struct Builder {
  const AttentionKernel &kernel;
  const ScoreStrides strides = ScoreStrides::of(kernel);
  const int width = int(kernel.width), heads = int(kernel.heads / kernel.kvHeads);
  Var lane{"lane"}, block{"block"}, head{"head"}, token{"token"}, x{"x"};
  Param<int> blocks{"blocks"}, tokens{"tokens"};

  explicit Builder(const AttentionKernel &kernel) : kernel(kernel) {}

  Expr tokenExtent() const { return kernel.tokensPerItem == 1 ? Expr(1) : Expr(tokens); }
  CacheLayout layoutOf(bool isKeys) const {
    return {
        .element = kernel.cache, .isKeys = isKeys, .heads = kernel.kvHeads, .width = kernel.width, .positions = kernel.positions};
  }

  BodyFunction function();
  BodyFunction scores();
  BodyFunction softmax();
  BodyFunction mix();
};

BodyFunction Builder::scores() {
  ImageParam queries(Float(32), 3, "queries"); // [d, head, token]
  setDimensions(queries, {width, heads, tokenExtent()}, {1, width, kernel.heads * width});
  const CacheInput keys(layoutOf(true), blocks, "keys");

  Func dot("dot"), result("scores");
  RDom d(0, width, "d");
  dot(lane, block, head, token) = 0.0f;
  dot(lane, block, head, token) = queries(d, head, token) * keys(d, lane, block) + dot(lane, block, head, token);
  result(lane, block, head, token) = dot(lane, block, head, token) * kernel.scale;

  Var headOuter("headOuter");
  result.split(head, headOuter, head, int(divisorUpTo(heads, 16)), TailStrategy::RoundUp)
      .reorder(lane, head, block, token, headOuter)
      .vectorize(lane, 16, TailStrategy::RoundUp)
      .unroll(head)
      .never_partition_all();
  dot.compute_at(result, block).store_in(MemoryType::Stack).vectorize(lane).unroll(head);
  dot.update().reorder(lane, head, d).vectorize(lane).unroll(head).never_partition_all();
  if (width % 4 == 0) dot.update().unroll(d, 4, TailStrategy::GuardWithIf);
  setDimensions(result.output_buffer(), {16, blocks, heads, tokenExtent()}, {1, strides.block, strides.head, strides.token});
  std::vector<Argument> arguments = {queries};
  keys.addTo(arguments);
  arguments.insert(arguments.end(), {blocks, tokens});
  return {kernel.name + "_scores", {result}, arguments};
}

BodyFunction Builder::softmax() {
  Param<int> query("query");
  ImageParam scores(Float(32), 3, "scores"); // [lane, block, head] of one token
  setDimensions(scores, {16, blocks, heads}, {1, strides.block, strides.head});
  const auto masked = [&](const Expr &block) {
    const Expr key = block * 16 + lane;
    Expr visible = key <= query;
    if (kernel.window > 0) visible = visible && key > query - int(kernel.window);
    return select(visible, scores(lane, block, head), -1e30f); // so small that its exponential is 0
  };
  RDom r(0, blocks, "r");
  Func largest("largest"), top("top"), exponentials("exponentials"), sums("sums"), inverse("inverse"),
      probabilities("probabilities");
  largest(lane, head) = -1e30f;
  largest(lane, head) = max(masked(r), largest(lane, head));
  top(head) = tree(16, [&](int i) { return largest(i, head); }, [](Expr a, Expr b) { return max(a, b); });
  // Computed for the sum and again for the quotient.
  exponentials(lane, block, head) = exponential(masked(block) - top(head));
  sums(lane, head) = 0.0f;
  sums(lane, head) += exponentials(lane, r, head);
  inverse(head) = 1.0f / tree(16, [&](int i) { return sums(i, head); }, [](Expr a, Expr b) { return a + b; });
  probabilities(lane, block, head) = exponentials(lane, block, head) * inverse(head);

  for (Func partial : {largest, sums}) {
    partial.compute_root().store_in(MemoryType::Stack).vectorize(lane, 16, TailStrategy::RoundUp);
    partial.update().reorder(lane, r, head).vectorize(lane, 16, TailStrategy::RoundUp).never_partition_all();
  }
  top.compute_root().store_in(MemoryType::Stack);
  inverse.compute_root().store_in(MemoryType::Stack);
  probabilities.reorder(lane, block, head).vectorize(lane, 16, TailStrategy::RoundUp).never_partition_all();
  setDimensions(probabilities.output_buffer(), {16, blocks, heads}, {1, strides.block, strides.head});
  return {kernel.name + "_softmax", {probabilities}, {scores, blocks, query}};
}

BodyFunction Builder::mix() {
  ImageParam weights(Float(32), 4, "weights");
  const CacheInput values(layoutOf(false), blocks, "values");
  setDimensions(weights, {16, blocks, heads, tokenExtent()}, {1, strides.block, strides.head, strides.token});

  Func sum("sum"), result("result");
  RDom r(0, 16, 0, blocks, "r"); // key in block, block
  sum(x, head, token) = 0.0f;
  sum(x, head, token) = weights(r.x, r.y, head, token) * values(x, r.x, r.y) + sum(x, head, token);
  result(x, head, token) = sum(x, head, token);

  int lanes = 16;
  while (width % lanes != 0) lanes /= 2;
  const int headTile = int(divisorUpTo(heads, 4)), wide = lanes * int(divisorUpTo(width / lanes, 24 / headTile));
  Var xOuter("xOuter"), headOuter("headOuter"), vector("vector");
  result.split(head, headOuter, head, headTile, TailStrategy::RoundUp)
      .split(x, xOuter, x, wide, TailStrategy::RoundUp)
      .split(x, vector, x, lanes, TailStrategy::RoundUp)
      .reorder(x, vector, head, token, headOuter, xOuter)
      .vectorize(x)
      .unroll(vector)
      .unroll(head)
      .never_partition_all();
  sum.compute_at(result, token).store_in(MemoryType::Stack).vectorize(x, lanes, TailStrategy::RoundUp).unroll(x).unroll(head);
  sum.update()
      .split(x, vector, x, lanes, TailStrategy::RoundUp)
      .reorder(x, vector, head, r.x, r.y)
      .vectorize(x)
      .unroll(vector)
      .unroll(head)
      .unroll(r.x, 4, TailStrategy::GuardWithIf)
      .never_partition_all();
  setDimensions(result.output_buffer(), {width, heads, tokenExtent()}, {1, width, kernel.heads * width});
  std::vector<Argument> arguments = {weights};
  values.addTo(arguments);
  arguments.insert(arguments.end(), {blocks, tokens});
  return {kernel.name + "_mix", {result}, arguments};
}

BodyFunction Builder::function() {
  switch (kernel.part) {
  case AttentionPart::scores:
    return scores();
  case AttentionPart::softmax:
    return softmax();
  default:
    return mix();
  }
}

} // namespace

bool buildAttentionBody(const AttentionKernel &kernel, AttentionBody &body, std::string &error) {
  body = {};
  return catchingErrors(kernel.name, error, [&] {
    const BodyFunction function = Builder(kernel).function();
    body.name = function.name;
    body.bitcode = compileToBitcode(kernel.name, kernel.unit, {function});
  });
}

} // namespace ingot::cpu
