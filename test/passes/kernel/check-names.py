#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""check-names.py README < IR: does the name of every kernel.func follow the grammar in the README's fenced block?
Each rule is a regular expression in which {name} stands for another rule; the first is the whole name."""
import pathlib
import re
import sys


def expression(readme):
    block = re.search(r"```\n(kernel +=.*?)```", pathlib.Path(readme).read_text(), re.S)[1]
    rules = dict(re.split(r" += +", line, maxsplit=1) for line in block.splitlines())

    def expand(text):
        return re.sub(r"\{(\w+)\}", lambda reference: f"(?:{expand(rules[reference[1]])})", text)

    return re.compile(expand(rules["kernel"]))


def main():
    pattern = expression(sys.argv[1])
    names = re.findall(r"kernel\.func @([\w.]+)", sys.stdin.read())
    odd = [name for name in names if not pattern.fullmatch(name)]
    for name in odd:
        print(f"error: '{name}' does not follow the grammar of kernels' names in {sys.argv[1]}", file=sys.stderr)
    print(f"{len(names) - len(odd)} of {len(names)} names follow the grammar")
    sys.exit(1 if odd or not names else 0)


main()
