// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "test/codegen/cpu/matmul/TileMachine.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

#include <bit>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace ingot::test {
namespace {

struct Tile {
  int rows = 0, rowBytes = 0;
  alignas(64) uint8_t bytes[16][64];
};
thread_local struct {
  bool configured = false;
  int products = 0;
  Tile tiles[8];
} machine;

Tile &tileAt(int8_t number) {
  if (!machine.configured || number < 0 || number > 7) {
    fprintf(stderr, "tile %d is used %s\n", number, machine.configured ? "but there are eight" : "before ldtilecfg");
    abort();
  }
  return machine.tiles[number];
}

void ldtilecfg(const uint8_t *memory) {
  if (memory[0] != 1 || memory[1] != 0) {
    fprintf(stderr, "ldtilecfg of palette %d, start row %d\n", memory[0], memory[1]);
    abort();
  }
  for (int i = 0; i < 8; i++) {
    uint16_t rowBytes;
    memcpy(&rowBytes, memory + 16 + 2 * i, 2);
    if (rowBytes > 64 || memory[48 + i] > 16) abort();
    machine.tiles[i].rowBytes = rowBytes, machine.tiles[i].rows = memory[48 + i];
    memset(machine.tiles[i].bytes, 0, sizeof machine.tiles[i].bytes);
  }
  machine.configured = true;
}

void tilerelease() { machine.configured = false; }

void tilezero(int8_t number) { memset(tileAt(number).bytes, 0, sizeof(Tile::bytes)); }

void tileloadd64(int8_t number, const uint8_t *memory, int64_t stride) {
  Tile &tile = tileAt(number);
  memset(tile.bytes, 0, sizeof tile.bytes);
  for (int row = 0; row < tile.rows; row++) memcpy(tile.bytes[row], memory + row * stride, tile.rowBytes);
}

void tilestored64(int8_t number, uint8_t *memory, int64_t stride) {
  const Tile &tile = tileAt(number);
  for (int row = 0; row < tile.rows; row++) memcpy(memory + row * stride, tile.bytes[row], tile.rowBytes);
}

float brain(const Tile &tile, int row, int index) {
  uint16_t half;
  memcpy(&half, tile.bytes[row] + 2 * index, 2);
  return std::bit_cast<float>(uint32_t{half} << 16);
}

/// sums[m][n] += a[m][2 k] * b[k][2 n] + a[m][2 k + 1] * b[k][2 n + 1]
void tdpbf16ps(int8_t sumsNumber, int8_t aNumber, int8_t bNumber) {
  Tile &sums = tileAt(sumsNumber);
  const Tile &a = tileAt(aNumber), &b = tileAt(bNumber);
  for (int m = 0; m < sums.rows; m++)
    for (int n = 0; n < sums.rowBytes / 4; n++) {
      float sum;
      memcpy(&sum, sums.bytes[m] + 4 * n, 4);
      for (int k = 0; k < a.rowBytes / 4; k++)
        sum = sum + brain(a, m, 2 * k) * brain(b, k, 2 * n) + brain(a, m, 2 * k + 1) * brain(b, k, 2 * n + 1);
      memcpy(sums.bytes[m] + 4 * n, &sum, 4);
    }
  machine.products++;
}

constexpr const char *prefix = "emulated_";
const std::pair<const char *, void *> functions[] = {
    {"ldtilecfg", reinterpret_cast<void *>(ldtilecfg)},       {"tilerelease", reinterpret_cast<void *>(tilerelease)},
    {"tilezero", reinterpret_cast<void *>(tilezero)},         {"tileloadd64", reinterpret_cast<void *>(tileloadd64)},
    {"tileloaddt164", reinterpret_cast<void *>(tileloadd64)}, {"tilestored64", reinterpret_cast<void *>(tilestored64)},
    {"tdpbf16ps", reinterpret_cast<void *>(tdpbf16ps)}};

} // namespace

void emulateTiles(mlir::ModuleOp module) {
  namespace LLVM = mlir::LLVM;
  mlir::OpBuilder builder(module.getContext());
  module.walk([&](LLVM::CallIntrinsicOp call) {
    llvm::StringRef name = call.getIntrin();
    if (!name.consume_front("llvm.x86.t") && !name.starts_with("llvm.x86.ldtilecfg")) return;
    name = call.getIntrin().drop_front(strlen("llvm.x86."));
    const std::string callee = prefix + name.str();
    auto function = module.lookupSymbol<LLVM::LLVMFuncOp>(callee);
    if (!function) {
      builder.setInsertionPointToStart(module.getBody());
      llvm::SmallVector<mlir::Type> types(call.getArgs().getTypes());
      function = LLVM::LLVMFuncOp::create(builder, call.getLoc(), callee,
                                          LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(module.getContext()), types));
    }
    builder.setInsertionPoint(call);
    LLVM::CallOp::create(builder, call.getLoc(), function, call.getArgs());
    call.erase();
  });
}

std::vector<std::pair<std::string, void *>> tileFunctions() {
  std::vector<std::pair<std::string, void *>> all;
  for (auto [name, address] : functions) all.emplace_back(std::string(prefix) + name, address);
  return all;
}

int tileProductsDone() { return std::exchange(machine.products, 0); }

} // namespace ingot::test
