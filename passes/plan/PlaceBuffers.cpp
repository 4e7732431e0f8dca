// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// PlaceBuffers: offsets for the arena, the weights and the caches.
#include "passes/Explain.h"
#include "passes/plan/BufferLifetimes.h"
#include "passes/plan/Passes.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace ingot {
#define GEN_PASS_DEF_PLACEBUFFERS
#include "passes/plan/Passes.h.inc"

namespace {
constexpr int64_t alignment = 64;

/// From one cache to the next. Attention reads the same positions of each cache; were they powers of two apart, as many contexts
/// would make them, the pages would share the few places that a processor's TLB has for such addresses. (Together with asking for
/// the first keys and values SmolLM2's attention takes 0.92 of the time with one thread, 0.89 with two: 8,192 positions, of which
/// 65 are read, Zen 3, 2026-12.)
int64_t cacheStride(int64_t bytes) {
  constexpr int64_t page = 4096;
  return bytes < page ? llvm::alignTo(bytes, alignment) : (llvm::divideCeil(bytes, page) | 1) * page;
}

struct PlaceBuffers : impl::PlaceBuffersBase<PlaceBuffers> {
  void runOnOperation() override {
    llvm::StringMap<int64_t> places[2]; // weights, cache
    int64_t ends[2] = {0, 0};
    for (auto program : getOperation().getOps<plan::ProgramOp>()) {
      placeArena(program);
      for (auto buffer : program.getBody().getOps<plan::BufferOp>()) {
        bool isPlaced = buffer.getSpace() == plan::Space::arena && buffer.getOffset();
        if (isPlaced) continue;
        if (!buffer.getName()) { // one in its space, or used by no step
          buffer.setOffset(0);
          continue;
        }
        const bool isCache = buffer.getSpace() == plan::Space::cache;
        const unsigned space = isCache;
        auto [place, isNew] = places[space].try_emplace(*buffer.getName(), ends[space]);
        const int64_t bytes = buffer.getBytes();
        if (isNew) ends[space] += isCache ? cacheStride(bytes) : llvm::alignTo(bytes, alignment);
        buffer.setOffset(place->second);
      }
    }
  }

  static void placeArena(plan::ProgramOp program) {
    auto lifetimes = bufferLifetimes(program);
    int64_t sum = 0;
    SmallVector<std::tuple<int64_t, unsigned>> order; // large ones first, then as they are used
    for (auto [index, lifetime] : llvm::enumerate(lifetimes)) order.push_back({-int64_t(lifetime.buffer.getBytes()), index});
    llvm::sort(order);
    SmallVector<BufferLifetime> placed;
    int64_t arena = 0;
    for (auto [negatedBytes, index] : order) {
      BufferLifetime &lifetime = lifetimes[index];
      int64_t bytes = llvm::alignTo(int64_t(lifetime.buffer.getBytes()), alignment), offset = 0;
      sum += bytes;
      // The lowest gap between the placed buffers that are alive at the same time; `placed` is in order of offsets.
      for (BufferLifetime &other : placed) {
        if (!lifetime.overlaps(other)) continue;
        if (int64_t(*other.buffer.getOffset()) >= offset + bytes) break;
        offset = std::max<int64_t>(offset, *other.buffer.getOffset() + llvm::alignTo(int64_t(other.buffer.getBytes()), alignment));
      }
      lifetime.buffer.setOffset(offset);
      arena = std::max(arena, offset + bytes);
      auto *place = llvm::lower_bound(
          placed, offset, [](BufferLifetime &other, int64_t value) { return int64_t(*other.buffer.getOffset()) < value; });
      placed.insert(place, lifetime);
    }
    program.setArena(arena);
    explainDone(program, "place-buffers",
                Twine(lifetimes.size()) + " buffers (" + program.getSymName() + " tokens), together " + Twine(sum) +
                    " bytes, share an arena of " + Twine(arena));
  }
};
} // namespace
} // namespace ingot
