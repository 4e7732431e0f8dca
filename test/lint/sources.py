# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What every lint needs: the tracked files and one way of reporting."""
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def tracked(*suffixes):
    """Paths of the tracked files with one of the suffixes (all files without), relative to the root; new, not yet ignored files too."""
    listing = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True).stdout
    paths = sorted({pathlib.Path(name) for name in listing.decode().split("\0") if name})
    return [path for path in paths if (ROOT / path).is_file() and (not suffixes or path.suffix in suffixes)]


def text(path):
    return (ROOT / path).read_text(encoding="utf-8", errors="replace")


def finish(name, problems):
    """Prints the problems, each (path or path:line, what is wrong), and leaves with the status that the caller's shell wants."""
    for place, what in problems:
        print(f"{place}: error: {what}")
    print(f"{name}: {'ok' if not problems else f'{len(problems)} problems'}")
    sys.exit(bool(problems))
