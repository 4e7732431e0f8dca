// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The kernel around the tiles: items, rows, chunks.
#include "codegen/cpu/attention/FlashAttention.h"

#include "codegen/cpu/attention/FlashChunk.h"
#include "codegen/cpu/attention/FlashTile.h"
#include "codegen/cpu/vector/KernelFunction.h"
#include "codegen/cpu/vector/Tiles.h"
#include "runtime/abi/Model.h"

#include "llvm/ADT/StringExtras.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <numbers>

namespace ingot::cpu {

bool isFlashAttention(const AttentionKernel &kernel) { return kernel.part == AttentionPart::fused && kernel.tokensPerItem > 1; }

int64_t flashBlockTokens(const AttentionKernel &kernel) {
  constexpr int64_t rows = 256; // converting costs as much as 8 of them
  return std::clamp<int64_t>(int64_t(std::bit_floor(uint64_t(rows * kernel.kvHeads / kernel.heads))), 16, 64);
}

int64_t flashScratchBytes(const AttentionKernel &kernel) { return FlashLayout(kernel).bytes; }

namespace {

class FlashKernel {
public:
  FlashKernel(const AttentionKernel &kernel, mlir::ModuleOp module) : kernel(kernel), layout(kernel), module(module) {}

  void emit() {
    for (int64_t vectors = 1; vectors <= keyVectors; vectors++) addTile(codeVectors(vectors), /*masked=*/true);
    addTile(keyVectors, /*masked=*/false);
    addKernel(module, kernel.name, [&](Emitter &e, const KernelArguments &arguments) { emitItems(e, arguments); });
  }

private:
  /// An item of the domain.
  struct Item {
    Value queries, keys, values, result; ///< of its first token and its heads
    Value position, tokens, rows, tiles;
  };

  /// A tile of weights has two vectors of keys.
  int64_t codeVectors(int64_t vectors) const { return layout.tiles ? (vectors + 1) / 2 * 2 : vectors; }

  /// Names all that a tile's code depends on, so that kernels of one module can share it.
  std::string tileName(int64_t vectors, bool masked) const {
    std::string name = layout.tiles ? "flash.tiles" : kernel.bf16Products ? "flash.bf16" : "flash.f32";
    for (auto [mark, number] : {std::pair(".d", kernel.width),
                                {".heads", layout.group},
                                {".t", kernel.tokensPerItem},
                                {".rows", layout.tileRows},
                                {".keys", vectors * 16}})
      name += mark + std::to_string(number);
    name += ".scale" + llvm::utohexstr(std::bit_cast<uint32_t>(kernel.scale), /*LowerCase=*/true);
    if (masked) name += kernel.window != 0 ? ".w" + std::to_string(kernel.window) : ".masked";
    return name;
  }

  void addTile(int64_t vectors, bool masked) {
    if (module.lookupSymbol(tileName(vectors, masked))) return;
    const Type pointer = mlir::LLVM::LLVMPointerType::get(module.getContext()),
               i64 = mlir::IntegerType::get(module.getContext(), 64);
    addFunction(
        module, tileName(vectors, masked), /*isPrivate=*/true, {pointer, pointer, i64, i64}, [&](Emitter &e, ValueRange arguments) {
          const FlashTile tile{layout, kernel.window, double(kernel.scale) * std::numbers::log2e, vectors, masked, kernel.unit};
          (layout.tiles          ? emitMatrixTile
           : kernel.bf16Products ? emitPairTile
                                 : emitFloatTile)(e, tile, arguments[0], arguments[1], arguments[2], arguments[3]);
        });
  }

  void callTile(Emitter &e, int64_t vectors, bool masked, Value chunk, Value tile, Value firstKey) {
    mlir::LLVM::CallOp::create(e.b, mlir::TypeRange(), tileName(vectors, masked), ValueRange({scratch, chunk, tile, firstKey}));
  }

  void emitItems(Emitter &e, const KernelArguments &arguments) {
    scratch = arguments.scratch;
    auto field = [&](Type type, int64_t offset) { return e.load(type, {arguments.frame, Value(), 0, offset}, 8); };
    Value blocks = field(e.pointer, kernel.wanted ? offsetof(ingot_frame, wanted_blocks) : offsetof(ingot_frame, blocks));
    Value count = field(e.i64, kernel.wanted ? offsetof(ingot_frame, wanted_block_count) : offsetof(ingot_frame, block_count));
    Value sequenceBytes = field(e.i64, offsetof(ingot_frame, sequence_bytes));
    Value operands[4];
    for (int number = 0; number < 4; number++) operands[number] = loadOperand(e, arguments, number);
    Value factor = e.constant(kernel.kvHeads);
    if (layout.tiles) {
      Tiles(e).configure(e.pointerTo({scratch, Value(), 0, layout.configuration}));
      padKeys(e);
    }
    e.loop(arguments.begin, arguments.end, 1, {}, [&](Value number, ValueRange) {
      // Later blocks see more keys: they come first, so that what is left at the end is small.
      Value block = e.subtract(e.subtract(count, e.constant(1)), e.divide(number, factor));
      Value head = e.subtract(number, e.multiply(e.divide(number, factor), factor));
      auto ofBlock = [&](int64_t offset) {
        return e.extendSigned(e.i64, e.load(e.i32, {blocks, block, sizeof(ingot_block), offset}, 4));
      };
      Value token = ofBlock(offsetof(ingot_block, token));
      Value sequence = e.multiply(ofBlock(offsetof(ingot_block, sequence)), sequenceBytes);
      auto cacheOf = [&](Value base, const CacheLayout &cache) {
        return e.pointerTo({base, e.add(sequence, e.multiply(head, e.constant(cache.headBytes()))), 1, 0});
      };
      Value row = e.add(e.multiply(token, e.constant(kernel.heads)), e.multiply(head, e.constant(layout.group)));
      Item item;
      item.queries = e.pointerTo({operands[0], row, kernel.width * 4, 0});
      item.keys = cacheOf(operands[1], layout.keyCache);
      item.values = cacheOf(operands[2], layout.valueCache);
      item.result = e.pointerTo({operands[3], row, kernel.width * 4, 0});
      item.position = ofBlock(offsetof(ingot_block, position));
      item.tokens = ofBlock(offsetof(ingot_block, count));
      item.rows = e.multiply(item.tokens, e.constant(layout.group));
      item.tiles = e.divide(e.add(item.rows, e.constant(layout.tileRows - 1)), e.constant(layout.tileRows));
      begin(e, item);
      forEachChunk(e, item);
      finish(e, item);
      return Values();
    });
    if (layout.tiles) Tiles(e).release();
  }

  void padKeys(Emitter &e) {
    if (layout.keySteps == layout.steps) return;
    e.loop(layout.heldChunks, {}, [&](Value number, ValueRange) {
      for (int64_t line = layout.steps * keyVectors; line < layout.keySteps * keyVectors; line++)
        e.store(e.splatFloat(e.floats, 0), {chunkAt(e, number), Value(), 0, layout.keys + line * 64}, 64);
      return Values();
    });
  }

  Value chunkAt(Emitter &e, Value number) { return e.pointerTo({scratch, number, layout.chunkBytes, layout.chunks}); }

  /// Values of a chunk that ends early: what weighs 0 must be numbers where whole tiles are multiplied.
  void zeroValues(Emitter &e, Value chunk, Value blocks) {
    e.loop(blocks, e.constant(keyVectors), 1, {}, [&](Value block, ValueRange) {
      for (int64_t first = 0; first < layout.vectors;) {
        const int64_t count = layout.valueGroups[first / layout.tileVectors];
        for (int64_t line = 0; line < 8 * count; line++)
          e.store(e.splatFloat(e.floats, 0), {chunk, block, 8 * count * 64, layout.valuesFrom(first) + line * 64}, 64);
        first += count;
      }
      return Values();
    });
  }

  /// Calls `body` with each row's number in scratch, and where it lies among queries or results.
  void forEachRow(Emitter &e, const Item &item, llvm::function_ref<void(Value row, Value offset, Value token)> body) {
    e.loop(e.constant(0), item.tokens, 1, {}, [&](Value token, ValueRange) {
      e.loop(layout.group, {}, [&](Value head, ValueRange) {
        Value row = e.add(e.multiply(token, e.constant(layout.group)), head);
        Value offset = e.add(e.multiply(token, e.constant(kernel.heads)), head);
        body(row, offset, token);
        return Values();
      });
      return Values();
    });
  }

  /// Queries as they are multiplied, empty sums. The last tile's rows that are none's get zeros and see what the first one sees.
  void begin(Emitter &e, const Item &item) {
    Value zeros = e.splatFloat(e.floats, 0);
    auto setVisible = [&](Value row, Value position) {
      Value narrow = mlir::LLVM::TruncOp::create(e.b, e.i32, position);
      e.store(narrow, {scratch, row, 4, layout.visible}, 4);
    };
    forEachRow(e, item, [&](Value row, Value offset, Value token) {
      packQuery(e, layout, e.pointerTo({item.queries, offset, kernel.width * 4, 0}),
                e.pointerTo({scratch, row, layout.queryBytes, layout.queries}));
      setVisible(row, e.add(item.position, token));
    });
    Value rows = e.multiply(item.tiles, e.constant(layout.tileRows));
    e.loop(item.rows, rows, 1, {}, [&](Value row, ValueRange) {
      for (int64_t at = 0; at < layout.queryBytes; at += 64)
        e.store(zeros, {scratch, row, layout.queryBytes, layout.queries + at}, 64);
      setVisible(row, item.position);
      return Values();
    });
    e.loop(e.constant(0), rows, 1, {}, [&](Value row, ValueRange) {
      for (int64_t at = 0; at < layout.sumBytes; at += 64) e.store(zeros, {scratch, row, layout.sumBytes, layout.sums + at}, 64);
      e.store(zeros, {scratch, row, 64, layout.totals}, 64);
      return Values();
    });
    e.loop(e.constant(0), item.tiles, 1, {}, [&](Value tile, ValueRange) {
      for (int64_t at = 0; at < layout.maximaBytes; at += 64)
        e.store(e.splatFloat(e.floats, noMaximum), {scratch, tile, layout.maximaBytes, layout.maxima + at}, 64);
      return Values();
    });
  }

  void forEachChunk(Emitter &e, const Item &item) {
    Value afterLast = e.add(item.position, item.tokens), size = e.constant(chunkKeys), first = e.constant(0);
    if (kernel.window > 0) {
      Value oldest = e.maximum(e.subtract(item.position, e.constant(kernel.window - 1)), e.constant(0));
      first = e.multiply(e.divide(oldest, size), size);
    }
    const int64_t heldKeys = layout.heldChunks * chunkKeys;
    e.loop(first, afterLast, heldKeys, {}, [&](Value firstHeld, ValueRange) {
      Value afterHeld = e.minimum(e.add(firstHeld, e.constant(heldKeys)), afterLast);
      auto forEachHeld = [&](llvm::function_ref<void(Value chunk, Value firstKey)> body) {
        e.loop(firstHeld, afterHeld, chunkKeys, {}, [&](Value firstKey, ValueRange) {
          body(chunkAt(e, e.divide(e.subtract(firstKey, firstHeld), size)), firstKey);
          return Values();
        });
      };
      forEachHeld([&](Value chunk, Value firstKey) { pack(e, item, chunk, firstKey, e.subtract(afterLast, firstKey)); });
      e.loop(e.constant(0), item.tiles, 1, {}, [&](Value tile, ValueRange) {
        forEachHeld([&](Value chunk, Value firstKey) { visitTile(e, item, chunk, tile, firstKey); });
        return Values();
      });
      return Values();
    });
  }

  /// A chunk of at most `left` keys and values as they are multiplied.
  void pack(Emitter &e, const Item &item, Value chunk, Value firstKey, Value left) {
    Value blocks = e.minimum(e.divide(e.add(left, e.constant(15)), e.constant(16)), e.constant(keyVectors));
    Value block = e.divide(firstKey, e.constant(CacheLayout::blockPositions));
    packKeys(e, layout, e.pointerTo({item.keys, block, layout.keyCache.blockBytes(), 0}), blocks, chunk);
    packValues(e, layout, e.pointerTo({item.values, block, layout.valueCache.blockBytes(), 0}), blocks, chunk);
    if (layout.tiles) zeroValues(e, chunk, blocks);
  }

  /// The code for what the tile's rows see of the chunk: all, some keys at its end not, or nothing.
  void visitTile(Emitter &e, const Item &item, Value chunk, Value tile, Value firstKey) {
    Value firstRow = e.multiply(tile, e.constant(layout.tileRows)), group = e.constant(layout.group);
    Value afterRow = e.minimum(e.add(firstRow, e.constant(layout.tileRows)), item.rows);
    Value first = e.add(item.position, e.divide(firstRow, group));
    Value last = e.add(item.position, e.divide(e.subtract(afterRow, e.constant(1)), group));
    Value lastKey = e.add(firstKey, e.constant(chunkKeys - 1));
    // What the last row sees decides how many vectors there are; and whether any is masked, the first row and a window's begin.
    Value isWhole = e.less(lastKey, e.add(first, e.constant(1)));
    Value seen = e.maximum(e.minimum(e.subtract(last, firstKey), e.constant(chunkKeys - 1)), e.constant(-1));
    Value vectors = e.divide(e.add(seen, e.constant(16)), e.constant(16));
    if (kernel.window > 0) {
      isWhole = e.bitAnd(isWhole, e.less(e.subtract(last, e.constant(kernel.window)), firstKey));
      Value isPast = e.less(lastKey, e.subtract(first, e.constant(kernel.window - 1)));
      vectors = e.select(isPast, e.constant(0), vectors);
    }
    e.ifThenElse(
        isWhole, [&] { callTile(e, keyVectors, false, chunk, tile, firstKey); },
        [&] {
          for (int64_t count = 1; count <= keyVectors; count++) {
            Value isThis = mlir::LLVM::ICmpOp::create(e.b, mlir::LLVM::ICmpPredicate::eq, vectors, e.constant(count));
            e.ifThen(isThis, [&] { callTile(e, codeVectors(count), true, chunk, tile, firstKey); });
          }
        });
  }

  void finish(Emitter &e, const Item &item) {
    forEachRow(e, item, [&](Value row, Value offset, Value) {
      Value total = sumInAllLanes(e, e.load(e.floats, {scratch, row, 64, layout.totals}, 64));
      Value inverse = e.divideFloats(e.splatFloat(e.floats, 1), total);
      for (int64_t v = 0; v < layout.vectors; v++) {
        Value sum = e.load(e.floats, {scratch, row, layout.sumBytes, layout.sums + v * 64}, 64);
        Value mean = e.multiplyFloats(sum, inverse);
        const Address to{item.result, offset, kernel.width * 4, v * 64};
        const int64_t left = kernel.width - v * 16;
        if (left >= 16)
          e.store(mean, to, 4);
        else
          e.storeMasked(mean, to, e.firstLanes(left, 16), 4);
      }
    });
  }

  const AttentionKernel &kernel;
  const FlashLayout layout;
  mlir::ModuleOp module;
  Value scratch;
};

} // namespace

void emitFlashAttention(const AttentionKernel &kernel, mlir::ModuleOp module) { FlashKernel(kernel, module).emit(); }

} // namespace ingot::cpu
