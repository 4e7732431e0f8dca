// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// activation(gate) * up, rounded for the next matmul: what a gated feed-forward does between its matmuls.
#ifndef INGOT_DIALECTS_KERNEL_GATE_H
#define INGOT_DIALECTS_KERNEL_GATE_H

#include "dialects/packed/Packed.h"

#include <optional>

namespace ingot::kernel {

struct Gate {
  mlir::Operation *activation; ///< model.silu or model.gelu
  mlir::Value gate, up;        ///< arguments of the kernel, or results of its matmul
  packed::QuantiseOp quantise;
};

/// When a kernel's body is that and nothing else, but for a matmul before it, whose two results `gate` and `up` then are.
std::optional<Gate> gateOf(mlir::Block &body);

} // namespace ingot::kernel
#endif
