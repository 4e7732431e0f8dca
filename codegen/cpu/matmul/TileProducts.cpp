// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/matmul/TileProducts.h"

#include "codegen/cpu/matmul/Dequantise.h"

#include <algorithm>

namespace ingot::cpu {

namespace LLVM = mlir::LLVM;

namespace {

constexpr int64_t tileRows = 16, tileColumns = 32, tileBytes = 1024; ///< of a tile of bfloat16; of sums: 16 x 16 float32
constexpr int64_t chunkColumns = 512, groupTokens = 512, panelsAtOnce = 2;
constexpr int64_t chunkBytes = chunkColumns / tileColumns * tileBytes; ///< of one widened panel
constexpr int64_t sumsBytes = groupTokens * panelRows * 4;             ///< of one panel, for a group of tokens

/// The numbers of the eight tiles: sums [token tile][panel], tokens [token tile], weights [panel].
constexpr int sumsTile(int token, int panel) { return 2 * token + panel; }
constexpr int tokensTile(int token) { return 4 + token; }
constexpr int weightsTile(int panel) { return 6 + panel; }

class TileProducts {
public:
  TileProducts(Emitter &e, const TileProblem &problem, const TileArguments &arguments, StoreSums store)
      : e(e), problem(problem), arguments(arguments), store(store), quantised(packed::info(problem.weights.format).isQuantised()) {}

  void run();

private:
  void instruction(llvm::StringRef name, ValueRange operands) {
    LLVM::CallIntrinsicOp::create(e.b, e.b.getStringAttr(("llvm.x86." + name).str()), operands);
  }
  Value tile(int number) { return LLVM::ConstantOp::create(e.b, e.i8, e.b.getI8IntegerAttr(number)); }
  void loadTile(int number, Value address, int64_t stride) {
    instruction("tileloadd64", {tile(number), address, e.constant(stride)});
  }

  void configure();
  void panels(Value first, int count);
  void group(Value firstToken, Value tokens, Value firstPanel, int panels);
  void chunk(Value records, Value tiles, Value firstPanel, int panels, Value index, int64_t columns, bool isFirst);
  void tileBlock(Value records, Value tokenTile, Value weights, int tokenTiles, int panels, Value index, int64_t columns,
                 bool isFirst);
  /// Where the sums of a token tile and a panel wait: [panel][token][16].
  Value sumsAt(Value tokenTile, int token, int panel) {
    return e.pointerTo({sums, tokenTile, tileBytes, panel * sumsBytes + token * tileBytes});
  }

  Emitter &e;
  const TileProblem &problem;
  const TileArguments &arguments;
  StoreSums store;
  bool quantised;
  Value sums; ///< in the scratch, behind the widened panels
};

/// All tiles have 16 rows of 64 bytes (Intel SDM, LDTILECFG: palette 1; bytes a row from byte 16 on, rows from byte 48 on).
void TileProducts::configure() {
  Value memory = arguments.scratch; // not used yet
  e.store(e.splat(e.ints, 0), {memory, Value()}, 64);
  auto byte = [&](int64_t offset, int64_t value) { e.store(e.splat(e.i8, value), {memory, Value(), 0, offset}, 1); };
  byte(0, 1);
  for (int number = 0; number < 8; number++) {
    byte(16 + 2 * number, 64);
    byte(48 + number, tileRows);
  }
  instruction("ldtilecfg", {memory});
}

/// One or two tiles of tokens times one or two panels, whose chunk lies at `weights`: widened, or BF16 weights where they are.
void TileProducts::tileBlock(Value records, Value tokenTile, Value weights, int tokenTiles, int panels, Value index,
                             int64_t columns, bool isFirst) {
  const int64_t record = problem.activations.recordBytes;
  for (int token = 0; token < tokenTiles; token++)
    for (int panel = 0; panel < panels; panel++) {
      if (isFirst)
        instruction("tilezero", {tile(sumsTile(token, panel))});
      else
        loadTile(sumsTile(token, panel), sumsAt(tokenTile, token, panel), 64);
    }
  Value tokens = e.pointerTo({records, tokenTile, tileRows * record, problem.activations.codes});
  if (index) tokens = e.pointerTo({tokens, index, chunkColumns * 2, 0});
  const int64_t panelStride = quantised ? chunkBytes : problem.weights.panelBytes;
  e.loop(columns / tileColumns, {}, [&](Value step, ValueRange) {
    for (int panel = 0; panel < panels; panel++)
      loadTile(weightsTile(panel), e.pointerTo({weights, step, tileBytes, panel * panelStride}), 64);
    for (int token = 0; token < tokenTiles; token++) {
      loadTile(tokensTile(token), e.pointerTo({tokens, step, tileColumns * 2, token * tileRows * record}), record);
      for (int panel = 0; panel < panels; panel++)
        instruction("tdpbf16ps", {tile(sumsTile(token, panel)), tile(tokensTile(token)), tile(weightsTile(panel))});
    }
    return Values();
  });
  for (int token = 0; token < tokenTiles; token++)
    for (int panel = 0; panel < panels; panel++)
      instruction("tilestored64", {tile(sumsTile(token, panel)), sumsAt(tokenTile, token, panel), e.constant(64)});
}

/// `columns` columns from chunk `index` on (null: 0), for all tiles of the group.
void TileProducts::chunk(Value records, Value tiles, Value firstPanel, int panels, Value index, int64_t columns, bool isFirst) {
  Value weights = e.pointerTo({arguments.matrix, firstPanel, problem.weights.panelBytes, 0});
  if (quantised) {
    const PanelLayout part = PanelLayout::of(problem.weights.format, columns);
    const int64_t bytes = chunkColumns / problem.weights.stripColumns * problem.weights.stripBytes;
    for (int panel = 0; panel < panels; panel++)
      widenPanel(e, part, e.pointerTo({weights, index, bytes, panel * problem.weights.panelBytes}),
                 e.pointerTo({arguments.scratch, Value(), 0, panel * chunkBytes}));
    weights = arguments.scratch;
  } else if (index) {
    weights = e.pointerTo({weights, index, chunkBytes, 0});
  }
  Value paired = e.multiply(e.divide(tiles, e.constant(2)), e.constant(2));
  e.loop(e.constant(0), paired, 2, {}, [&](Value tokenTile, ValueRange) {
    tileBlock(records, tokenTile, weights, 2, panels, index, columns, isFirst);
    return Values();
  });
  e.ifThen(e.less(paired, tiles), [&] { tileBlock(records, paired, weights, 1, panels, index, columns, isFirst); });
}

void TileProducts::group(Value firstToken, Value tokens, Value firstPanel, int panels) {
  Value records = e.pointerTo({arguments.records, firstToken, problem.activations.recordBytes, 0});
  Value tiles = e.divide(e.add(tokens, e.constant(tileRows - 1)), e.constant(tileRows));
  const int64_t columns = problem.weights.columns, whole = columns / chunkColumns, rest = columns % chunkColumns;
  chunk(records, tiles, firstPanel, panels, Value(), std::min(columns, chunkColumns), /*isFirst=*/true);
  if (whole > 1)
    e.loop(e.constant(1), e.constant(whole), 1, {}, [&](Value index, ValueRange) {
      chunk(records, tiles, firstPanel, panels, index, chunkColumns, /*isFirst=*/false);
      return Values();
    });
  if (whole > 0 && rest > 0) chunk(records, tiles, firstPanel, panels, e.constant(whole), rest, /*isFirst=*/false);
  e.loop(e.constant(0), tokens, 1, {}, [&](Value token, ValueRange) {
    for (int panel = 0; panel < panels; panel++)
      store(e.load(e.floats, {sums, token, 64, panel * sumsBytes}, 64), e.add(firstToken, token),
            e.add(firstPanel, e.constant(panel)));
    return Values();
  });
}

void TileProducts::panels(Value first, int count) {
  e.loop(e.constant(0), arguments.tokens, groupTokens, {}, [&](Value firstToken, ValueRange) {
    group(firstToken, e.minimum(e.subtract(arguments.tokens, firstToken), e.constant(groupTokens)), first, count);
    return Values();
  });
}

void TileProducts::run() {
  configure();
  sums = e.pointerTo({arguments.scratch, Value(), 0, quantised ? panelsAtOnce * chunkBytes : 0});
  Value pairs = e.divide(e.subtract(arguments.endPanel, arguments.firstPanel), e.constant(panelsAtOnce));
  Value last = e.add(arguments.firstPanel, e.multiply(pairs, e.constant(panelsAtOnce)));
  e.loop(arguments.firstPanel, last, panelsAtOnce, {}, [&](Value first, ValueRange) {
    panels(first, panelsAtOnce);
    return Values();
  });
  e.ifThen(e.less(last, arguments.endPanel), [&] { panels(last, 1); });
  instruction("tilerelease", {});
}

} // namespace

bool fitsTiles(const TileProblem &problem) {
  const packed::BlockFormatInfo &format = packed::info(problem.weights.format);
  return problem.activations.kind == ActivationKind::bf16 && problem.weights.columns % tileColumns == 0 &&
         (format.isQuantised() || format.format == packed::BlockFormat::BF16);
}

int64_t tileScratchBytes(const TileProblem &problem) {
  const int64_t widened = packed::info(problem.weights.format).isQuantised() ? panelsAtOnce * chunkBytes : 0;
  return widened + panelsAtOnce * sumsBytes;
}

void emitTileProducts(Emitter &e, const TileProblem &problem, const TileArguments &arguments, StoreSums store) {
  TileProducts(e, problem, arguments, store).run();
}

} // namespace ingot::cpu
