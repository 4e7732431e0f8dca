// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// New keys or values on their way into a cache, as CacheLayout.h describes it.
#include "codegen/cpu/halide/Expressions.h"
#include "codegen/cpu/halide/RowGraph.h"

namespace ingot::cpu {

using namespace Halide;

namespace {

struct CacheOutput {
  const RowGraph &graph;
  const RowOutput &output;
  const std::string name;
  std::vector<RowPlane> &planes;
  const CacheLayout &cache = output.cache;
  const int width = int(cache.width), heads = int(cache.heads);
  Var x{"x"}, head{"head"};

  Expr value(const Expr &element) const { return graph.value(output.node)(element, head); }

  /// How far apart two places are, in bytes, that only the position tells apart.
  RowBuffer buffer(int64_t offset, int64_t quadBytes, int64_t laneBytes, int64_t spanBytes) const {
    return {.argument = output.argument,
            .offset = offset,
            .blockBytes = cache.blockBytes(),
            .quadBytes = quadBytes,
            .laneBytes = laneBytes,
            .heads = heads,
            .headBytes = cache.headBytes(),
            .spanBytes = spanBytes,
            .isOutput = true};
  }
  int64_t rowBytes() const { return cache.elementAt(0, width - 1) + cache.elementBytes(); }

  void plain();
  void quantised();
};

void CacheOutput::plain() {
  const int64_t bytes = cache.elementBytes(), lane = cache.elementAt(1, 0);
  Func function(name);
  function(x, head) = cache.element == CacheElement::f16    ? cast<float16_t>(value(x))
                      : cache.element == CacheElement::bf16 ? bfloatBits(value(x))
                                                            : value(x);
  vectorise(function, x, width);
  planes.push_back(finish(function, buffer(0, 4 * lane, lane, rowBytes()), {width, heads},
                          {cache.elementAt(0, 1) / bytes, cache.headBytes() / bytes}));
}

void CacheOutput::quantised() {
  const int scaled = int(CacheLayout::scaledElements);
  // The largest magnitude of a block, as bits, so that the maximum is an integer one and NaN wins.
  Var block("block"), byte("byte"), quad("quad");
  Func largest(name + "_largest"), scales(name + "_scales"), inverse(name + "_inverse"), codes(name + "_codes");
  RDom within(0, scaled, name + "_within");
  largest(block, head) = 0;
  largest(block, head) = max(largest(block, head), magnitudeBits(value(block * scaled + within)));
  largest.compute_root().store_in(placeFor(width / scaled * heads * 8));
  largest.update().atomic().vectorize(within, scaled);

  // Codes are of the scale as it is stored; one that float16 rounds to zero makes zeros.
  scales(block, head) = cast<float16_t>(reinterpret<float>(largest(block, head)) / 127.0f);
  planes.push_back(finish(scales, buffer(cache.scaleAt(0, 0), 4 * 2, 2, cache.scaleAt(0, width - 1) + 2 - cache.scaleAt(0, 0)),
                          {width / scaled, heads}, {CacheLayout::blockPositions, cache.headBytes() / 2}));
  const Expr scale = cast<float>(scales(block, head));
  inverse(block, head) = select(scale == 0.0f, 0.0f, 1.0f / scale);
  inverse.compute_root().store_in(placeFor(width / scaled * heads * 8));

  const auto code = [&](const Expr &element) {
    const Expr rounded = roundedOf(value(element) * inverse(element / scaled, head)).integer;
    return clamp(rounded, -127, 127);
  };
  if (cache.isKeys) {
    codes(byte, quad, head) = cast<uint8_t>(code(quad * 4 + byte) + 128);
    codes.vectorize(byte, 4, TailStrategy::RoundUp);
    planes.push_back(finish(codes, buffer(0, 4 * cache.elementAt(1, 0), cache.elementAt(1, 0), rowBytes()), {4, width / 4, heads},
                            {1, cache.elementAt(0, 4), cache.headBytes()}));
  } else {
    codes(x, head) = cast<int8_t>(code(x));
    vectorise(codes, x, width);
    planes.push_back(
        finish(codes, buffer(0, cache.elementAt(4, 0), 1, rowBytes()), {width, heads}, {cache.elementAt(0, 1), cache.headBytes()}));
  }
}

} // namespace

void addCache(const RowGraph &graph, const RowOutput &output, const std::string &name, std::vector<RowPlane> &planes) {
  CacheOutput cache{graph, output, name, planes};
  if (output.cache.element == CacheElement::q8)
    cache.quantised();
  else
    cache.plain();
}

} // namespace ingot::cpu
