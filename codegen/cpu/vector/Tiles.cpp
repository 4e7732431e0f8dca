// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/vector/Tiles.h"

namespace ingot::cpu {

namespace LLVM = mlir::LLVM;

void Tiles::instruction(llvm::StringRef name, ValueRange operands) {
  LLVM::CallIntrinsicOp::create(e.b, e.b.getStringAttr(("llvm.x86." + name).str()), operands);
}

Value Tiles::tile(int number) { return LLVM::ConstantOp::create(e.b, e.i8, e.b.getI8IntegerAttr(number)); }

/// LDTILECFG: palette 1; bytes a row from byte 16 on, rows from byte 48 on.
void Tiles::configure(Value memory) {
  e.store(e.splat(e.ints, 0), {memory, Value()}, 64);
  auto byte = [&](int64_t offset, int64_t value) { e.store(e.splat(e.i8, value), {memory, Value(), 0, offset}, 1); };
  byte(0, 1);
  for (int number = 0; number < 8; number++) {
    byte(16 + 2 * number, tileRowBytes);
    byte(48 + number, tileRows);
  }
  instruction("ldtilecfg", {memory});
}

void Tiles::release() { instruction("tilerelease", {}); }
void Tiles::zero(int number) { instruction("tilezero", {tile(number)}); }
void Tiles::load(int number, Value address, int64_t stride) {
  instruction("tileloadd64", {tile(number), address, e.constant(stride)});
}
void Tiles::loadStreamed(int number, Value address, int64_t stride) {
  instruction("tileloaddt164", {tile(number), address, e.constant(stride)});
}
void Tiles::store(int number, Value address, int64_t stride) {
  instruction("tilestored64", {tile(number), address, e.constant(stride)});
}
void Tiles::multiply(int sums, int left, int right) { instruction("tdpbf16ps", {tile(sums), tile(left), tile(right)}); }

} // namespace ingot::cpu
