#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""check-examples.py FOLDER: do the examples in the op descriptions of FOLDER/*/*.td hold? An example is backticked IR that names an op,
type or attribute of the folder's dialect. It becomes a module of its own, in which nothing needs an order; values that it only uses are
defined behind it. Their types are those that the parser found there: it is asked until it has nothing to complain about."""
import pathlib
import re
import subprocess
import sys

OP = re.compile(r'^def\s+\w+\s*:\s*\w+<"([\w.]+)"', re.M)
FENCED, INLINE = re.compile(r"```\n(.*?)```", re.S), re.compile(r"`([^`]+)`")
WRONG_TYPE = re.compile(r"definition of SSA value '(%\w+)#0' has type")
FOUND_TYPE = re.compile(r"previously used here with type '(.*)'")
# Ends of regions: the ops around them show them in their places.
INSIDE = ("kernel.yield", "kernel.return")


class Example:
    def __init__(self, table, dialect, text):
        self.table, self.text = table, text
        self.op = next(iter(re.findall(rf"\b({dialect}\.\w+)", text)), None) if text[0] not in "!#" else text
        self.types, self.error = {}, None

    def module(self, kernel):
        body = self.text
        if body.startswith("!"):
            return f"func.func private @example({body})"
        if body.startswith("#"):
            return f"func.func private @example() attributes {{example = {body}}}"
        made = {name for line in body.splitlines() for name in re.findall(r"%\w+", (re.match(r"\s*(%[^=]*) = ", line) or [""])[0])}
        made |= set(re.findall(r"(%\w+): ", body))
        for name in sorted(set(re.findall(r"%\w+", body)) - made):
            self.types.setdefault(name, "none")
        lines = [body] if "kernel.func" in body else [kernel, body]
        for name, found in self.types.items():
            maker = "plan.buffer arena 64" if found == "!plan.buffer" else f"builtin.unrealized_conversion_cast to {found}"
            lines.append(f"{name} = {maker}")
        return "\n".join(lines)


def examples_of(table):
    """The examples of a file, and the ops without one."""
    body, dialect = table.read_text(), table.parent.name
    starts = [match.start() for match in OP.finditer(body)]
    sections = [body[begin:end] for begin, end in zip([0] + starts, starts + [len(body)])]
    examples, bare, ops = [], [], 0
    for section in sections:
        texts = [text for description in re.findall(r"description = \[\{(.*?)\}\];", section, re.S)
                 for text in FENCED.findall(description) + INLINE.findall(FENCED.sub("", description))]
        texts = [text.strip() for text in texts]
        texts = [text for text in texts if re.match(rf"(%[\w:, ]+ = )?{dialect}\.\w+ |[!#]{dialect}\.\w+<", text)]
        match = OP.match(section)
        if match and (re.match(r"[A-Z]\w*$", match[1]) is None) and "Op<" in section.split('"')[0]:
            ops += 1
            if not any(f"{dialect}.{match[1]}" in text for text in texts):
                bare.append(f"{dialect}.{match[1]}")
        examples += [Example(table, dialect, text) for text in texts]
    return examples, bare, ops


def run(source):
    """The printed module and what was said, None for what it didn't accept."""
    done = subprocess.run(["ingot-opt", "-"], input=source, capture_output=True, text=True)
    return (done.stdout if done.returncode == 0 else None), done.stderr


def check(example, kernel):
    while True:
        printed, said = run(example.module(kernel))
        wrong, found = WRONG_TYPE.search(said), FOUND_TYPE.search(said)
        if not (wrong and found and example.types.get(wrong[1]) == "none"):
            break
        example.types[wrong[1]] = found[1]
    if printed is None:
        return re.search(r"error: (.*)", said)[1]
    return None if run(printed)[0] == printed else "prints differently when read again"


def main():
    tables = sorted(pathlib.Path(sys.argv[1]).glob("*/*.td"))
    parts = [(table, *examples_of(table)) for table in tables]
    examples = [example for _, found, _, _ in parts for example in found if example.op not in INSIDE]
    problems = [f"{table}: error: op {op} has no example" for table, _, bare, _ in parts for op in bare]
    kernel = next((example.text for example in examples if "kernel.func" in example.text), "")
    for example in examples:
        if why := check(example, kernel):
            problems.append(f"{example.table}: error: example of {example.op}: {why}")
    for problem in problems:
        print(problem, file=sys.stderr)
    if not problems:
        print(f"all {len(examples)} examples of {sum(ops for *_, ops in parts)} ops are good")
    sys.exit(1 if problems else 0)


main()
