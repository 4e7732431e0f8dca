// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Matrix products with packed weights: result[t, n] = sum over k of x[t, k] * W[n, k], for one or several matrices that share x,
// each with its own format (fused projections). Emitted straight into the LLVM dialect by one parametric builder.
//
// Numeric rule: one order of summation per output for every token count and tile: exact integer sums inside a (sub-)block, float32
// sums over blocks in order of k. So any two programs of one activation kind give the same bits, but for q8 with integer
// minimums (TokenSums.h) or two scales a block (codeShift of Dots.h): there kinds of units have rules of their own.
#ifndef INGOT_CODEGEN_CPU_MATMUL_MATMULKERNEL_H
#define INGOT_CODEGEN_CPU_MATMUL_MATMULKERNEL_H

#include "codegen/cpu/layout/ActivationLayout.h"
#include "codegen/cpu/layout/PanelLayout.h"
#include "codegen/cpu/target/VectorUnit.h"
#include "mlir/IR/BuiltinOps.h"

#include <string>
#include <vector>

namespace ingot::cpu {

struct MatmulSegment {
  packed::BlockFormat format;
  int64_t rows;    ///< outputs
  bool accumulate; ///< result += instead of =
};

enum class GateActivation : uint8_t { none, silu, gelu };

/// The choices a tuning record makes.
struct MatmulSchedule {
  int tileTokens = 12;      ///< at most: a segment takes fewer where its registers end (mostTokens of Dots.h); of AMX tiles a block
  int prefetchBytes = 0;    ///< ahead in the weights with several tokens; 0: none
  int prefetchOneBytes = 0; ///< with a token alone; 0: what the engine does by itself
};

/// Operands: activations, the weights of each segment, the results of each segment (float32 [tokens, rows] each).
/// Domain: FIXED, the panels of all segments one after the other; of kernels of AMX tiles TOKENS, the pairs of panels of all
/// segments for each block of tokens. Tokens are the frame's count, or the wanted ones.
struct MatmulKernel {
  std::string name;
  ActivationLayout activations; ///< parts: what each format needs must be there (packed::sumsNeeded)
  std::vector<MatmulSegment> segments;
  bool wanted = false;   ///< tokens: the frame's wanted_count instead of its count
  bool oneToken = false; ///< compiled for frames of one token only
  MatmulSchedule schedule;
  VectorUnit unit{};
  /// Of two segments that `canGate`, gate and up: their results are not stored, but activation(gate) * up, rounded, as the only
  /// result: records of `gated`. An item has panels of both (GateKernel.h).
  GateActivation gate = GateActivation::none;
  ActivationLayout gated{};

  bool usesTiles() const;
  /// Tokens that the items of a domain of TOKENS are about; 0: the domain is FIXED.
  int64_t blockTokens() const { return usesTiles() ? schedule.tileTokens : 0; }
  int64_t itemsOf(const MatmulSegment &segment) const;
  int64_t items() const; ///< of a block of tokens
};

/// Whether the kernel of these segments can end in their gate, rounded to `result`: two matrices of the same format and whole
/// items.
bool canGate(const MatmulKernel &kernel, ActivationKind result);

/// Whether a quantised panel is widened to bfloat16 in the thread's scratch before it is multiplied.
bool widens(packed::BlockFormat format, ActivationKind kind, const VectorUnit &unit);

/// Whether many tokens find a panel's columns unpacked in the thread's scratch (ChunkProducts.h): where registers are few, tiles
/// are small, and each would cut out its codes and widen its scales again; or where a tile's dots would wait for its unpacking.
bool unpacks(packed::BlockFormat format, ActivationKind kind, const VectorUnit &unit);

/// Bytes of the thread's scratch that a call needs.
int64_t scratchBytes(const MatmulKernel &kernel);

/// Rows of a packed matrix picked by token id and dequantised exactly. Operands: tokens (int32), weights, result (float32 [tokens,
/// columns]). Domain: TOKENS.
struct EmbedKernel {
  std::string name;
  packed::BlockFormat format;
  int64_t rows, columns;
};

/// Adds an `llvm.func @name` with the runtime's kernel signature (abi/Model.h, ingot_kernel) to the module.
void emitMatmul(const MatmulKernel &kernel, mlir::ModuleOp module);
void emitEmbed(const EmbedKernel &kernel, mlir::ModuleOp module);

} // namespace ingot::cpu
#endif
