# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Text in, text out: the tokenisers against recorded ids, and back to the bytes; a program that continues a sentence."""
import sys

import programs
from cases import case, expect

SCRIPTS = programs.ROOT / "test" / "runtime" / "text"


@case(f"text tokens {programs.SMOLLM2}", programs.SMOLLM2)
@case(f"text tokens {programs.GEMMA3}", programs.GEMMA3)
def tokens(name):
    return programs.run(sys.executable, SCRIPTS / "check-tokens.py", "--tools", programs.TOOLS, programs.real_model(name),
                        programs.DATA / "real" / f"{name}.tokens.json").decode().splitlines()[-1]


for folder in sorted(path for path in (programs.DATA / "conformance").iterdir() if path.is_dir()):
    @case(f"text tokens and chats {folder.name}", folder)
    def tokens_and_chats(folder):
        programs.run(sys.executable, SCRIPTS / "check-conformance.py", "--tools", programs.TOOLS, folder)


# With exact activations: what so small a model knows may go either way in int8.
@case("text continues a sentence", ("--raw", "-n", "8", "The capital of France is"), "Paris", alone=True)
@case("text answers a question", ("-n", "40", "What is the capital of France?"), "Paris", alone=True)
def answers(words, wanted):
    program = programs.program(programs.real_model(programs.SMOLLM2), "--activations", "f32")
    said = programs.run(program, "--temperature", "0", *words).decode()
    expect(wanted in said, f"{words[-1]!r}: {said!r}")


@case("text continues a sentence as compiled by default", alone=True)
def continues():
    said = programs.run(programs.program(programs.real_model(programs.SMOLLM2)), "--temperature", "0", "--raw", "-n", "8",
                        "The capital of France is").decode()
    expect("Paris" in said, repr(said))
