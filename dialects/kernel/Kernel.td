// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The kernel dialect: pieces of parallel work, each one unit of code generation.
#ifndef INGOT_DIALECTS_KERNEL_KERNEL_TD
#define INGOT_DIALECTS_KERNEL_KERNEL_TD

include "mlir/IR/OpBase.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/FunctionInterfaces.td"

def Kernel_Dialect : Dialect {
  let name = "kernel";
  let cppNamespace = "::ingot::kernel";
  let summary = "Fused pieces of parallel work";
  let description = [{
    A `kernel.group` holds the ops of one kernel while passes still move work between kernels; outlining turns equal groups into one
    `kernel.func` and calls. A kernel is of one kind, decided by what it holds: matmul (one `packed.matmul`, and adds of its results to
    arguments of the kernel), embedding (one op), attention or one of its parts (one op), or rows (everything else).
  }];
  let useDefaultAttributePrinterParser = 1;
}

def Kernel_Schedule : AttrDef<Kernel_Dialect, "Schedule"> {
  let mnemonic = "schedule";
  let summary = "the choices that change a kernel's speed and nothing else";
  let description = [{
    `grain`: items of the domain that a thread claims at once. `tokens`: tokens that the kernel handles together (the matmul's tile, the
    block of attention); 1 says that it only ever sees one. `prefetch`: bytes ahead in the weights, 0 for none; `prefetchOne`: the same
    for a token alone, 0 for what the engine does by itself.
    `#kernel.schedule<grain = 4, tokens = 6, prefetch = 0>`
  }];
  let parameters = (ins "int64_t":$grain, "int64_t":$tokens, "int64_t":$prefetch, DefaultValuedParameter<"int64_t", "0">:$prefetchOne);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

class Kernel_Op<string mnemonic, list<Trait> traits = []> : Op<Kernel_Dialect, mnemonic, traits>;

def Kernel_GroupOp : Kernel_Op<"group", [IsolatedFromAbove, Pure, SingleBlock]> {
  let summary = "ops that become one kernel";
  let description = [{
    `wanted`: the group works on the tokens whose logits are wanted, not on all of the pass.

    - (C1) the body's arguments have the inputs' types; it ends with a `kernel.yield` of the results' types.
    - (C2) what it holds makes a kernel of one kind, and has no regions.

    ```
    %y = kernel.group (%x) {
    ^bb0(%a: tensor<?x8xf32>):
      %b = model.silu %a : tensor<?x8xf32>
      kernel.yield %b : tensor<?x8xf32>
    } : (tensor<?x8xf32>) -> tensor<?x8xf32>
    ```
  }];
  let arguments = (ins Variadic<AnyType>:$inputs, UnitAttr:$wanted, OptionalAttr<Kernel_Schedule>:$schedule);
  let results = (outs Variadic<AnyType>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "`(` $inputs `)` (`wanted` $wanted^)? (`schedule` $schedule^)? $body attr-dict `:` functional-type($inputs, $results)";
  let hasVerifier = 1;
  let extraClassDeclaration = [{ ::mlir::Block &block() { return getBody().front(); } }];
}

def Kernel_YieldOp : Kernel_Op<"yield", [Pure, Terminator, ReturnLike, HasParent<"GroupOp">]> {
  let summary = "the results of a group";
  let description = [{`kernel.yield %b : tensor<?x8xf32>`}];
  let arguments = (ins Variadic<AnyType>:$values);
  let assemblyFormat = "attr-dict ($values^ `:` type($values))?";
}

def Kernel_FuncOp : Kernel_Op<"func", [IsolatedFromAbove, FunctionOpInterface, Symbol]> {
  let summary = "a kernel";
  let description = [{
    - (C1) the body ends with `kernel.return`.
    - (C2) as C2 of `kernel.group`.

    ```
    kernel.func @rows_silu_8(%x: tensor<?x8xf32>) -> tensor<?x8xf32> attributes {schedule = #kernel.schedule<grain = 8, tokens = 1, prefetch = 0>} {
      %y = model.silu %x : tensor<?x8xf32>
      kernel.return %y : tensor<?x8xf32>
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttrOf<FunctionType>:$function_type, UnitAttr:$wanted, OptionalAttr<Kernel_Schedule>:$schedule,
                       OptionalAttr<DictArrayAttr>:$arg_attrs, OptionalAttr<DictArrayAttr>:$res_attrs);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    ::mlir::ArrayRef<::mlir::Type> getArgumentTypes() { return getFunctionType().getInputs(); }
    ::mlir::ArrayRef<::mlir::Type> getResultTypes() { return getFunctionType().getResults(); }
    ::mlir::Region *getCallableRegion() { return &getBody(); }
    ::mlir::Block &block() { return getBody().front(); }
  }];
}

def Kernel_ReturnOp : Kernel_Op<"return", [Pure, Terminator, ReturnLike, HasParent<"FuncOp">]> {
  let summary = "the results of a kernel";
  let description = [{
    - (C1) as many values, of the same types, as the kernel has results.

    `kernel.return %y : tensor<?x8xf32>`
  }];
  let arguments = (ins Variadic<AnyType>:$values);
  let assemblyFormat = "attr-dict ($values^ `:` type($values))?";
  let hasVerifier = 1;
}

def Kernel_CallOp : Kernel_Op<"call", [Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "runs a kernel over its whole domain";
  let description = [{
    - (C1) the callee is a `kernel.func` of these types.

    `%y = kernel.call @rows_silu_8(%x) : (tensor<?x8xf32>) -> tensor<?x8xf32>`
  }];
  let arguments = (ins FlatSymbolRefAttr:$callee, Variadic<AnyType>:$inputs);
  let results = (outs Variadic<AnyType>:$results);
  let assemblyFormat = "$callee `(` $inputs `)` attr-dict `:` functional-type($inputs, $results)";
}
#endif
