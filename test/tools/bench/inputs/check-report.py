#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""check-report.py TOOLS   what the report makes of results whose figures are known; two of them, so that medians differ from either."""
import sys

sys.path.insert(0, sys.argv[1])
from bench import picture, report, rounds
from bench.contestant import Contestant
from bench.models import MODELS
from bench.process import Failure
from bench.rows import ROWS, Task


class Scripted(Contestant):
    """Answers with the rates it is told, one a call."""

    def __init__(self, name, rates, extra=None):
        self.name, self.rates, self.extra, self.asked = name, rates, extra or {}, []

    def settings(self, task):
        return list(self.rates)

    def sample(self, task, setting):
        self.asked.append(setting)
        rate = self.rates[setting][min(self.asked.count(setting), len(self.rates[setting])) - 1]
        if rate is None:
            raise Failure("it broke", "as told")
        return {"rate": rate, "tokens": task.row.tokens, **self.extra}


limits = {"limits": {"read_gbs": 20.0, "int8_gops": 1000.0, "bf16_gops": 500.0}, "bytes_per_token": 1e8, "operations": 2e11,
          "hash": "0badcafe", "read_percent": 85.0}
machine = {"machine": {"processor": "P", "family": "1", "model": "2", "cores": 2, "features": {"AMX": False}}, "date": "2026-01-02 03:04",
           "commit": "abc"}


def result(task, *contestants):
    made = rounds.measure(task, contestants)
    names = {"row": task.row.name, "what": task.row.what, "model": task.model.name, "title": task.model.title, "threads": task.threads}
    return names | machine | made


peer = Scripted("peer", {"slow": [80], "fast": [110, 90, 130, 110, 110]})
decode = result(Task(ROWS["decode-128"], MODELS["smollm2"], 2), Scripted("Ingot", {"": [160, 180, 170, 170, 500]}, limits), peer,
                Scripted("broken", {"": [5, None]}))
print("\n".join(report.lines(decode)))
print(report.table([decode]))
print(report.table([decode], ["def", "abc"]))
print("slow was tried", peer.asked.count("slow"), "time, fast", peer.asked.count("fast"))
prefill = result(Task(ROWS["prefill-512"], MODELS["1b-bf16"], 1), Scripted("Ingot", {"": [512]}, limits))
print(f"bf16: {report.share(prefill, 'Ingot'):.1f} {report.limit_of(prefill)}")


class Drifting(Scripted):
    """On a machine whose peak changes from one round to the next."""

    def sample(self, task, setting):
        made = super().sample(task, setting)
        peak = [1000.0, 2000.0, 2000.0, 1000.0, 2000.0][len(self.asked) - 1]
        return made | {"limits": made["limits"] | {"int8_gops": peak}}


drifting = result(Task(ROWS["prefill-512"], MODELS["1b-q4_0"], 1), Drifting("Ingot", {"": [512, 1024, 640, 512, 640]}, limits))
print(f"int8: {report.share(drifting, 'Ingot'):.1f}")
image = picture.svg([decode, prefill])
assert image.startswith("<svg") and image.rstrip().endswith("</svg>") and "170.0 tokens/s, 85 %" in image, image
