#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""One name, spelled four ways: FuseRope = passes/model/FuseRope.cpp = --ingot-fuse-rope = test/passes/model/fuse-rope.mlir.
And numbered constraints: (C1), (C2) … of an op's description have no gaps, and each has its line in the verifier and its test."""
import re

from sources import ROOT, finish, text, tracked

PASS = re.compile(r'def\s+(\w+)\s*:\s*Pass<"([^"]+)"')
OP = re.compile(r'^def\s+\w+\s*:\s*\w+<"([\w.]+)"', re.M)


def kebab(name):
    """FuseQkvNorm -> fuse-qkv-norm, LowerKernelToLlvm -> lower-kernel-to-llvm."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name).lower()


def check_passes(folder):
    """Every pass of folder/Passes.td has its file, option and test; every file and test there has its pass."""
    table = folder / "Passes.td"
    tests = "test" / folder
    names = PASS.findall(text(table))
    for name, option in names:
        source, test = folder / f"{name}.cpp", tests / f"{kebab(name)}.mlir"
        if option != f"ingot-{kebab(name)}":
            yield table, f"pass {name} has the option '{option}', its name implies 'ingot-{kebab(name)}'"
        if not (ROOT / source).exists():
            yield table, f"pass {name} has no {source}"
        if not (ROOT / test).exists():
            yield table, f"pass {name} has no test {test}"
        elif f"--{option}" not in text(test):
            yield test, f"does not run --{option}"
    known = {name for name, _ in names}
    for path in tracked(".cpp"):
        # A source with a header of its own is a piece that passes share, not a pass.
        if path.parent == folder and path.stem not in known | {"Registration"} and not (ROOT / path.with_suffix(".h")).exists():
            yield path, f"no pass {path.stem} in {table} (and no header beside it)"
    pieces = {path.stem for path in tracked(".h") if path.parent == folder}
    for path in tracked(".mlir"):
        if path.parent == tests and path.stem not in {kebab(name) for name in known | pieces}:
            yield path, f"no pass of {table} has this name"


def ops(table):
    """(name, text) of each op defined in a .td file."""
    body = text(table)
    starts = [(match.start(), match[1]) for match in OP.finditer(body)]
    for (start, name), end in zip(starts, [start for start, _ in starts[1:]] + [len(body)]):
        yield name, body[start:end]


def check_constraints(folder):
    """The constraints of each op: numbered from 1 without gaps, `// C<n>` in a verifier, `@<op>_c<n>` in a test."""
    sources = "".join(text(path) for path in tracked(".cpp", ".h", ".td") if path.parent == folder)
    tests = "".join(text(path) for path in tracked(".mlir") if path.parent == "test" / folder)
    for table in tracked(".td"):
        if table.parent != folder:
            continue
        for name, body in ops(table):
            numbers = sorted({int(number) for number in re.findall(r"\(C(\d+)\)", body)})
            if numbers != list(range(1, len(numbers) + 1)):
                yield table, f"op {name} numbers its constraints {numbers}, not from 1 without gaps"
            symbol = name.replace(".", "_")
            for number in numbers:
                if not re.search(rf"\bC{number}\b(?!\))", sources):
                    yield table, f"no verifier names C{number} of op {name}"
                if not re.search(rf"@{symbol}_c{number}\b", tests):
                    yield table, f"constraint C{number} of op {name} has no test @{symbol}_c{number} in test/{folder}"


def main():
    problems = []
    for path in tracked(".td"):
        if path.name == "Passes.td":
            problems += check_passes(path.parent)
    for folder in sorted({path.parent for path in tracked(".td") if path.parts[0] == "dialects"}):
        problems += check_constraints(folder)
    finish("names", problems)


main()
