# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiling models and running the programs. Each (model, options) is compiled once for all cases."""
import os
import pathlib
import subprocess
import tempfile
import threading

import numpy as np

from cases import Failed

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = ROOT / "test" / "data"
TOOLS = ROOT / os.environ.get("INGOT_BUILD", "build") / "bin"
MODELS = ROOT / os.environ.get("INGOT_MODELS", ".ingot/models")
SMOLLM2, GEMMA3 = "SmolLM2-135M-Instruct", "gemma-3-270m-q4_k_m"
LIMIT_SECONDS = 300

_folder = None
_compiled = {}
_lock = threading.Lock()


def start(folder):
    """All files go into `folder`; the cache and the tuning record of the person who runs this stay as they are."""
    global _folder
    _folder = pathlib.Path(folder)
    os.environ["XDG_CACHE_HOME"] = str(_folder / "cache")
    os.environ["XDG_DATA_HOME"] = str(_folder / "data")


def new_path(name):
    return pathlib.Path(tempfile.mkdtemp(dir=_folder)) / name


def real_model(name):
    found = sorted(MODELS.glob(name + "*.gguf"))
    if not found:
        raise Failed(f"{MODELS} has no {name}*.gguf; tools/setup fetches it")
    return found[0]


def run(*argv, **options):
    """A command that must succeed; its output as bytes."""
    argv = [str(word) for word in argv]
    try:
        done = subprocess.run(argv, capture_output=True, stdin=subprocess.DEVNULL, timeout=LIMIT_SECONDS, **options)
    except subprocess.TimeoutExpired:
        raise Failed(f"no end after {LIMIT_SECONDS} s: {' '.join(argv)}") from None
    except OSError as error:
        raise Failed(f"{argv[0]}: {error.strerror}") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()[-600:]
        raise Failed(f"exit {done.returncode}: {' '.join(argv)}\n{said}")
    return done.stdout


def compile_to(path, model, *options):
    run(TOOLS / "ingot", "compile", "-q", model, "-o", path, *options)
    return path


def program(model, *options):
    """The program of `model` compiled with `options`."""
    key = (str(model), options)
    with _lock:
        lock = _compiled.setdefault(key, {"lock": threading.Lock()})
    with lock["lock"]:
        if "path" not in lock:
            lock["path"] = compile_to(new_path("program"), model, *options)
        return lock["path"]


def write_prompts(path, prompts):
    path.write_text("".join(" ".join(map(str, ids)) + "\n" for ids in prompts))
    return path


def logits_file(command, prompts, *options):
    """Runs `command` (a program, or a list of words) on the prompts, lists of ids; the file it writes."""
    command = [command, "--logits"] if isinstance(command, pathlib.Path) else command
    ids, out = write_prompts(new_path("ids.txt"), prompts), new_path("logits.f32")
    run(*command, "--tokens", ids, "--out", out, *options)
    return out


def logits_bytes(command, prompts, *options):
    out = logits_file(command, prompts, *options)
    written = out.read_bytes()
    out.unlink()
    return written


def rows(values, prompts):
    """Float32 values as [positions, vocabulary]."""
    positions = sum(map(len, prompts))
    if not values.size or values.size % positions:
        raise Failed(f"{values.size} logits for {positions} positions")
    values = values.reshape(positions, -1)
    if not all(np.isfinite(row).all() for row in values):
        raise Failed("some logits are not finite")
    return values


def rows_of(out, prompts):
    """The same of a file, which is removed. Mapped: a large vocabulary makes more than a gigabyte of logits."""
    values = np.memmap(out, "<f4", "r") if out.stat().st_size else np.empty(0, "<f4")
    out.unlink()
    return rows(values, prompts)


def logits(model, prompts, compile_options=(), run_options=()):
    return rows_of(logits_file(program(model, *compile_options), prompts, *run_options), prompts)


def oracle(model, prompts):
    """The logits by test/reference."""
    ids, out = write_prompts(new_path("ids.txt"), prompts), new_path("logits.f32")
    run(TOOLS / "ingot-reference", model, ids, out)
    return rows_of(out, prompts)
