// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A thin helper over OpBuilder for straight vector code in the LLVM dialect: constants, loads, arithmetic, loops. It knows nothing
// of matrices. Vectors are 512 bits wide unless the name or the type says otherwise; no operation carries fast-math flags, so what
// is written here is what is computed.
#ifndef INGOT_CODEGEN_CPU_VECTOR_EMITTER_H
#define INGOT_CODEGEN_CPU_VECTOR_EMITTER_H

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace ingot::cpu {

using mlir::Type;
using mlir::Value;
using mlir::ValueRange;
using Values = llvm::SmallVector<Value, 16>;

/// An address `base + index * stride + offset`, the parts kept apart so that constants end up in the instruction's displacement.
struct Address {
  Value base;
  Value index; ///< null: 0
  int64_t stride = 0, offset = 0;
  Address plus(int64_t bytes) const { return {base, index, stride, offset + bytes}; }
};

class Emitter {
public:
  explicit Emitter(mlir::OpBuilder builder, mlir::Location location);

  mlir::ImplicitLocOpBuilder b;
  Type i8, i16, i32, i64, f16, bf16, f32, pointer;
  Type floats, ints, bytes; ///< 16 float32, 16 int32, 64 int8

  static Type vector(Type element, int64_t count) { return mlir::VectorType::get({count}, element); }

  // Constants. A splat is an integer or float32 constant of a scalar or vector type.
  Value constant(int64_t value);
  Value splat(Type type, int64_t value);
  Value splatFloat(Type type, double value);
  Value lanes(Type type, llvm::ArrayRef<int32_t> values);
  Value laneNumbers(); ///< 0 … 15 as int32

  // Memory. Alignments are what the layouts promise.
  Value pointerTo(const Address &address);
  Value load(Type type, const Address &address, unsigned alignment);
  /// A load that stays behind the one before it and in front of the one after it.
  Value loadInOrder(Type type, const Address &address, unsigned alignment);
  void store(Value value, const Address &address, unsigned alignment);
  /// Memory on the stack, until the function returns; on a multiple of 64.
  Value stackBytes(int64_t bytes);
  /// Lanes whose bit in `mask` is clear are not touched in memory, and load as zeros.
  Value loadMasked(Type type, const Address &address, Value mask, unsigned alignment);
  void storeMasked(Value value, const Address &address, Value mask, unsigned alignment);
  /// The first `count` of a vector's lanes.
  Value firstLanes(int64_t count, int64_t lanes);
  /// A scalar in all 16 lanes (folds into the instruction that uses it).
  Value loadBroadcast(Type element, const Address &address);
  Value broadcast(Value scalar, int64_t count);
  /// Reads the line at `address` into all caches (3), or from the second one on (2).
  void prefetch(const Address &address, uint32_t locality = 3);
  /// Reads it to be stored to, where the processor's features have that (prfchw), else as `prefetch`.
  void prefetchForStore(const Address &address);

  // Integers (scalars and vectors).
  Value add(Value left, Value right);
  Value subtract(Value left, Value right);
  Value multiply(Value left, Value right);
  Value divide(Value left, Value right); ///< unsigned
  Value bitAnd(Value left, Value right);
  Value bitOr(Value left, Value right);
  Value shiftLeft(Value value, int64_t bits);
  Value shiftRight(Value value, int64_t bits);           ///< fills with zeros
  Value shiftRightArithmetic(Value value, int64_t bits); ///< fills with the sign
  /// Shifts a field that starts at bit `from` so that it starts at bit `to`; the bits around it are garbage.
  Value moveField(Value value, int64_t from, int64_t to);
  /// The field of `bits` bits from bit `from` on of each byte of int32s, moved to bit `to`; the rest of the bytes is zero.
  Value fieldOfBytes(Value value, int64_t from, int64_t bits, int64_t to);
  Value minimum(Value left, Value right);
  Value maximum(Value left, Value right);
  Value less(Value left, Value right); ///< signed
  Value select(Value condition, Value yes, Value no);
  /// Lanes of `left` by their number, of `right` by theirs plus the count of `left`'s.
  Value shuffle(Value left, Value right, llvm::ArrayRef<int32_t> lanes);

  // float32.
  Value fma(Value a, Value b, Value c);
  Value multiplyFloats(Value left, Value right);
  Value addFloats(Value left, Value right);
  Value subtractFloats(Value left, Value right);
  Value divideFloats(Value left, Value right);
  Value lessFloats(Value left, Value right);    ///< false when one is no number
  Value maximumFloats(Value left, Value right); ///< `right` when one is no number
  Value roundToInteger(Value value);            ///< halves to even
  Value negateFloats(Value value);
  Value toFloats(Value signedInts);
  Value halfToFloats(Value halfs);

  // Conversions and intrinsics.
  Value bitcast(Type type, Value value);
  /// Unsigned bytes less 128 are signed ones. The vector keeps its type, whatever the width of its lanes.
  Value lessHalfOfBytes(Value vector);
  Value extendSigned(Type type, Value value);
  Value extendUnsigned(Type type, Value value);
  Value intrinsic(llvm::StringRef name, Type result, ValueRange arguments);
  /// The value in a vector register of x86-64, computed after what was in order before it: the way to keep the order in which sums
  /// are emitted, which LLVM would change, and then run out of registers. No instruction.
  Value inOrder(Value value);
  /// The pointer in a register of its own: what is loaded through it has a displacement and no index, which costs an Intel
  /// processor a second micro-operation. No instruction.
  Value inRegister(Value pointer);

  // Control flow.
  using LoopBody = llvm::function_ref<Values(Value index, ValueRange carried)>;
  /// for (index = lower; index < upper; index += step): the carried values start as `initial`; the last ones are returned.
  Values loop(Value lower, Value upper, int64_t step, ValueRange initial, LoopBody body);
  /// The same for 0 … count - 1 with a count known here: no test before the first round, no loop for a single one.
  Values loop(int64_t count, ValueRange initial, LoopBody body);
  void ifThen(Value condition, llvm::function_ref<void()> then);
  void ifThenElse(Value condition, llvm::function_ref<void()> then, llvm::function_ref<void()> otherwise);

private:
  Values emitLoop(Value lower, Value upper, int64_t step, ValueRange initial, LoopBody body, bool mayBeEmpty);
  Value emptyAssembly(Value value, llvm::StringRef constraints, bool hasSideEffects);
  mlir::Block *blockAfter(llvm::ArrayRef<Type> types = {});
};

} // namespace ingot::cpu
#endif
