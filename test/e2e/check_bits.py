# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The same bits whatever the number of threads, however a prompt is cut, in any company, and every time. Read and generated tokens round differently, so
they are compared among themselves only."""

import numpy as np

import conformance_models
import programs
from cases import case, expect

COMPANY = [("--parallel", "8", "--threads", "1"), ("--parallel", "8", "--threads", "3", "--batch", "100"), ("--parallel", "3", "--batch", "7")]
THREADS, PIECES, LONG = (1, 2, 3), (1, 7, 64, 512), programs.SMOLLM2 + " long"


def real_prompt(length):
    reference = np.load(programs.DATA / "real" / f"{programs.SMOLLM2}.npz")
    return [reference["ids"][:length].tolist()]


def small(name):
    model = conformance_models.BY_NAME[name]  # prompts of 1, 17 and 83 tokens: Gemma's window is crossed
    return lambda: (model.path, model.prompts)


MODELS = {
    "llama_quants/q4_k_m": small("llama_quants/q4_k_m"),
    "llama": small("llama"),
    "gemma3_text": small("gemma3_text"),
    programs.SMOLLM2: lambda: (programs.real_model(programs.SMOLLM2), real_prompt(101)),
    # More than a pass of the program holds.
    LONG: lambda: (programs.real_model(programs.SMOLLM2), real_prompt(601)),
}


def same(name, activations, variations, *options):
    model, prompts = MODELS[name]()
    assert max(map(len, prompts)) > 64
    program = programs.program(model, *activations)
    first = None
    for words in variations:
        written = programs.logits_bytes(program, prompts, *options, *words)
        if first is None:
            first = written
            programs.rows(np.frombuffer(first, "<f4"), prompts)
        elif written != first:
            rows, other = (programs.rows(np.frombuffer(some, "<f4"), prompts) for some in (first, written))
            different = np.flatnonzero((rows != other).any(-1))
            expect(False, f"{' '.join(words)} differs from {' '.join(variations[0])} in {len(different)} of {len(rows)} positions, "
                          f"first in {different[0]}, by at most {np.abs(rows - other).max():.1e}")


def company(prompts):
    """Eight prompts of different lengths, cut from the longest."""
    longest = max(prompts, key=len)
    return [longest[5 * k:][:len(longest) - 9 * k] for k in range(8)]


def together(name, activations, *options):
    """Beside seven others, some of which end earlier, as alone."""
    model, prompts = MODELS[name]()
    prompts = company(prompts)
    program = programs.program(model, *activations)
    alone = programs.logits_bytes(program, prompts, *options)
    programs.rows(np.frombuffer(alone, "<f4"), prompts)
    for words in COMPANY:
        expect(programs.logits_bytes(program, prompts, *options, *words) == alone, f"{' '.join(words)} differs from each prompt alone")


threads = [("--threads", str(n)) for n in THREADS]
pieces = [("--threads", "2", "--batch", str(n)) for n in PIECES]
case(f"bits {LONG} pieces", LONG, (), [("--threads", "2", *batch) for batch in ((), ("--batch", "512"), ("--batch", "100"))])(same)
# Long enough for several ranges of keys, which threads share.
case(f"bits {LONG} decode", LONG, (), [*threads[:2], ("--threads", "3", "--batch", "7")], "--decode")(same)
for cache in ("bf16", "q8_0"):
    label, options = f"bits {LONG} cache {cache}", ("--cache", cache)
    case(f"{label} pieces", LONG, options, [("--threads", "2", *batch) for batch in ((), ("--batch", "100"))])(same)
    case(f"{label} decode", LONG, options, [*threads[:2], ("--threads", "3", "--batch", "7")], "--decode")(same)
    case(f"{label} decode together", programs.SMOLLM2, options, "--decode")(together)
for name in [name for name in MODELS if name != LONG]:
    for activations in ((), ("--activations", "f32")):
        label = " ".join(["bits", name, *activations[1:]])
        # The last one again, for programs that differ from run to run.
        case(f"{label} threads", name, activations, [*threads, threads[-1]])(same)
        case(f"{label} pieces", name, activations, [("--threads", "1"), *pieces])(same)
        case(f"{label} decode", name, activations, [*threads, threads[-1]], "--decode")(same)
        case(f"{label} decode pieces", name, activations, [("--threads", "1", "--batch", "1"), *pieces], "--decode")(same)
        slow = name == programs.SMOLLM2 and bool(activations)  # a minute for what the small models show in seconds
        case(f"{label} together", name, activations, slow=slow)(together)
        case(f"{label} decode together", name, activations, "--decode", slow=slow)(together)
