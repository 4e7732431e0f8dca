// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/cpu/matmul/FrameTokens.h"

#include "runtime/abi/Model.h"

#include <cstddef>

namespace ingot::cpu {

Value loadTokens(Emitter &e, const MatmulKernel &kernel, const KernelArguments &arguments) {
  const int64_t offset = kernel.wanted ? offsetof(ingot_frame, wanted_count) : offsetof(ingot_frame, count);
  return e.load(e.i64, {arguments.frame, Value(), 0, offset}, 8);
}

void forEachTokenBlock(Emitter &e, const MatmulKernel &kernel, const KernelArguments &arguments, Value tokens,
                       llvm::function_ref<void(Value begin, Value end, Value firstToken, Value count)> body) {
  Value items = e.constant(kernel.items()), size = e.constant(kernel.blockTokens());
  Value lastBlock = e.divide(e.subtract(arguments.end, e.constant(1)), items);
  e.loop(e.divide(arguments.begin, items), e.add(lastBlock, e.constant(1)), 1, {}, [&](Value block, ValueRange) {
    Value firstItem = e.multiply(block, items), firstToken = e.multiply(block, size);
    Value begin = e.maximum(e.subtract(arguments.begin, firstItem), e.constant(0));
    body(begin, e.minimum(e.subtract(arguments.end, firstItem), items), firstToken,
         e.minimum(e.subtract(tokens, firstToken), size));
    return Values();
  });
}

} // namespace ingot::cpu
