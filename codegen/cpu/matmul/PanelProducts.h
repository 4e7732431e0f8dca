// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Panels of one format times the tokens of a frame, with vector instructions: the loop nest around the dot engines.
//
//   for each group of panels: for each block of tokens that the second-level cache holds: for each panel (or two):
//     for each tile: dots, store; or, where that is faster, chunk by chunk (ChunkProducts.h)
//
// A panel stays in the first-level cache (a long one in the second) while a block's tokens pass, a group near by.
#ifndef INGOT_CODEGEN_CPU_MATMUL_PANELPRODUCTS_H
#define INGOT_CODEGEN_CPU_MATMUL_PANELPRODUCTS_H

#include "codegen/cpu/matmul/MatmulKernel.h"
#include "codegen/cpu/matmul/PanelRange.h"

namespace ingot::cpu {

struct PanelProblem {
  PanelLayout weights;
  ActivationLayout activations;
  VectorUnit unit;
  MatmulSchedule schedule;
  bool oneToken; ///< there never is another
};

PanelProblem panelProblem(const MatmulKernel &kernel, const MatmulSegment &segment);

/// Tokens of the largest tile.
int largestTile(const PanelProblem &problem);
/// Tokens of a block, at most.
int64_t mostBlockTokens(const PanelProblem &problem);
/// Bytes of scratch.
int64_t panelScratchBytes(const PanelProblem &problem);

struct PanelArguments {
  Value records, tokens, scratch;
};

void emitPanelProducts(Emitter &e, const PanelProblem &problem, const PanelArguments &arguments, const PanelRange &panels);

} // namespace ingot::cpu
#endif
