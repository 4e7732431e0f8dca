#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks the tokeniser and chat-template cases of a conformance model: each of its GGUF files against its reference.json.

    check-conformance.py --tools BUILD-FOLDER MODEL-FOLDER…"""
import argparse
import glob
import json
import os
import sys
import tempfile

from text_tools import TextCheck, make_section, source_of

parser = argparse.ArgumentParser()
parser.add_argument("--tools", required=True, help="folder with text-section and text-check")
parser.add_argument("folders", nargs="+")
args = parser.parse_args()
wrong = 0


def compare(name, what, want, got):
    global wrong
    if want != got:
        wrong += 1
        print(f"{name}: {what!r}\n  want {want}\n  got  {got}")


for folder in args.folders:
    reference = json.load(open(os.path.join(folder, "reference.json")))
    for path in sorted(glob.glob(os.path.join(folder, "*.gguf"))):
        with tempfile.TemporaryDirectory() as temporary:
            section = os.path.join(temporary, "section")
            make_section(os.path.join(args.tools, "text-section"), source_of(path), section)
            check = TextCheck(os.path.join(args.tools, "text-check"), section)
            texts = reference["tokenizer_cases"]
            for case, ids in zip(texts, check.encode([c["text"] for c in texts], "special", "bos")):
                compare(path, case["text"], case["ids"], ids)
            plain = check.encode([c["text"] for c in texts])
            for case, text in zip(texts, check.decode(plain)):
                compare(path, "decoded", case["text"].encode(), text)
            chats = reference["chat_cases"]
            messages = [(c["messages"], True) for c in chats]
            for case, text, ids in zip(chats, check.render(messages), check.chat(messages)):
                compare(path, case["messages"], case["text"], text)
                compare(path, case["messages"], case["ids"], ids)
        print(f"{path}: {len(texts)} texts, {len(chats)} chats")
print(f"{wrong} differ")
sys.exit(wrong > 0)
