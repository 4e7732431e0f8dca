// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The table of architectures. Adding one: a file with its graph and a row in Architecture.cpp.
#ifndef INGOT_FRONTENDS_ARCHITECTURES_ARCHITECTURE_H
#define INGOT_FRONTENDS_ARCHITECTURES_ARCHITECTURE_H

#include "frontends/architectures/Source.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"

namespace ingot::architectures {

class GraphBuilder;

struct Architecture {
  llvm::StringRef name;     ///< general.architecture
  llvm::StringRef families; ///< for people
  void (*build)(GraphBuilder &graph);
  /// Settings that may be there and change nothing in the graph.
  llvm::ArrayRef<llvm::StringRef> harmlessSettings;
};

llvm::ArrayRef<Architecture> architectures();

/// What a frontend ends with: verified model IR in `module` (a function @forward), the weights it names, and the limits.
struct Imported {
  mlir::OwningOpRef<mlir::ModuleOp> module;
  packed::WeightTable weights;
  int64_t vocabulary = 0, context = 0, layers = 0, embedding = 0;
};

/// Builds the graph of the source's architecture. An unknown architecture, a missing or unknown setting, a missing, unknown or
/// misshapen tensor is an error that names the file, the thing, both values and the remedy.
llvm::Expected<Imported> importModel(mlir::MLIRContext *context, const Source &source);

} // namespace ingot::architectures
#endif
