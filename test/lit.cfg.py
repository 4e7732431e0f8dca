# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How lit runs test/**/*.mlir and test/**/*.test: the RUN lines name the tools plainly and find them on the path.
%models is the folder of the real models (REQUIRES: models), %data is test/data, %build the build folder, %python has numpy and gguf."""
import os
import pathlib
import shutil

import lit.formats

config.name = "Ingot"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["data", "inputs", "lint", "reference"]
config.test_source_root = os.path.join(config.ingot_source, "test")
config.test_exec_root = os.path.join(config.ingot_build, "test", "lit")

path = [*config.ingot_tools, os.path.join(config.llvm_tools), config.environment["PATH"]]
config.environment["PATH"] = os.pathsep.join(path)
config.environment["FILECHECK_OPTS"] = "-enable-var-scope"
# Tests never touch the cache of the person who runs them.
config.environment["XDG_CACHE_HOME"] = os.path.join(config.test_exec_root, "cache")
# Nor are they compiled with schedules measured by that person.
config.environment["XDG_DATA_HOME"] = os.path.join(config.test_exec_root, "data")

models = pathlib.Path(config.ingot_source) / ".ingot" / "models"
python = pathlib.Path(config.ingot_source) / ".ingot" / "venv" / "bin" / "python"
config.substitutions += [
    ("%models", str(models)),
    ("%data", os.path.join(config.test_source_root, "data")),
    ("%source", config.ingot_source),
    ("%build", config.ingot_build),
    ("%python", str(python) if python.exists() else "python3"),
]

if len(list(models.glob("*.gguf"))) >= 2:
    config.available_features.add("models")
if python.exists():
    config.available_features.add("numpy")
if shutil.which("qemu-x86_64"):
    config.available_features.add("qemu")
# What the first CPU target needs: programs made for it run here.
processor = pathlib.Path("/proc/cpuinfo").read_text().split()
if {"avx512_vnni", "avx512_bf16"} <= set(processor):
    config.available_features.add("native-target")
