# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Ingot: compiles a program for each model and set of options, and asks it to measure itself."""
import hashlib
import json
import os
import pathlib
import subprocess
import threading
import time

from .contestant import Contestant, Refused
from .process import ROOT, STORE, Failure, run, step

PROGRAMS = STORE / "bench" / "programs"
REST = 10  # seconds, see compile


class Ingot(Contestant):
    name = "Ingot"

    def __init__(self, build=None):
        self.build = pathlib.Path(build or ROOT / os.environ.get("INGOT_BUILD", "build"))
        self.compiler = self.build / "bin" / "ingot"

    def prepare(self):
        if not self.compiler.exists():
            raise Failure(f"{self.compiler} is not built", "tools/build builds it; INGOT_BUILD names another folder")

    def identity(self):
        return hashlib.sha256(self.compiler.read_bytes()).hexdigest()[:16]

    def options(self, row):
        words = []
        if row.cache and row.cache != "f16":  # what it is without being asked
            words += ["--cache", row.cache]
        if row.past:
            words += ["--context", row.past + 1024]  # a larger cache would have to be filled, too
        if row.activations:
            words += ["--activations", row.activations]
        if row.target:
            words += ["--target", row.target]
        return [str(word) for word in words]

    def program(self, task):
        """The compiled program of a task, compiled if it is not there or not by this compiler."""
        options = self.options(task.row)
        path = PROGRAMS / "-".join([task.model.name, *(word.lstrip("-") for word in options)])
        mark = path.with_name(path.name + ".by")
        if path.exists() and mark.exists() and mark.read_text() == self.identity():
            return path
        PROGRAMS.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        step(f"compiling {path.name}")
        try:
            run(self.compiler, "compile", task.model.path(), "-o", path, "--quiet", *options, quiet=True)
        except Failure as failure:
            raise Refused(f"compiling {path.name} failed", *failure.notes)
        mark.write_text(self.identity())
        return path

    def open(self, task):
        if task.row.kind != "compile":
            self.program(task)

    def sample(self, task, setting):
        kinds = {"prefill": self.prefill, "decode": self.decode, "parallel": self.parallel, "compile": self.compile,
                 "first-token": self.first}
        return kinds[task.row.kind](task)

    def bench(self, task, *words):
        try:
            text = run(self.program(task), "--bench", "--json", "--threads", task.threads, "--repeat", 1, *words, quiet=True)
        except Failure as failure:
            raise Refused(str(failure), *failure.notes)
        figures = json.loads(text)
        limits = {name: figures[name] for name in figures if name == "read_gbs" or name.endswith("_gops")}
        return figures, {"limits": limits, "bytes_per_token": figures["decode_bytes_per_token"],
                         "operations": figures["prefill_operations"], "hash": figures["generated_hash"],
                         "read_percent": figures["decode_percent_of_read_bandwidth"]}

    def prefill(self, task):
        figures, sample = self.bench(task, "--prefill", task.row.tokens, "-n", 1)
        return sample | {"rate": figures["prefill"], "tokens": figures["prefill_tokens"]}

    def decode(self, task):
        past = ["--past", task.row.past] if task.row.past else []
        figures, sample = self.bench(task, "--prefill", 1, "-n", task.row.tokens, *past)
        return sample | {"rate": figures["decode"], "tokens": figures["decode_tokens"], "longest_ms": figures["decode_longest_ms"]}

    def parallel(self, task):
        """Eight sequences, and one, because their ratio is the question."""
        figures, sample = self.bench(task, "--prefill", 1, "-n", task.row.tokens)
        together, _ = self.bench(task, "--prefill", 1, "-n", task.row.tokens, "--parallel", task.row.sequences)
        rate = together.get("parallel_decode", together["decode"])
        return sample | {"rate": rate, "single_rate": figures["decode"], "tokens": task.row.tokens * task.row.sequences,
                         "hash": together["generated_hash"]}

    def logits(self, task, setting, tokens, out):
        words = ["--decode"] if task.row.kind == "decode" else []
        run(self.program(task), "--logits", "--tokens", tokens, "--out", out, "--threads", task.threads, *words, quiet=True)

    def first(self, task):
        """From the start of the process to the first byte that it writes; its weights are in the page cache since the round before."""
        start = time.monotonic()
        words = ["--raw", "--temperature", "0", "--threads", str(task.threads), "-n", "1", "Hello there"]
        child = subprocess.Popen([self.program(task), *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        first = child.stdout.read(1)
        seconds = time.monotonic() - start
        child.stdout.read()  # or it would end because nobody listens
        if child.wait() or not first:
            raise Refused(f"{task.model.name} wrote no token")
        return {"rate": 1 / seconds, "ms": seconds * 1e3, "tokens": 1}

    def compile(self, task):
        """Copying the file and writing it to the disk, then compiling it, in turns. A virtual machine's host takes memory back that has
        been free for some seconds, and whoever fills the page cache next waits for it (cp: 5.4 s, 11.5 s after a rest): both do."""
        source, out = task.model.path(), PROGRAMS / "compiled"
        PROGRAMS.mkdir(parents=True, exist_ok=True)
        time.sleep(REST)
        start = time.monotonic()
        run("cp", source, out)
        run("sync", out)
        copy = time.monotonic() - start
        out.unlink()
        time.sleep(REST)
        start = time.monotonic()
        child = subprocess.Popen([self.compiler, "compile", source, "-o", out, "--quiet"], stderr=subprocess.PIPE, text=True)
        peak = AnonymousPeak(child.pid)
        said = child.communicate()[1]
        seconds = time.monotonic() - start
        size = out.stat().st_size if out.exists() else 0
        out.unlink(missing_ok=True)
        if child.returncode:
            raise Refused("compiling failed", *said.strip().splitlines()[-3:])
        return {"rate": 1 / seconds, "seconds": seconds, "copy_seconds": copy, "beyond_copy_seconds": seconds - copy,
                "anonymous_peak_mb": peak.stop() / 1e6, "tokens": 0, "bytes": size}


class AnonymousPeak:
    """The most anonymous memory that a process and its children had together, looked at a hundred times a second."""

    def __init__(self, pid):
        self.pid, self.most, self.running = pid, 0, True
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()

    def watch(self):
        while self.running:
            self.most = max(self.most, sum(map(self.anonymous, self.family(self.pid))))
            time.sleep(0.01)

    def family(self, pid):
        yield pid
        for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
            try:
                children = task.read_text().split()
            except OSError:
                continue
            for child in children:
                yield from self.family(child)

    @staticmethod
    def anonymous(pid):
        try:
            lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
        except OSError:
            return 0
        return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("RssAnon"))

    def stop(self):
        self.running = False
        self.thread.join()
        return self.most
