#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""flip-byte.py PROGRAM OUT WHERE   copies a program with one bit flipped: in the first place of the text WHERE behind the headers, or,
for 'weights', in the middle of what lies at 2 MB."""
import os
import sys

program, out, where = sys.argv[1:]
data = bytearray(open(program, "rb").read())
at = (2 * 1024 * 1024 + 300_000) if where == "weights" else data.index(where.encode(), 64)
data[at] ^= 1
with open(out, "wb") as file:
    file.write(data)
os.chmod(out, 0o755)
