#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares rendered chats with Jinja's, as transformers renders them, on any template.

    check-templates.py --tools BUILD-FOLDER [--chats CHATS.json] TEMPLATE…   a .jinja, .gguf or tokenizer_config.json file
"""
import argparse
import importlib
import json
import os
import sys
import tempfile

from text_tools import TextCheck, make_section, source_of

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../frontends/text"))
cases = importlib.import_module("template-cases")

parser = argparse.ArgumentParser()
parser.add_argument("--tools", required=True, help="folder with text-section and text-check")
parser.add_argument("--chats", help="a JSON list of cases with template, messages, prompt, text instead of the built-in chats")
parser.add_argument("templates", nargs="*")
args = parser.parse_args()
tokens = ["<s>", "</s>", "<unk>"]


def template_of(path):
    if path.endswith(".gguf"):
        return source_of(path)["chatTemplate"]
    if path.endswith(".json"):
        return json.load(open(path))["chat_template"]
    return open(path).read()


wrong = total = 0
with tempfile.TemporaryDirectory() as folder:
    section = os.path.join(folder, "section")

    def compare(name, template, chats):
        global wrong, total
        source = {"model": "llama", "tokens": tokens, "scores": [0.0, 0.0, 0.0], "bos": 0, "eos": 1, "unknown": 2, "chatTemplate": template}
        total += len(chats)
        try:
            make_section(os.path.join(args.tools, "text-section"), source, section)
        except RuntimeError as error:
            wrong += len(chats)
            return print(f"{name}: {error}\n  {template[:200]!r}")
        got = TextCheck(os.path.join(args.tools, "text-check"), section).render([(m, p) for m, p, _ in chats])
        for (_, _, want), text in zip(chats, got):
            if text != want:
                wrong += 1
                print(f"{name}\n  template {template[:300]!r}\n  want {want!r}\n  got  {text!r}")

    if args.chats:
        for case in json.load(open(args.chats)):
            compare(case["name"], case["template"], [(case["messages"], case["prompt"], case["text"])])
    for path in args.templates:
        template = template_of(path)
        compare(path, template, [(m, p, cases.render(template, m, p, cases.TOKENS)) for m in cases.CHATS.values() for p in (True, False)])
print(f"{total - wrong} of {total} chats rendered alike")
sys.exit(wrong > 0)
