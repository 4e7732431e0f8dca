#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares the tokeniser of a GGUF file with recorded ids, and decodes them again.

    check-tokens.py --tools BUILD-FOLDER MODEL.gguf CASES.json        [[text, ids], …]"""
import argparse
import json
import os
import sys
import tempfile

from text_tools import TextCheck, make_section, source_of

parser = argparse.ArgumentParser()
parser.add_argument("--tools", required=True, help="folder with text-section and text-check")
parser.add_argument("model")
parser.add_argument("cases")
args = parser.parse_args()

with tempfile.TemporaryDirectory() as folder:
    section = os.path.join(folder, "section")
    make_section(os.path.join(args.tools, "text-section"), source_of(args.model), section)
    check = TextCheck(os.path.join(args.tools, "text-check"), section)
    print(check.run(b"", "info").decode().strip(), f"section {os.path.getsize(section):,} bytes")
    cases = json.load(open(args.cases))
    strings = [case[0].encode("utf-16", "surrogatepass").decode("utf-16") for case in cases]
    wrong = [(s, i, got) for (s, (_, i), got) in zip(strings, cases, check.encode(strings)) if i != got]
    back = [(s, got) for s, got in zip(strings, check.decode([c[1] for c in cases])) if s.encode() != got]
for s, want, got in wrong[:5]:
    print("text", repr(s), "\n  want", want, "\n  got ", got)
for s, got in back[:5]:
    print("text", repr(s.encode()), "\n  came back as", got)
print(f"{len(cases) - len(wrong)} of {len(cases)} encoded alike, {len(cases) - len(back)} decoded to the text")
sys.exit(bool(wrong or back))
