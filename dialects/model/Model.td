// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The model dialect in one place, for the generators.
#ifndef INGOT_DIALECTS_MODEL_MODEL_TD
#define INGOT_DIALECTS_MODEL_MODEL_TD
include "dialects/model/RowOps.td"
include "dialects/model/WeightOps.td"
include "dialects/model/AttentionOps.td"
#endif
