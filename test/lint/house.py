#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The house rules that a script can see: licence line, folder READMEs, file lengths and sizes, names, no traces of one machine."""
import re

from sources import ROOT, finish, text, tracked

LICENCE = "SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception"
CODE = {".h", ".cpp", ".td", ".py", ".cmake", ".mlir", ".test", ".S", ".ll"}
LINES_MAX, README_LINES_MAX = 600, 30
BYTES_MAX = 2 << 20
GRAB_BAGS = re.compile(r"^(utils?|common|helpers?|misc)$", re.I)
# Folders of one machine, with something below them; a $VARIABLE before the slash is no such path.
MACHINE_PATH = re.compile(r"(?<![\w.$})%*-])/(work|farm|root|home/(?!someone)\w+)/")
TODO = re.compile(r"\b(TODO|FIXME|XXX)\b(?!\(#\d+\))")


def is_data(path):
    return path.parts[:2] in (("test", "data"), ("licenses",)) or path.parts[0] == "licenses"


def is_code(path):
    return path.suffix in CODE or path.name == "CMakeLists.txt" or (not path.suffix and text(path).startswith("#!"))


def check_file(path):
    size = (ROOT / path).stat().st_size
    for part in (*path.parts[:-1], path.stem):
        if GRAB_BAGS.match(part):
            yield path, f"'{part}' says nothing: name the idea"
    if is_data(path):
        return
    if size > BYTES_MAX:
        yield path, f"{size} bytes, at most {BYTES_MAX} outside test/data: let a script make it"
        return
    content = text(path)
    if "\0" in content:
        return
    lines = content.splitlines()
    if is_code(path):
        if not any(LICENCE in line for line in lines[:2]):
            yield path, f"the first line (after #!) must say {LICENCE}"
        if len(lines) > LINES_MAX:
            yield path, f"{len(lines)} lines, at most {LINES_MAX}: which two ideas live here?"
    if content and not content.endswith("\n"):
        yield path, "the last line has no end"
    for number, line in enumerate(lines, 1):
        if match := MACHINE_PATH.search(line):
            yield f"{path}:{number}", f"'{match[0]}' is a path of one machine"
        if path.name != "house.py" and (match := TODO.search(line)):
            yield f"{path}:{number}", f"{match[0]} without an issue: write TODO(#12): …"


def check_readmes(paths):
    """Each folder with sources says in at most 30 lines what it is."""
    folders = {folder for path in paths if is_code(path) for folder in path.parents if folder.parts}
    for folder in sorted(folders):
        if folder.parts[0] == "test" and len(folder.parts) > 1 and (ROOT / folder.parts[1]).is_dir():
            continue  # mirrors a source folder, whose README speaks for both
        if folder.parts[0].startswith(".") or is_data(folder / "x"):
            continue
        readme = folder / "README.md"
        if not (ROOT / readme).exists():
            yield folder, "no README.md"
        elif (count := len(text(readme).splitlines())) > README_LINES_MAX:
            yield readme, f"{count} lines, at most {README_LINES_MAX}"


def main():
    paths = [path for path in tracked() if not (ROOT / path).is_symlink()]
    problems = [found for path in paths for found in check_file(path)]
    finish("house", problems + list(check_readmes(paths)))


main()
