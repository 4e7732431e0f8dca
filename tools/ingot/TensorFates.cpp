// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/ingot/TensorFates.h"

#include "codegen/cpu/layout/PanelLayout.h"
#include "compiler/cache/Place.h"
#include "frontends/gguf/Import.h"
#include "mlir/IR/MLIRContext.h"

namespace ingot::tool {

llvm::Expected<std::function<std::string(const gguf::Tensor &)>> tensorFates(const gguf::File &file) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  llvm::Expected<architectures::Imported> imported = gguf::importModel(&context, file);
  if (!imported) return imported.takeError();
  auto weights = std::make_shared<packed::WeightTable>(std::move(imported->weights));
  return [weights](const gguf::Tensor &tensor) -> std::string {
    const packed::Weight *weight = weights->find(tensor.name);
    if (!weight) return "read at compile time";
    if (weight->rows == 1) return "a vector, kept as it is";
    uint64_t bytes = cpu::packedBytes(weight->format, weight->rows, weight->columns);
    return "panels of " + std::to_string(cpu::panelRows) + " rows, " + cache::sizeText(bytes);
  };
}

} // namespace ingot::tool
