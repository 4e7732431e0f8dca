// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The plan dialect: when kernels run and where their data lies.
#ifndef INGOT_DIALECTS_PLAN_PLAN_TD
#define INGOT_DIALECTS_PLAN_PLAN_TD

include "mlir/IR/OpBase.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/IR/RegionKindInterface.td"

def Plan_Dialect : Dialect {
  let name = "plan";
  let cppNamespace = "::ingot::plan";
  let summary = "Steps of a program that all threads walk together";
  let description = [{
    A program is a list of steps, each a kernel over a domain with a barrier behind it, on buffers with fixed places. It maps one to one
    onto the tables of runtime/abi/Model.h. How a kernel is coded is not said here.
  }];
  let useDefaultTypePrinterParser = 1;
}

def Plan_Buffer : TypeDef<Plan_Dialect, "Buffer"> {
  let mnemonic = "buffer";
  let summary = "a range of bytes in one of the runtime's spaces";
}

def Plan_Space : I32EnumAttr<"Space", "where a buffer lies (enum ingot_space)", [
    I32EnumAttrCase<"arena", 0>, I32EnumAttrCase<"weights", 1>, I32EnumAttrCase<"cache", 2>, I32EnumAttrCase<"tokens", 3>,
    I32EnumAttrCase<"logits", 4>]> { let cppNamespace = "::ingot::plan"; }

def Plan_Domain : I32EnumAttr<"Domain", "what the items of a step grow with (enum ingot_domain)", [
    I32EnumAttrCase<"fixed", 0>, I32EnumAttrCase<"tokens", 1>, I32EnumAttrCase<"wanted", 2>,
    I32EnumAttrCase<"blocks", 3>, I32EnumAttrCase<"wanted_blocks", 4>,
    I32EnumAttrCase<"ranges", 5>, I32EnumAttrCase<"wanted_ranges", 6>]> { let cppNamespace = "::ingot::plan"; }

class Plan_Op<string mnemonic, list<Trait> traits = []> : Op<Plan_Dialect, mnemonic, traits>;

def Plan_ProgramOp : Plan_Op<"program", [IsolatedFromAbove, Symbol, NoTerminator, SingleBlock, NoRegionArguments]> {
  let summary = "the steps of one pass";
  let description = [{
    `tokens` is the most that a pass holds, `block` the most consecutive ones of a sequence that attention works on together. `arena` and
    `scratch` are bytes; PlaceBuffers fills them in.

    - (C1) tokens and block are positive.

    ```
    plan.program @read tokens 512 block 16 arena 4096 scratch 0 {
      %x = plan.buffer arena 2048 at 0
      plan.step @rows_silu_8(%x) writes 1 tokens factor 1 divisor 1 grain 8
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, I64Attr:$tokens, DefaultValuedAttr<I64Attr, "1">:$block, DefaultValuedAttr<I64Attr, "0">:$arena,
                       DefaultValuedAttr<I64Attr, "0">:$scratch);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$sym_name `tokens` $tokens (`block` $block^)? `arena` $arena `scratch` $scratch attr-dict-with-keyword $body";
  let hasVerifier = 1;
}

def Plan_BufferOp : Plan_Op<"buffer"> {
  let summary = "bytes in a space, placed or still to be placed";
  let description = [{
    - (C1) weights and cache buffers are named, others are not.
    - (C2) a place is a multiple of 64, not negative.
    - (C3) the size is not negative, and at most 2^60.

    `%w = plan.buffer weights 175104 "blk.0.attn_q.weight" at 0`
  }];
  let arguments = (ins Plan_Space:$space, I64Attr:$bytes, OptionalAttr<StrAttr>:$name, OptionalAttr<I64Attr>:$offset);
  let results = (outs Plan_Buffer:$result);
  let assemblyFormat = "$space $bytes ($name^)? (`at` $offset^)? attr-dict";
  let hasVerifier = 1;
}

def Plan_StepOp : Plan_Op<"step", [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "a kernel over its domain, then a barrier";
  let description = [{
    Items are `factor` (fixed), factor * ceil(n / divisor) with n the tokens or the wanted tokens of the pass, or factor * n with n its blocks
    of consecutive tokens, or of wanted ones; for ranges (of keys) also times ceil(positions / divisor), with the positions up to the last
    one of any block. Operands: what the kernel
    reads, then what it writes; `writes` of them from the end are written. `source_bytes` and `multiply_adds` (a token,
    or with `per_wanted` a wanted one) are for reports.
    `repeatable`: each thread may do the step for itself, into memory of its own, before its first items of the step behind.

    - (C1) the kernel exists, as `kernel.func` or `llvm.func`.
    - (C2) factor, divisor and grain are positive.
    - (C3) it writes no more buffers than it has.
    - (C4) each operand is a `plan.buffer` itself.

    `plan.step @rows_silu_8(%x, %y) writes 1 tokens factor 1 divisor 1 grain 8`
  }];
  let arguments = (ins FlatSymbolRefAttr:$kernel, Variadic<Plan_Buffer>:$operands, I64Attr:$writes, Plan_Domain:$domain, I64Attr:$factor,
                       I64Attr:$divisor, I64Attr:$grain, DefaultValuedAttr<I64Attr, "0">:$source_bytes,
                       DefaultValuedAttr<I64Attr, "0">:$multiply_adds, UnitAttr:$per_wanted, UnitAttr:$repeatable);
  let assemblyFormat = [{$kernel `(` $operands `)` `writes` $writes $domain `factor` $factor `divisor` $divisor `grain` $grain attr-dict}];
  let hasVerifier = 1;
}
#endif
