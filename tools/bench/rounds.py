# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""One row: every engine in turns, round by round, so that whatever happens on the machine happens to all of them."""
import contextlib
import dataclasses
import os
import statistics

from .process import Failure, busy_neighbour, lock, step

NEAR = 0.97  # a setting within so much of the best one is measured in every round


def measure(task, contestants, lock_file=None):
    """The row's result: samples of each engine and setting, who could not take part and why, medians, the machine's limits."""
    refused, samples, load = {}, {}, os.getloadavg()[0]
    taking_part = []
    with lock(lock_file):
        for contestant in contestants:
            if reason := contestant.refusal(task):
                refused[contestant.name] = reason
                continue
            try:
                contestant.open(task)
                taking_part.append(contestant)
                samples[contestant.name] = {}
            except Failure as failure:
                refused[contestant.name] = "; ".join([str(failure), *failure.notes])
    rounds = task.row.rounds
    for number in range(1, rounds + 1):
        step(f"{task}: round {number} of {rounds}")
        with lock(lock_file):
            for contestant in list(taking_part):
                try:
                    one_round(task, contestant, samples[contestant.name], number)
                except Failure as failure:
                    refused[contestant.name] = "; ".join([str(failure), *failure.notes])
                    taking_part.remove(contestant)
                    contestant.close()
                    del samples[contestant.name]
    for contestant in taking_part:
        contestant.close()
    return {"load_before": load, "rounds": rounds, "refused": refused, "samples": samples, "medians": medians(samples),
            "limits": limits(samples)}


def one_round(task, contestant, samples, number):
    settings = contestant.settings(task)
    if number > 1:
        best = max(statistics.median(sample["rate"] for sample in samples[setting]) for setting in settings)
        settings = [setting for setting in settings if statistics.median(sample["rate"] for sample in samples[setting]) >= NEAR * best]
    for setting in settings:
        if number > 1 and "rates" in samples[setting][0]:
            continue  # all its repetitions were made in the first round
        extra = {}
        if task.row.busy and number == 1:
            extra["alone_rate"] = contestant.sample(alone(task), setting)["rate"]
        elif task.row.busy:
            extra["alone_rate"] = samples[setting][0]["alone_rate"]
        with busy_neighbour() if task.row.busy else contextlib.nullcontext():
            samples.setdefault(setting, []).append(contestant.sample(task, setting) | extra)


def alone(task):
    return dataclasses.replace(task, threads=1)


def medians(samples):
    """Of each engine the best setting, by the median of its rates; other figures are medians, too, except the worst delay."""
    found = {}
    for name, settings in samples.items():
        for setting, taken in settings.items():
            rates = [rate for sample in taken for rate in sample.get("rates", [sample["rate"]])]
            figures = {"setting": setting, "rate": statistics.median(rates), "samples": len(rates), "tokens": taken[0]["tokens"]}
            for key in taken[0]:
                if key in figures or key in ("rates", "limits"):
                    continue
                values = [sample[key] for sample in taken]
                if isinstance(values[0], str):
                    figures[key] = values[0] if len(set(values)) == 1 else "differs: " + ", ".join(sorted(set(values)))
                elif values[0] is not None:
                    figures[key] = max(values) if key == "longest_ms" else statistics.median(values)
            if name not in found or figures["rate"] > found[name]["rate"]:
                found[name] = figures
    return found


def limits(samples):
    """Medians of what our program measured beside each of its samples."""
    taken = [sample["limits"] for settings in samples.values() for several in settings.values() for sample in several if "limits" in sample]
    return {name: statistics.median(limit[name] for limit in taken if name in limit) for name in (taken[0] if taken else {})}
