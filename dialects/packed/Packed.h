// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The packed dialect: how weights and activations are stored. Documented in Packed.td.
#ifndef INGOT_DIALECTS_PACKED_PACKED_H
#define INGOT_DIALECTS_PACKED_PACKED_H

#include "dialects/model/Model.h"
#include "dialects/packed/ActivationKind.h"
#include "dialects/packed/BlockFormat.h"

namespace ingot::packed {
llvm::StringRef name(ActivationKind kind);
std::optional<ActivationKind> activationKindByName(llvm::StringRef name);

inline llvm::hash_code hash_value(BlockFormat format) { return llvm::hash_value(unsigned(format)); }
inline llvm::hash_code hash_value(ActivationKind kind) { return llvm::hash_value(unsigned(kind)); }
} // namespace ingot::packed

#include "dialects/packed/PackedDialect.h.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/packed/PackedTypes.h.inc"
#define GET_OP_CLASSES
#include "dialects/packed/PackedOps.h.inc"

#endif
