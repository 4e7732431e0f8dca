# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How far every engine's logits are from float32: mean KL over the recorded texts of the real models, read and generated. Wants numpy."""
import pathlib
import sys
import tempfile

import numpy as np

from .contestant import Refused
from .models import MODELS
from .process import ROOT, Failure, step
from .rows import ROWS, Task

sys.path.insert(0, str(ROOT / "test" / "e2e"))
import divergence  # noqa: E402  found only now
import programs  # noqa: E402

REFERENCES = programs.DATA / "real"
RECORDED = {"smollm2": programs.SMOLLM2, "gemma": programs.GEMMA3}
WAYS = {"read": "prefill-512", "generated": "decode-128"}  # and the row whose settings are the engine's there


def distance(engine, task, setting, prompts, reference, folder):
    """(mean KL, share of positions with the reference's best token)."""
    out = folder / "logits"
    engine.logits(task, setting, programs.write_prompts(folder / "tokens", prompts), out)
    positions = len(reference["argmax"])
    vocabulary, rest = divmod(out.stat().st_size, 4 * positions)
    if rest or not vocabulary:
        raise Failure(f"{engine.name} wrote {out.stat().st_size} bytes of logits, no multiple of {positions} positions")
    kl, same = divergence.from_likeliest(reference, np.memmap(out, np.float32, "r", shape=(positions, vocabulary)))
    return kl.mean(), same.mean()


def measure(engines, names, threads):
    """Yields (model, engine, setting, way, mean KL, top-1); what an engine cannot do is named where it is tried."""
    for name in names:
        reference, prompts = divergence.recorded(REFERENCES / f"{RECORDED[name]}.npz")
        for engine in engines:
            for way, row in WAYS.items():
                task = Task(ROWS[row], MODELS[name], threads)
                for setting in engine.settings(task):
                    try:
                        with tempfile.TemporaryDirectory(prefix="ingot-exactness-") as folder:
                            figures = distance(engine, task, setting, prompts, reference, pathlib.Path(folder))
                    except Refused as refusal:
                        step(f"{engine.name} {way} {setting}: {refusal}")
                        continue
                    yield MODELS[name].title, engine.name, setting, way, *figures
