# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A result in words: who was how fast, our ratio to the best peer, the share of the machine's limit, and what the row should reach."""
import statistics

from .models import MODELS
from .rows import ROWS

LIMITS = {"int8": "int8 peak", "bf16": "bf16 peak", "amx_bf16": "AMX bf16 peak", "read": "read bandwidth"}


def limit_of(result):
    """Which limit a row is held against; None: none."""
    row = ROWS[result["row"]]
    if row.kind == "prefill":
        return "amx_bf16" if result["limits"].get("amx_bf16_gops") else MODELS[result["model"]].matmul
    return "read" if row.kind == "decode" and not row.busy else None


def share(result, name):
    """Percent of the row's limit that an engine reached. Bytes and operations are the source file's, the same for all."""
    limit, ours = limit_of(result), result["medians"].get("Ingot")
    if not limit or not ours or not result["limits"]:
        return None
    rate, row = result["medians"][name]["rate"], ROWS[result["row"]]
    if limit == "read" and name == "Ingot":
        return ours["read_percent"]  # of the bandwidth in the midst of each sample, which changes by the second
    if limit == "read":
        return 100 * rate * ours["bytes_per_token"] / (result["limits"]["read_gbs"] * 1e9)
    peak = f"{limit}_gops"
    if not result["limits"].get(peak):
        return None

    def of_peak(rate, limits):
        return 100 * rate / row.tokens * ours["operations"] / (limits[peak] * 1e9)
    if name == "Ingot":  # each sample of the peak around it, which changes by the second, too
        return statistics.median(of_peak(sample["rate"], sample["limits"]) for sample in result["samples"][name][ours["setting"]])
    return of_peak(rate, result["limits"])


def best_peer(result):
    peers = {name: figures for name, figures in result["medians"].items() if name != "Ingot"}
    return max(peers, key=lambda name: peers[name]["rate"], default=None)


def reached(result):
    """(measure, value): what the row's goal asks for."""
    goal = goal_of(result)
    ours = result["medians"].get("Ingot")
    if not goal or not ours:
        return None
    peer = best_peer(result)
    values = {"ratio": lambda: ours["rate"] / result["medians"][peer]["rate"] if peer else None,
              "limit": lambda: share(result, "Ingot"), "single": lambda: ours["rate"] / ours["single_rate"],
              "alone": lambda: 100 * ours["rate"] / ours["alone_rate"], "seconds": lambda: ours["beyond_copy_seconds"],
              "ms": lambda: ours["ms"]}
    return values[goal[0]]()


def goal_of(result):
    return ROWS[result["row"]].goal(result["model"], result["threads"], result["machine"]["features"])


UNITS = {"ratio": "{:.2f} ×", "limit": "{:.0f} %", "single": "{:.2f} × one", "alone": "{:.0f} % of alone", "seconds": "cp + {:.1f} s",
         "ms": "{:.0f} ms"}


def verdict(result):
    goal, value = goal_of(result), reached(result)
    if not goal or value is None:
        return ""
    measure, least, aim = goal
    well = (lambda bound: value <= bound) if measure in ("seconds", "ms") else (lambda bound: value >= bound)
    word = "aim" if well(aim) else "well" if well(least) else "short"
    return f"{UNITS[measure].format(value)} of {least:g}/{aim:g}: {word}"


def rate_text(result, name):
    figures, kind = result["medians"][name], ROWS[result["row"]].kind
    if kind == "compile":
        return f"{figures['seconds']:.1f} s (cp and sync {figures['copy_seconds']:.1f} s, peak {figures['anonymous_peak_mb']:.0f} MB anonymous)"
    if kind == "first-token":
        return f"{figures['ms']:.1f} ms"
    return f"{figures['rate']:.1f}"


def headline(result):
    return f"{result['row']}, {result['title']}, {result['threads']} thread{'s' * (result['threads'] > 1)}"


def lines(result):
    """One result for the terminal."""
    row = ROWS[result["row"]]
    yield f"{headline(result)}: {row.what}"
    ours = result["medians"].get("Ingot")
    for name in sorted(result["medians"], key=lambda name: -result["medians"][name]["rate"]):
        figures, parts = result["medians"][name], []
        if ours and name != "Ingot":
            parts.append(f"Ingot is {ours['rate'] / figures['rate']:.2f} ×")
        if (percent := share(result, name)) is not None:
            parts.append(f"{percent:.0f} % of {LIMITS[limit_of(result)]}")
        if "single_rate" in figures:
            parts.append(f"{figures['rate'] / figures['single_rate']:.2f} × its {figures['single_rate']:.1f} with one")
        if "alone_rate" in figures:
            parts.append(f"{100 * figures['rate'] / figures['alone_rate']:.0f} % of its {figures['alone_rate']:.1f} undisturbed on one thread")
        if "longest_ms" in figures:
            parts.append(f"slowest token {figures['longest_ms']:.0f} ms")
        tokens = f"{figures['samples']} samples of {figures['tokens']} tokens"
        parts.append(tokens + (f", hash {figures['hash']}" if "hash" in figures else ""))
        label = name + (f" ({figures['setting']})" if figures["setting"] else "")
        unit = "" if row.kind in ("compile", "first-token") else " tokens/s"
        yield f"  {label:28} {rate_text(result, name):>9}{unit}  " + "; ".join(parts)
    for name, reason in result["refused"].items():
        yield f"  {name:28} not measured: {reason}"
    if result["limits"]:
        units = {"read_gbs": "GB/s read", "int8_gops": "int8 GOP/s", "bf16_gops": "bf16 GOP/s", "amx_int8_gops": "AMX int8 GOP/s",
                 "amx_bf16_gops": "AMX bf16 GOP/s"}
        yield "  limits: " + ", ".join(f"{value:.1f} {units.get(name, name)}" for name, value in result["limits"].items() if value)
    if text := verdict(result):
        yield f"  goal: {text}"


def table(results, commits=()):
    """Results on one machine as Markdown, of one commit; of several, rows that are not of the first one say of which they are."""
    here, first = results[0]["machine"], commits[0] if commits else results[0]["commit"]
    features = ", ".join(name if there else f"no {name}" for name, there in here["features"].items())
    others = ", where it says so " + " or ".join(commits[1:]) if commits[1:] else ""
    dates = sorted({result["date"].split()[0] for result in results})
    out = [f"{here['processor']} (family {here['family']}, model {here['model']}), {here['cores']} cores; {features}. "
           f"{' to '.join(dict.fromkeys((dates[0], dates[-1])))}, commit {first}{others}; tokens/s, medians of interleaved rounds, "
           "each engine with its best setting.", "",
           "| row | model | threads | Ingot | best peer | ratio | of the limit | goal |", "|---|---|---|---|---|---|---|---|"]
    for result in results:
        ours, peer = result["medians"].get("Ingot"), best_peer(result)
        percent = share(result, "Ingot")
        out.append("| " + " | ".join([
            result["row"] + (f" ({result['commit']})" if result["commit"] != first else ""), result["title"],
            str(result["threads"]), rate_text(result, "Ingot") if ours else "–",
            f"{result['medians'][peer]['rate']:.1f} {peer}" if peer else "–",
            f"**{ours['rate'] / result['medians'][peer]['rate']:.2f}**" if ours and peer else "–",
            f"{percent:.0f} %" if percent is not None else "–", verdict(result) or "–"]) + " |")
    reasons = {}
    for result in results:
        for name, reason in result["refused"].items():
            reasons.setdefault((name, reason), []).append(f"{result['row']} {result['title']}")
    if reasons:
        parts = (f"{name} ({', '.join(dict.fromkeys(rows))}): {reason}" for (name, reason), rows in reasons.items())
        out += ["", "Not measured: " + "; ".join(parts) + "."]
    return "\n".join(out)
