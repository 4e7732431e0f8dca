// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The table of architectures and the way from a source to verified model IR.
#include "frontends/architectures/Architecture.h"

#include "frontends/architectures/Families.h"
#include "frontends/architectures/GraphBuilder.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/StringExtras.h"

namespace ingot::architectures {

static const Architecture table[] = {
    {"llama", "Llama 2 and 3, Mistral, SmolLM2", buildLlama, {}},
    {"gemma3", "Gemma 3 (text)", buildGemma3, {}},
};

llvm::ArrayRef<Architecture> architectures() { return table; }

llvm::Expected<Imported> importModel(mlir::MLIRContext *context, const Source &source) {
  context->loadDialect<mlir::func::FuncDialect, model::ModelDialect>();
  std::string name = source.architecture();
  const Architecture *architecture = llvm::find_if(table, [&](const Architecture &row) { return row.name == name; });
  if (architecture == std::end(table)) {
    std::string known = llvm::join(llvm::map_range(table, [](const Architecture &row) { return row.name.str(); }), ", ");
    return llvm::createStringError(source.file() + ": error: architecture '" + name +
                                   "' is not supported\nnote: known architectures: " + known);
  }
  Imported imported;
  GraphBuilder graph(context, source, imported);
  architecture->build(graph);
  if (llvm::Error error = graph.finish(architecture->harmlessSettings)) return error;
  if (failed(mlir::verify(*imported.module)))
    return llvm::createStringError("internal error: architecture '" + name + "' built invalid IR; please report it");
  return imported;
}

} // namespace ingot::architectures
