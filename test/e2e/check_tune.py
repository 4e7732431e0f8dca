# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""ingot tune: in bounded time it leaves a record that compiling uses; numbers stay, whatever the schedules."""
import time

import conformance_models
import programs
from cases import case, expect

MODEL = conformance_models.BY_NAME["llama_quants/q4_k_m"]
BUDGET, SECONDS_MOST = 2, 30

# Far from the defaults, and by name for every matmul of the model's two plans.
ODD = "read {0} tokens=3 claim=4K\n", "generated {0} tokens=2 prefetch=512 claim=4K\n"


def logits(*options):
    program = programs.compile_to(programs.new_path("program"), MODEL.path, *options)
    return programs.logits_bytes(program, MODEL.prompts)


@case("tune a small model", alone=True)
def small_model():
    record, begin = programs.new_path("record.txt"), time.monotonic()
    said = programs.run(programs.TOOLS / "ingot", "tune", MODEL.path, "-o", record, "--budget", f"{BUDGET}s", "-q").decode()
    seconds = time.monotonic() - begin
    expect(seconds <= SECONDS_MOST, f"{seconds:.0f} s with a budget of {BUDGET} s, at most {SECONDS_MOST}")
    lines = [line for line in record.read_text().splitlines() if line.startswith(("read ", "generated "))] if record.exists() else []
    expect(f": {len(lines)} kernels measured" in said, f"the record has {len(lines)} kernels, but it says: {said}")
    expect(lines, f"nothing was measured in {seconds:.0f} s")
    # Going on measures only what is left.
    again = programs.run(programs.TOOLS / "ingot", "tune", MODEL.path, "-o", record, "--budget", "1s", "-q").decode()
    expect(f", {len(lines)} known before" in again, again)
    expect(logits("--tuning", record) == logits("--tuning", "none"), "other bits with the record")
    return f"{len(lines)} kernels in {seconds:.0f} s"


@case("tune keeps the bits")
def odd_schedules():
    plan = programs.run(programs.TOOLS / "ingot", "compile", "-q", MODEL.path, "--tuning", "none", "--emit", "ir=kernel", "-o", "-").decode()
    kernels = sorted({word.split("(")[0].rsplit("_t", 1)[0] for word in plan.split("@") if word.startswith("matmul_")})
    expect(kernels, "no matmul in the plan")
    described = programs.run(programs.TOOLS / "ingot", "tune", "--processor").decode().strip()
    record = programs.new_path("record.txt")
    record.write_text("ingot-tuning 1\n" + described + "\n" + "".join(line.format(kernel) for kernel in kernels for line in ODD))
    changed = programs.run(programs.TOOLS / "ingot", "compile", "-q", MODEL.path, "--tuning", record, "--emit", "ir=kernel", "-o", "-").decode()
    expect("tokens = 3" in changed and "prefetch = 512" in changed, "the record was not used")
    expect(logits("--tuning", record) == logits("--tuning", "none"), "other bits with other schedules")
