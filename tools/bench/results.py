# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Where results are kept: one file a row, in a folder for each commit and machine, so that a run can stop and go on."""
import hashlib
import json
import os
import pathlib
import re
import time

from .process import ROOT, STORE, run

RESULTS = STORE / "bench" / "results"


def machine():
    info = pathlib.Path("/proc/cpuinfo").read_text()
    flags = set(re.search(r"^flags\s*:\s*(.*)$", info, re.M)[1].split())
    field = lambda name: (re.search(rf"^{name}\s*:\s*(.*)$", info, re.M) or ["", "?"])[1]
    return {"processor": field("model name"), "family": field("cpu family"), "model": field("model"), "cores": len(os.sched_getaffinity(0)),
            "features": {name: flag in flags for name, flag in
                         {"AVX-512 VNNI": "avx512_vnni", "AVX-512 BF16": "avx512_bf16", "AMX": "amx_tile"}.items()}}


def commit():
    return run("git", "-C", ROOT, "describe", "--always", "--dirty").strip()


class Results:
    """The rows of one commit on one machine. What another build of the compiler measured does not count as done."""

    def __init__(self, compiler):
        self.machine, self.commit, self.compiler = machine(), commit(), compiler
        self.machine_key = hashlib.sha256(json.dumps(self.machine, sort_keys=True).encode()).hexdigest()[:8]
        self.folder = self.folder_of(self.commit)

    def folder_of(self, commit):
        return RESULTS / f"{commit}-{self.machine_key}"

    def path(self, task):
        return self.folder / f"{task.key}.json"

    def done(self, task, names=(), rounds=0):
        """The result, if there is one; with names and rounds, if all of those took part (or were refused) in so many."""
        path = self.path(task)
        if not path.exists():
            return None
        result = json.loads(path.read_text())
        known = result["medians"].keys() | result["refused"].keys()
        return result if result["compiler"] == self.compiler and known >= set(names) and result["rounds"] >= rounds else None

    def measured_at(self, commits, task):
        """The result of the first of some commits that has one, whatever compiler is built now."""
        for commit in commits:
            path = self.folder_of(commit) / self.path(task).name
            if path.exists():
                return json.loads(path.read_text())
        return None

    def keep(self, task, result):
        self.folder.mkdir(parents=True, exist_ok=True)
        head = {"row": task.row.name, "what": task.row.what, "model": task.model.name, "title": task.model.title, "threads": task.threads,
                "date": time.strftime("%Y-%m-%d %H:%M"), "commit": self.commit, "compiler": self.compiler, "machine": self.machine}
        self.path(task).with_suffix(".partial").write_text(json.dumps(head | result, indent=1) + "\n")
        os.replace(self.path(task).with_suffix(".partial"), self.path(task))
        return head | result
