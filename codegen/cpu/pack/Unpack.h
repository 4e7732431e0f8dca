// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The inverse of packing, one element at a time and straight from the text of PanelLayout.h: slow, for tests and inspection.
#ifndef INGOT_CODEGEN_CPU_PACK_UNPACK_H
#define INGOT_CODEGEN_CPU_PACK_UNPACK_H

#include "codegen/cpu/layout/PanelLayout.h"

namespace ingot::cpu {

/// The value of one element of a packed matrix; the same bits as packed::dequantise gives for the file's row.
float unpackElement(const PanelLayout &layout, const uint8_t *panels, int64_t row, int64_t column);

/// A row of layout.columns values. Rows past the matrix's last, up to the panel's end, are zero.
void unpackRow(const PanelLayout &layout, const uint8_t *panels, int64_t row, float *values);

/// The code of one element of a quantised format, before the zero point is subtracted.
int unpackCode(const PanelLayout &layout, const uint8_t *panels, int64_t row, int64_t column);

} // namespace ingot::cpu
#endif
