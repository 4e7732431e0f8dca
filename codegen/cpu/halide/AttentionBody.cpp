// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/halide/AttentionBody.h"

#include "codegen/cpu/halide/Expressions.h"
#include "codegen/cpu/halide/HalideModule.h"

#include <algorithm>
#include <numeric>

namespace ingot::cpu {

using namespace Halide;

/// The largest divisor of n that isn't above limit.
static int64_t divisorUpTo(int64_t n, int64_t limit) {
  int64_t divisor = std::max<int64_t>(1, std::min(n, limit));
  while (n % divisor != 0) --divisor;
  return divisor;
}

AttentionTiles AttentionTiles::of(const AttentionKernel &kernel) {
  AttentionTiles tiles;
  tiles.heads = kernel.heads / kernel.kvHeads;
  tiles.tokens = kernel.part == AttentionPart::fused ? std::gcd<int64_t>(kernel.tokensPerItem, 16) : 1;
  // Few rows leave the multiply-adds waiting for each other: more keys at once then.
  tiles.keyBlocks = 1;
  if (kernel.part == AttentionPart::fused) tiles.keyBlocks = std::clamp<int64_t>(8 / (tiles.tokens * tiles.heads), 1, 4);
  return tiles;
}

ScoreStrides ScoreStrides::of(const AttentionKernel &kernel) {
  const AttentionTiles tiles = AttentionTiles::of(kernel);
  if (kernel.part == AttentionPart::fused)
    return {.block = 16 * tiles.heads * kernel.tokensPerItem, .head = 16, .token = 16 * tiles.heads};
  return {.block = 16, .head = kernel.positions, .token = kernel.heads * kernel.positions};
}

int64_t itemsPerTokenBlock(const AttentionKernel &kernel) { return kernel.kvHeads; }

int64_t scratchBytes(const AttentionKernel &kernel) {
  if (kernel.part != AttentionPart::fused) return 0;
  const AttentionTiles tiles = AttentionTiles::of(kernel);
  const int64_t rows = kernel.tokensPerItem * tiles.heads;
  const int64_t blocks = kernel.positions / 16 + tiles.keyBlocks - 1;
  const int64_t results = tiles.tokens > 1 ? kernel.tokensPerItem * kernel.heads * kernel.width * 4 : 0;
  return blocks * rows * 64 + (rows * 4 + 63) / 64 * 64 + (results + 63) / 64 * 64;
}

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
  const AttentionTiles tiles = AttentionTiles::of(kernel);
  const ScoreStrides strides = ScoreStrides::of(kernel);
  const int width = int(kernel.width), heads = int(tiles.heads);
  Var lane{"lane"}, block{"block"}, head{"head"}, token{"token"}, x{"x"};
  Param<int> blocks{"blocks"}, tokens{"tokens"};

  explicit Builder(const AttentionKernel &kernel) : kernel(kernel) {}

  /// Tokens worked on: all tiles that hold a valid one.
  Expr tokenExtent() const {
    return kernel.tokensPerItem == tiles.tokens ? Expr(int(tiles.tokens)) : tokens / int(tiles.tokens) * int(tiles.tokens);
  }

  CacheLayout layoutOf(bool isKeys) const {
    return {
        .element = kernel.cache, .isKeys = isKeys, .heads = kernel.kvHeads, .width = kernel.width, .positions = kernel.positions};
  }

  BodyFunction scores(const std::string &name);
  BodyFunction softmax(const std::string &name);
  BodyFunction mix(const std::string &name);
};

BodyFunction Builder::scores(const std::string &name) {
  Param<int> chunks("chunks");
  ImageParam queries(Float(32), 3, "queries"); // [d, head, token]
  setDimensions(queries, {width, heads, tokenExtent()}, {1, width, kernel.heads * width});
  const CacheInput keys(layoutOf(true), blocks, "keys");
  const int chunk = int(tiles.keyBlocks);

  Func packed("packed"), dot("dot"), result("scores");
  RDom d(0, width, "d");
  // Blocks of a chunk beyond the last repeat it, so that nothing outside of the cache is read; nobody reads their scores.
  const Expr stored = chunk == 1 ? Expr(block) : min(block, blocks - 1);
  packed(x, head, token) = queries(x, head, token);
  dot(lane, block, head, token) = 0.0f;
  dot(lane, block, head, token) = packed(d, head, token) * keys(d, lane, stored) + dot(lane, block, head, token);
  result(lane, block, head, token) = dot(lane, block, head, token) * kernel.scale;

  Var blockOuter("blockOuter"), headOuter("headOuter"), tokenOuter("tokenOuter");
  const int headTile = int(divisorUpTo(heads, std::max<int64_t>(1, 16 / (tiles.tokens * chunk))));
  result.split(token, tokenOuter, token, int(tiles.tokens), TailStrategy::RoundUp)
      .split(head, headOuter, head, headTile, TailStrategy::RoundUp)
      .split(block, blockOuter, block, chunk, TailStrategy::RoundUp)
      .reorder(lane, token, head, block, blockOuter, tokenOuter, headOuter)
      .vectorize(lane, 16, TailStrategy::RoundUp)
      .unroll(token)
      .unroll(head)
      .unroll(block)
      .never_partition_all();
  if (tiles.tokens > 4) { // a token's stride is often a multiple of 4096 bytes, which all fall into one set of the first cache
    packed.compute_at(result, tokenOuter).store_in(placeFor((width + 16) * tiles.tokens * 4)).bound_storage(x, width + 16);
    vectorise(packed, x, width);
  }
  dot.compute_at(result, blockOuter).store_in(MemoryType::Stack).vectorize(lane).unroll(block).unroll(head).unroll(token);
  dot.update().reorder(lane, block, head, token, d).vectorize(lane).unroll(block).unroll(head).unroll(token).never_partition_all();
  if (width % 4 == 0) dot.update().unroll(d, 4, TailStrategy::GuardWithIf);
  setDimensions(result.output_buffer(), {16, chunks * chunk, heads, tokenExtent()},
                {1, strides.block, strides.head, strides.token});
  std::vector<Argument> arguments = {queries};
  keys.addTo(arguments);
  arguments.insert(arguments.end(), {blocks, chunks, tokens});
  return {name, {result}, arguments};
}

BodyFunction Builder::softmax(const std::string &name) {
  Param<int> first("first"), query("query");
  ImageParam scores(Float(32), 3, "scores"); // [lane, block, head] of one token
  setDimensions(scores, {16, blocks, heads}, {1, strides.block, strides.head});
  const auto masked = [&](const Expr &block) {
    const Expr key = first + block * 16 + lane;
    Expr visible = key <= query;
    if (kernel.window > 0) visible = visible && key > query - int(kernel.window);
    return select(visible, scores(lane, block, head), -1e30f); // so small that its exponential is 0
  };
  RDom r(0, blocks, "r");
  Func largest("largest"), top("top"), exponentials("exponentials"), sums("sums"), inverse("inverse");
  largest(lane, head) = -1e30f;
  largest(lane, head) = max(masked(r), largest(lane, head));
  top(head) = tree(16, [&](int i) { return largest(i, head); }, [](Expr a, Expr b) { return max(a, b); });
  exponentials(lane, block, head) = exponential(masked(block) - top(head));
  sums(lane, head) = 0.0f;
  sums(lane, head) += exponentials(lane, r, head);
  inverse(head) = 1.0f / tree(16, [&](int i) { return sums(i, head); }, [](Expr a, Expr b) { return a + b; });

  for (Func partial : {largest, sums}) {
    partial.compute_root().store_in(MemoryType::Stack).vectorize(lane, 16, TailStrategy::RoundUp);
    partial.update().reorder(lane, r, head).vectorize(lane, 16, TailStrategy::RoundUp).never_partition_all();
  }
  top.compute_root().store_in(MemoryType::Stack);
  std::vector<Func> outputs;
  if (kernel.part == AttentionPart::fused) {
    exponentials.compute_root();
    setDimensions(inverse.output_buffer(), {heads}, {1});
    outputs = {exponentials, inverse};
  } else { // a probability is wanted; the exponential is computed for the sum and again for the quotient
    inverse.compute_root().store_in(MemoryType::Stack);
    Func probabilities("probabilities");
    probabilities(lane, block, head) = exponentials(lane, block, head) * inverse(head);
    outputs = {probabilities};
  }
  outputs[0].reorder(lane, block, head).vectorize(lane, 16, TailStrategy::RoundUp).never_partition_all();
  setDimensions(outputs[0].output_buffer(), {16, blocks, heads}, {1, strides.block, strides.head});
  return {name, outputs, {scores, blocks, first, query}};
}

BodyFunction Builder::mix(const std::string &name) {
  ImageParam weights(Float(32), 4, "weights"), inverse(Float(32), 2, "inverse");
  const CacheInput values(layoutOf(false), blocks, "values");
  setDimensions(weights, {16, blocks, heads, tokenExtent()}, {1, strides.block, strides.head, strides.token});
  setDimensions(inverse, {heads, tokenExtent()}, {1, heads});
  const bool fused = kernel.part == AttentionPart::fused;

  Func sum("sum"), result("result");
  RDom r(0, 16, 0, blocks, "r"); // key in block, block
  sum(x, head, token) = 0.0f;
  sum(x, head, token) = weights(r.x, r.y, head, token) * values(x, r.x, r.y) + sum(x, head, token);
  result(x, head, token) = fused ? sum(x, head, token) * inverse(head, token) : sum(x, head, token);

  int lanes = 16;
  while (width % lanes != 0) lanes /= 2;
  const int tokenTile = int(std::min<int64_t>(tiles.tokens, 8)), headTile = int(divisorUpTo(heads, std::max(1, 4 / tokenTile)));
  const int wide = lanes * int(divisorUpTo(width / lanes, 24 / (tokenTile * headTile)));
  Var xOuter("xOuter"), headOuter("headOuter"), tokenOuter("tokenOuter"), vector("vector");
  result.split(token, tokenOuter, token, tokenTile, TailStrategy::RoundUp)
      .split(head, headOuter, head, headTile, TailStrategy::RoundUp)
      .split(x, xOuter, x, wide, TailStrategy::RoundUp)
      .split(x, vector, x, lanes, TailStrategy::RoundUp)
      .reorder(x, vector, token, head, tokenOuter, headOuter, xOuter)
      .vectorize(x)
      .unroll(vector)
      .unroll(token)
      .unroll(head)
      .never_partition_all();
  sum.compute_at(result, tokenOuter)
      .store_in(MemoryType::Stack)
      .vectorize(x, lanes, TailStrategy::RoundUp)
      .unroll(x)
      .unroll(head)
      .unroll(token);
  sum.update()
      .split(x, vector, x, lanes, TailStrategy::RoundUp)
      .reorder(x, vector, token, head, r.x, r.y)
      .vectorize(x)
      .unroll(vector)
      .unroll(head)
      .unroll(token)
      .unroll(r.x, 4, TailStrategy::GuardWithIf)
      .never_partition_all();
  setDimensions(result.output_buffer(), {width, heads, tokenExtent()}, {1, width, kernel.heads * width});
  std::vector<Argument> arguments = {weights};
  values.addTo(arguments);
  if (fused) arguments.push_back(inverse);
  arguments.insert(arguments.end(), {blocks, tokens});
  return {name, {result}, arguments};
}

} // namespace

bool buildAttentionBody(const AttentionKernel &kernel, AttentionBody &body, std::string &error) {
  body = {};
  return catchingErrors(kernel.name, error, [&] {
    std::vector<BodyFunction> functions;
    Builder builder(kernel);
    const auto wants = [&](AttentionPart part) { return kernel.part == part || kernel.part == AttentionPart::fused; };
    if (wants(AttentionPart::scores)) functions.push_back(builder.scores(body.scores = kernel.name + "_scores"));
    if (wants(AttentionPart::softmax)) functions.push_back(builder.softmax(body.softmax = kernel.name + "_softmax"));
    if (wants(AttentionPart::mix)) functions.push_back(builder.mix(body.mix = kernel.name + "_mix"));
    body.bitcode = compileToBitcode(kernel.name, kernel.unit, functions);
  });
}

} // namespace ingot::cpu
