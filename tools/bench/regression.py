# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Two commits of Ingot in turns. What counts as slower: the median is lower by more than 2 %, and three quarters of the rounds, each
compared with itself, agree. A machine that others use too disturbs single rounds, never three quarters of them in one direction."""
import json
import os
import statistics
import subprocess
import sys

from .models import MODELS
from .process import ROOT, STORE, Failure, lock, run, step

FOLDER = STORE / "bench" / "regression"
TOLERATED = 0.98
FIGURES = {"prefill": 512, "decode": 128}


def build(commit, lock_file):
    """The compiler of a commit, in a folder of its own."""
    short = run("git", "-C", ROOT, "rev-parse", "--short=12", "--verify", f"{commit}^{{commit}}", quiet=True).strip()
    source, folder = FOLDER / short / "source", FOLDER / short / "build"
    compiler = folder / "bin" / "ingot"
    if not source.exists():
        # Not a work tree: nobody has to clean those up.
        partial = source.with_name("source.partial")
        partial.mkdir(parents=True, exist_ok=True)
        run("git", "-C", ROOT, "archive", "-o", partial.with_suffix(".tar"), short)
        run("tar", "xf", partial.with_suffix(".tar"), "-C", partial)
        partial.with_suffix(".tar").unlink()
        partial.rename(source)
    if not compiler.exists():
        step(f"building {short}")
        options = {"CMAKE_C_COMPILER": "clang-22", "CMAKE_CXX_COMPILER": "clang++-22", "CMAKE_BUILD_TYPE": "Release",
                   "CMAKE_PREFIX_PATH": "/usr/lib/llvm-22", "INGOT_HALIDE_ROOT": STORE / "halide" / "halide",
                   "CMAKE_C_COMPILER_LAUNCHER": "ccache", "CMAKE_CXX_COMPILER_LAUNCHER": "ccache"}
        # The same file in two folders is one entry of the cache.
        environment = os.environ | {"CCACHE_BASEDIR": str(source), "CCACHE_NOHASHDIR": "1", "CCACHE_SLOPPINESS": "pch_defines,time_macros"}
        run("cmake", "-G", "Ninja", "-S", source, "-B", folder, *(f"-D{name}={value}" for name, value in options.items()), quiet=True)
        with lock(lock_file):
            done = subprocess.run(["ninja", "-C", folder, "ingot"], stdout=sys.stderr, env=environment, check=False)
        if done.returncode:
            raise Failure(f"building {short} failed", "its own message is above")
    return short, compiler


def program(short, compiler, model):
    path = FOLDER / short / model.name
    if not path.exists():
        step(f"compiling {model.name} with {short}")
        run(compiler, "compile", model.path(), "-o", path, "--quiet", quiet=True)
    return path


def sample(path, threads):
    figures = json.loads(run(path, "--bench", "--json", "--threads", threads, "--repeat", 1, "--prefill", FIGURES["prefill"],
                             "-n", FIGURES["decode"], quiet=True))
    # Commits that measure one thread beside the threads asked for put both here.
    return figures["by_threads"][str(threads)]


def judge(before, after):
    """(ratio of the medians, how many rounds were faster, slower?)"""
    pairs = [new / old for old, new in zip(before, after)]
    ratio = statistics.median(after) / statistics.median(before)
    slower = ratio < TOLERATED and sum(pair < 1 for pair in pairs) >= 0.75 * len(pairs)
    return ratio, sum(pair > 1 for pair in pairs), slower


def compare(before, after, names, threads, rounds, lock_file):
    """Prints the comparison; True: something is slower."""
    for name in names:
        if name not in MODELS:
            raise Failure(f"there is no model '{name}'", f"models: {' '.join(MODELS)}")
    builds = [build(commit, lock_file) for commit in (before, after)]
    worse = False
    print(f"{'model':10} {'threads':>7}  {'figure':11} {builds[0][0]:>13} {builds[1][0]:>13}  ratio  spread  rounds faster")
    for model in map(MODELS.get, names):
        paths = [program(*built, model) for built in builds]
        for count in threads:
            samples = [{figure: [] for figure in FIGURES} for _ in builds]
            for number in range(rounds):
                step(f"{model.name}, {count} threads: round {number + 1} of {rounds}")
                with lock(lock_file):
                    # Each goes first as often as the other.
                    for side in ((0, 1) if number % 2 == 0 else (1, 0)):
                        figures = sample(paths[side], count)
                        for figure in FIGURES:
                            samples[side][figure].append(figures[figure])
            for figure, tokens in FIGURES.items():
                old, new = samples[0][figure], samples[1][figure]
                ratio, faster, slower = judge(old, new)
                spread = max(statistics.pstdev(side) / statistics.mean(side) for side in (old, new))
                worse |= slower
                print(f"{model.name:10} {count:7}  {figure + ' ' + str(tokens):11} {statistics.median(old):13.1f} {statistics.median(new):13.1f}"
                      f"  {ratio:5.3f}  {spread:6.1%}  {faster} of {rounds}" + ("   slower" if slower else ""), flush=True)
    print("slower beyond the noise: see above" if worse else "nothing is slower beyond the noise")
    return worse
