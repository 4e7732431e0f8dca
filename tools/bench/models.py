# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The models that are measured: two real ones, which tools/setup fetches, and random weights in the shapes of larger ones."""
import dataclasses
import shutil

from . import random_model
from .process import STORE, Failure, step

FOLDER = STORE / "models"


@dataclasses.dataclass(frozen=True)
class Model:
    name: str
    title: str
    file: str
    shape: str = ""  # of random_model, which makes it
    kind: str = ""
    matmul: str = "int8"  # whose peak its prefill is held against

    def path(self):
        """The file, made if it is not there."""
        path = FOLDER / self.file
        if path.exists():
            return path
        if not self.shape:
            raise Failure(f"there is no {self.file}", "tools/setup fetches it")
        step(f"making {self.file}: {self.title}")
        size = random_model.size(self.shape, self.kind)
        free = shutil.disk_usage(FOLDER.parent).free
        # The file, and the program with its weights inside.
        if free < 2.2 * size:
            raise Failure(f"{self.file} and its program need {2.2 * size / 1e9:.0f} GB of disk, {free / 1e9:.0f} GB are free")
        FOLDER.mkdir(parents=True, exist_ok=True)
        random_model.make(path, self.shape, self.kind, random_model.show)
        return path


def of_shape(shape):
    titles = {"q4_0": "Q4_0", "q4_k_m": "Q4_K_M", "q8_0": "Q8_0", "bf16": "BF16"}
    return [Model(f"{shape}-{kind}", f"{shape.upper()} shape {titles[kind]}", f"{shape}-{kind}.gguf", shape, kind,
                  "bf16" if kind == "bf16" else "int8") for kind in random_model.FORMATS]


MODELS = {model.name: model for model in [
    Model("smollm2", "SmolLM2-135M Q4_1", "SmolLM2-135M-Instruct.Q4_1.gguf"),
    Model("gemma", "Gemma-3-270M Q4_K_M", "gemma-3-270m-q4_k_m.gguf"),
    *of_shape("1b"), *of_shape("7b")]}
