# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The table of what is measured: one row a question, each for some models and thread counts. A row's goals say what it should reach
on a processor without and with AMX: (measure, at least, aim), the measure one of
  ratio     our tokens/s ÷ the best peer's
  limit     percent of the row's limit, which the same run measured: read bandwidth, or the peak of the matmuls' dot products
  single    our tokens/s ÷ our own with one sequence (of the same settings)
  alone     percent of our own undisturbed speed on one thread
  seconds   beyond copying the file
  ms        to the first token"""
import dataclasses

WITHOUT_VNNI = ("ratio", 1.1, 1.4)
REAL, FORMATS = ["smollm2", "gemma"], ["q4_0", "q4_k_m", "q8_0", "bf16"]
ONE_B, SEVEN_B = [f"1b-{kind}" for kind in FORMATS], [f"7b-{kind}" for kind in FORMATS]


@dataclasses.dataclass(frozen=True)
class Row:
    name: str
    kind: str  # prefill, decode, parallel, compile, first-token
    models: list
    what: str
    tokens: int = 0
    past: int = 0  # tokens before, in a cache filled with random values
    cache: str = ""  # as compiled: f16, bf16, q8_0
    sequences: int = 1
    activations: str = ""
    target: str = ""  # of compilation, where it is not the machine at hand
    busy: bool = False
    rounds: int = 5
    threads: tuple = (1, 2)
    goals: dict = dataclasses.field(default_factory=dict)  # {"" or model: {"vnni": (…), "amx": (…)}}
    one_thread: tuple = ()  # the goal with one thread, where it is another

    def goal(self, model, threads, features):
        """Of a machine with such features. Without VNNI there is no share of its peak to reach: the ratio to peers counts."""
        if threads == 1 and self.one_thread:
            return self.one_thread
        for key in (model, model.split("-")[0], ""):
            if key not in self.goals:
                continue
            if self.kind == "prefill" and not features["AVX-512 VNNI"]:
                return WITHOUT_VNNI
            return self.goals[key].get("amx" if features["AMX"] else "vnni")
        return None


def both(vnni, amx):
    return {"vnni": vnni, "amx": amx}


def after(past, label, least):
    rounds = 5 if past < 10000 else 3
    return [Row(f"decode-after-{label}-{cache}", "decode", ["1b-q4_0"], f"decoding 32 tokens after {past}, cache {cache.upper()}",
                tokens=32, past=past, cache=cache, rounds=rounds, goals={"": least(cache)}) for cache in ("f16", "bf16", "q8_0")]


ROWS = {row.name: row for row in [
    Row("prefill-512", "prefill", REAL + ONE_B, "reading 512 tokens", tokens=512, goals={
        "smollm2": both(("ratio", 1.2, 1.4), ("ratio", 1.3, 2)), "gemma": both(("ratio", 1.3, 1.6), ("ratio", 2.5, 4)),
        "1b-bf16": both(("ratio", 1, 1.05), ("limit", 40, 65)), "1b": both(("limit", 60, 68), ("limit", 30, 60))}),
    Row("prefill-16k", "prefill", ["1b-q4_0"], "reading 16,384 tokens", tokens=16384, rounds=3, goals={
        "": both(("ratio", 1.3, 1.6), ("ratio", 1.5, 3))}),
    Row("decode-128", "decode", REAL + ONE_B + SEVEN_B, "decoding 128 tokens", tokens=128, goals={
        "smollm2": both(("limit", 85, 92), ("limit", 85, 92)), "gemma": both(("limit", 85, 92), ("limit", 85, 92)),
        "": both(("limit", 90, 93), ("limit", 90, 94))}, one_thread=("limit", 88, 91)),
    *after(4096, "4k", lambda cache: both(("limit", 82, 90), ("limit", 82, 90))),
    *after(16384, "16k", lambda cache: both(("limit", 60, 80) if cache == "q8_0" else ("limit", 70, 85), ("limit", 75, 88))),
    *after(32768, "32k", lambda cache: both(("limit", 60, 80) if cache == "q8_0" else ("limit", 70, 85), ("limit", 75, 88))),
    Row("parallel-8", "parallel", ["1b-q4_0"], "8 sequences decoding together", tokens=64, sequences=8, goals={
        "": both(("single", 2, 2.5), ("single", 5, 6.5))}),
    Row("parallel-8-q8", "parallel", ["1b-q4_0"], "8 sequences decoding together, 8-bit activations", tokens=64, sequences=8,
        activations="q8", goals={"": both(("single", 3.5, 4.5), ("single", 5, 6.5))}),
    Row("busy-neighbour", "decode", ["smollm2", "1b-q4_0"], "decoding 128 tokens, another process busy on one core", tokens=128, busy=True,
        threads=(2,), goals={"": both(("alone", 55, 80), ("alone", 55, 80))}),
    Row("avx2-prefill-512", "prefill", REAL + ["1b-q4_0"], "reading 512 tokens, x86-64-v3 forced", tokens=512, target="x86-64-v3", goals={
        "": both(WITHOUT_VNNI, WITHOUT_VNNI)}),
    Row("avx2-decode-128", "decode", REAL + ["1b-q4_0"], "decoding 128 tokens, x86-64-v3 forced", tokens=128, target="x86-64-v3", goals={
        "": both(WITHOUT_VNNI, WITHOUT_VNNI)}),
    Row("compile", "compile", ["7b-q4_k_m"], "compiling, beside cp and sync of the file", threads=(2,), rounds=3, goals={
        "": both(("seconds", 10, 10), ("seconds", 10, 10))}),
    Row("first-token", "first-token", ["smollm2", "1b-q4_0"], "from the start of the process to its first token", threads=(2,), goals={
        "smollm2": both(("ms", 30, 30), ("ms", 45, 45)), "": both(("ms", 150, 150), ("ms", 150, 150))}),
]}


@dataclasses.dataclass(frozen=True)
class Task:
    """A row for one model and thread count."""
    row: Row
    model: object
    threads: int

    @property
    def key(self):
        return f"{self.row.name}.{self.model.name}.t{self.threads}"

    def __str__(self):
        return f"{self.row.name} --model {self.model.name} --threads {self.threads}"
