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


def answer(name, *words):
    return programs.run(programs.program(programs.real_model(name)), "--temperature", "0", *words).decode()


@case("text continues a sentence", alone=True)
def continues():
    said = answer(programs.SMOLLM2, "--raw", "-n", "8", "The capital of France is")
    expect("Paris" in said, f"The capital of France is{said!r}")


@case("text answers a question", alone=True)
def answers():
    # Not the capital of France: rounded to 8 bits, the question is answered by a list of French words, in f32 by Paris.
    said = answer(programs.SMOLLM2, "-n", "64", "Why is the sky blue?")
    expect("Rayleigh scattering" in said, repr(said))


@case("text base model continues", alone=True)
def base_model():
    said = answer(programs.GEMMA3, "--raw", "-n", "8", "One, two, three, four,")
    expect("five, six, seven" in said, f"One, two, three, four,{said!r}")
