// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The least that a compiled model is: facts and weights, no steps.
#include "runtime/abi/Model.h"

const struct ingot_model ingot_model = {
    .abi_version = INGOT_MODEL_ABI_VERSION,
    .name = "least",
    .architecture = "none",
    .source = "least.gguf",
    .formats = "F32 x1",
    .activations = "read f32, generated f32",
    .version = "test",
    .blob_bytes = 300000,
    .blob_identity = 0x0123456789abcdef,
    .vocabulary = 2,
    .context = 16,
    .layers = 1,
    .embedding = 2,
};
