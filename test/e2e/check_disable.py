# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every optimisation can be left out, and the numbers hold: without it, and without any of them."""
import conformance_models
import divergence
import programs
from cases import case, expect

OPTIONAL = ("fuse-attention", "fuse-projections", "narrow-wanted", "fuse-residual", "fuse-rows", "fuse-gate", "repeat-steps")
RELATIVE_ERROR_MOST = 1e-4


def disable(name, passes):
    model = conformance_models.BY_NAME[name]
    exactly = ("--activations", "f32")
    fused = programs.logits(model.path, model.prompts, exactly)
    got = programs.logits(model.path, model.prompts, (*exactly, "--disable", passes))
    error = divergence.relative_error(fused, got)
    expect(error <= RELATIVE_ERROR_MOST, f"f32 differs by {error:.1e} from the fused program, at most {RELATIVE_ERROR_MOST}")
    divergence.check(model.reference, got, "f32")
    decoded = programs.logits(model.path, model.prompts, (*exactly, "--disable", passes), ("--decode",))
    divergence.check(model.reference, decoded, "f32")
    rounded = programs.logits(model.path, model.prompts, ("--disable", passes))
    other = programs.logits(model.path, model.prompts, ("--disable", passes), ("--threads", "3", "--batch", "7"))
    expect((rounded == other).all(), "other bits with --threads 3 --batch 7")
    if passes == "narrow-wanted":  # the same sums, of fewer rows: to the bit
        expect((rounded == programs.logits(model.path, model.prompts)).all(), "other bits than with it")
    return f"f32 error {error:.1e}, q8 " + divergence.check(model.reference, rounded, "q8", model.noise)


ALL_PASSES = ",".join(OPTIONAL)
for name in ("llama", "gemma3_text", "llama_quants/q4_k_m"):
    for passes in (*OPTIONAL, ALL_PASSES):
        # Formats are none of the passes' business, so one case of them is enough.
        slow = "/" in name and passes != ALL_PASSES
        case(f"disable {name} {'all' if passes == ALL_PASSES else passes}", name, passes, slow=slow)(disable)
