#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""expect-error.py CODE FOLDER COMMAND...   runs the command in the folder and prints what it says. It must exit with CODE and leave
the folder as it was: nothing at OUT, nothing half written beside it, no input changed."""
import pathlib
import subprocess
import sys


def contents(folder):
    return {str(path): path.is_file() and path.read_bytes() for path in folder.rglob("*")}


code, folder, command = int(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3:]
before = contents(folder)
result = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
print(result.stdout.decode(errors="replace"), end="")
after = contents(folder)
changed = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
if changed:
    print(f"expect-error.py: the command left its traces: {', '.join(changed)}")
if result.returncode != code:
    print(f"expect-error.py: exit code {result.returncode}, expected {code}")
sys.exit(bool(changed) or result.returncode != code)
