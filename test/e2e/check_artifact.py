# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What comes out: the same bytes every time, no larger than it must be, in time; weights beside; a library for C."""
import shutil
import time

import conformance_models
import programs
from cases import case, expect

SIZE_MOST = 4_000_000  # above the GGUF file
SECONDS_MOST = {programs.SMOLLM2: 5, programs.GEMMA3: 10}


@case(f"artifact {programs.SMOLLM2}", programs.SMOLLM2, alone=True)
@case(f"artifact {programs.GEMMA3}", programs.GEMMA3, alone=True)
def twice(name):
    """Compiles twice: the same bytes, a small file, and the better time counts, since the machine may be busy."""
    model, seconds, bytes_of = programs.real_model(name), [], []
    for _ in range(2):
        begin = time.monotonic()
        path = programs.compile_to(programs.new_path("program"), model)
        seconds.append(time.monotonic() - begin)
        bytes_of.append(path.read_bytes())
        path.unlink()
    expect(bytes_of[0] == bytes_of[1], "compiled twice, the bytes differ")
    above = len(bytes_of[0]) - model.stat().st_size
    expect(above <= SIZE_MOST, f"the program is {above} bytes larger than its model, at most {SIZE_MOST}")
    said = f"compiled in {min(seconds):.1f} s (at most {SECONDS_MOST[name]}), {above / 1e6:+.1f} MB"
    expect(min(seconds) <= SECONDS_MOST[name], said)
    return said


MODEL = conformance_models.BY_NAME["llama_quants/q4_k_m"]


def embedded():
    return programs.logits_bytes(programs.program(MODEL.path), MODEL.prompts)


@case("artifact external weights")
def external():
    path = programs.compile_to(programs.new_path("program"), MODEL.path, "--weights", "external")
    weights = path.with_name(path.name + ".weights")
    expect(weights.exists(), f"no {weights.name} beside the program")
    expect(programs.logits_bytes(path, MODEL.prompts) == embedded(), "other logits than with the weights inside")
    # Both files belong together, wherever they are.
    moved = programs.new_path("program")
    shutil.move(path, moved)
    shutil.move(weights, moved.with_name(weights.name))
    expect(programs.logits_bytes(moved, MODEL.prompts) == embedded(), "other logits after both files moved")


@case("artifact ingot logits", ())
@case("artifact ingot logits f32", ("--activations", "f32"))
def command(activations):
    """`ingot logits`, which compiles into the cache, writes what the program does; also the second time, when it is there."""
    words = [programs.TOOLS / "ingot", "logits", MODEL.path, *activations]
    wanted = programs.logits_bytes(programs.program(MODEL.path, *activations), MODEL.prompts)
    for _ in range(2):
        expect(programs.logits_bytes(words, MODEL.prompts) == wanted, "other logits than the program's")


@case("artifact shared library")
def shared():
    """A C program compiled against the library and its header gets the same logits."""
    library = programs.compile_to(programs.new_path("libmodel.so"), MODEL.path, "--emit", "shared")
    header = library.with_suffix(".h")
    expect(header.exists(), f"no {header.name} beside the library")
    user = library.with_name("user")
    programs.run("clang-22", "-std=c11", "-Wall", "-Wextra", "-Werror", "-DHEADER=\"" + header.name + "\"", "-I", library.parent,
                 programs.ROOT / "test" / "e2e" / "library-user.c", library, f"-Wl,-rpath,{library.parent}", "-o", user)
    ids, out = programs.write_prompts(programs.new_path("ids.txt"), MODEL.prompts), programs.new_path("logits.f32")
    programs.run(user, ids, out)
    expect(out.read_bytes() == embedded(), "other logits than the program's")
