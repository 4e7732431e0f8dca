# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The small recorded models of test/data/conformance: their files, prompts and reference logits."""
import dataclasses
import json
import pathlib

import numpy as np

from programs import DATA

FOLDER = DATA / "conformance"


@dataclasses.dataclass
class Model:
    name: str          # "llama", "llama_quants/q4_k_m"
    path: pathlib.Path
    reference: np.ndarray  # [positions of all prompts, vocabulary]
    prompts: list      # of lists of ids
    noise: float       # mean KL that activations in int8 cost it
    continuations: list  # of (ids, continuation, margins)


def read(folder):
    info = json.loads((folder / "reference.json").read_text())
    files = [("", name, info["logits"]["file"], {}) for kind, name in info["weights"].items() if kind == "gguf"]
    files += [("/" + v["name"], v["file"], v["reference"], v) for v in info.get("variants", []) if v["kind"] == "gguf"]
    for suffix, name, reference, variant in files:
        values = np.fromfile(folder / reference, "<f4").reshape(-1, info["vocab_size"])
        prompts = info["prompts"]
        ordered = np.concatenate([values[p["offset"]:p["offset"] + len(p["ids"])] for p in prompts])
        # Variants have their own weights, so the unquantised model's continuation is not theirs.
        continuations = [] if suffix else [(p["ids"], p["continuation"], p["continuation_margins"]) for p in prompts]
        yield Model(folder.name + suffix, folder / name, ordered, [p["ids"] for p in prompts],
                    variant.get("kl_act8", info["kl_act8"]), continuations)


ALL = [model for folder in sorted(FOLDER.iterdir()) if folder.is_dir() for model in read(folder)]
BY_NAME = {model.name: model for model in ALL}
