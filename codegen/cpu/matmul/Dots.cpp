// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/matmul/Dots.h"

namespace ingot::cpu {

using packed::BlockFormat;

Values emitDots(Emitter &e, const DotsProblem &problem, Value panel, Value records) {
  const bool quantised = packed::info(problem.weights.format).isQuantised();
  if (quantised && problem.activations.terms > 0)
    return (problem.unit.integerDot == IntegerDot::vpmaddubsw ? maddDots : integerDots)(e, problem, panel, records);
  assert(problem.activations.terms == 0 && "dense weights take float activations");
  if (problem.weights.format == BlockFormat::BF16 && problem.activations.kind == ActivationKind::bf16 && problem.unit.bf16Dots)
    return bf16Dots(e, problem, panel, records);
  return floatDots(e, problem, panel, records);
}

} // namespace ingot::cpu
