// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Puts a weight matrix as the file stores it into the order the target reads (PanelLayout.h says which).
#ifndef INGOT_CODEGEN_CPU_PACK_PACK_H
#define INGOT_CODEGEN_CPU_PACK_PACK_H

#include "codegen/cpu/layout/PanelLayout.h"

namespace ingot::cpu {

/// Packs panels [firstPanel, firstPanel + panelCount) of a matrix of `rows` rows. `source` is the whole matrix, row after row;
/// `panels` receives panelCount * layout.panelBytes bytes, every one of them written, so that equal input gives equal files. Any
/// alignment. Panels are independent: threads may share a matrix.
void pack(const PanelLayout &layout, int64_t rows, int64_t firstPanel, int64_t panelCount, const uint8_t *source, uint8_t *panels);

} // namespace ingot::cpu
#endif
