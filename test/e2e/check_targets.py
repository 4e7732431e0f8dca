# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Processors other than this one: the small recorded models compiled for them, run here where that is possible, else emulated. The
emulated ones also show that no instruction of a better processor slipped in: there is none to run it."""
import shutil

import conformance_models
import divergence
import programs
from cases import Failed, case, expect

# Target: the command in front of the program.
TARGETS = {
    "x86-64-v3": [],
    "x86-64-v3 (Haswell, emulated)": ["qemu-x86_64", "-cpu", "Haswell"],
    "aarch64-dotprod (Neoverse N1, emulated)": ["qemu-aarch64", "-L", "/usr/aarch64-linux-gnu", "-cpu", "neoverse-n1"],
    "aarch64-i8mm (emulated)": ["qemu-aarch64", "-L", "/usr/aarch64-linux-gnu", "-cpu", "max"],
}
# Emulation is slow: float32 is looked at with dense weights, with mixed ones, and with a window.
EXACTLY_EMULATED = {"llama", "llama_quants/q4_k_m", "gemma3_text"}


def logits(target, emulator, model, prompts, compile_options=(), run_options=()):
    if emulator and not shutil.which(emulator[0]):
        raise Failed(f"there is no {emulator[0]}; tools/setup installs it")
    path = programs.program(model.path, "--target", target.split()[0], *compile_options)
    return programs.rows_of(programs.logits_file([*emulator, path, "--logits"], prompts, *run_options), prompts)


def agree(target, emulator, model):
    """Read and generated tokens, and exactly, unless that costs too much."""
    said = divergence.check(model.reference, logits(target, emulator, model, model.prompts), "q8", model.noise)
    got = logits(target, emulator, model, model.prompts, run_options=("--decode",))
    kl = divergence.kl_rows(model.reference, got).mean()
    expect(kl <= 2e-5, f"generated tokens carry 15 bits, yet mean KL is {kl:.1e}, at most 2e-5")
    if not emulator or model.name in EXACTLY_EMULATED:
        divergence.check(model.reference, logits(target, emulator, model, model.prompts, ("--activations", "f32")), "f32")
    return said


for target, emulator in TARGETS.items():
    for model in conformance_models.ALL:
        case(f"targets {target} {model.name}", target, emulator, model)(agree)
