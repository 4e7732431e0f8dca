#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""programs.py FOLDER   lists the programs of a cache with what a new compilation would change: inode and size."""
import pathlib
import sys

files = [path for path in pathlib.Path(sys.argv[1]).rglob("*") if path.is_file() and path.stat().st_size > 1 << 20]
assert files, "the cache holds no program"
for path in sorted(files):
    print(path, path.stat().st_ino, path.stat().st_size)
