// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The body of a row kernel: Halide's function for one token, and where the wrapper finds each of its buffers for a token.
#ifndef INGOT_CODEGEN_CPU_HALIDE_ROWBODY_H
#define INGOT_CODEGEN_CPU_HALIDE_ROWBODY_H

#include "codegen/cpu/halide/RowKernel.h"

namespace ingot::cpu {

/// One buffer of the body, at operand + offset + row * rowBytes. One with blockBytes is a cache, each sequence's own: there, also
/// + position / 16 * blockBytes + position % 16 / 4 * quadBytes + position % 4 * laneBytes.
struct RowBuffer {
  int argument = 0; ///< the kernel's operand number
  int64_t offset = 0, rowBytes = 0;
  int64_t blockBytes = 0, quadBytes = 0, laneBytes = 0;
  int64_t heads = 0, headBytes = 0; ///< of a cache: heads, and bytes from one to the next
  int64_t spanBytes = 0;            ///< from the first element of a head's row to the end of the last
  bool isOutput = false;
};

/// `void function(halide_buffer_t *buffers…, [int32 position])`, in that order of parameters with the position after the inputs.
struct RowBody {
  std::string function, bitcode;
  std::vector<RowBuffer> inputs, outputs;
  bool needsPosition = false;
};

/// False with a message when the kernel can't be built.
bool buildRowBody(const RowKernel &kernel, RowBody &body, std::string &error);

} // namespace ingot::cpu
#endif
