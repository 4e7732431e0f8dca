// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Multiply-adds by a fixed rule. Left to the code generator (the flag `contract`), which products are fused with their sums depends
// on how often a product is used and on what it was unrolled with; two variants of one kernel could then differ in a last bit. Here
// each sum with a product as operand becomes a fused multiply-add, the first operand first, and no flag is left.
#ifndef INGOT_CODEGEN_CPU_OBJECT_CONTRACTION_H
#define INGOT_CODEGEN_CPU_OBJECT_CONTRACTION_H

namespace llvm {
class Module;
}

namespace ingot::cpu {

void contractMultiplyAdds(llvm::Module &module);

} // namespace ingot::cpu
#endif
