# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the scripts here share: a GGUF file's tokeniser as a text section, and text-check over many cases."""
import json
import struct
import subprocess
import sys

KEYS = {"model": "model", "pre": "pre", "tokens": "tokens", "token_type": "tokenTypes", "scores": "scores", "merges": "merges",
        "bos_token_id": "bos", "eos_token_id": "eos", "eot_token_id": "eot", "eom_token_id": "eom", "unknown_token_id": "unknown",
        "padding_token_id": "padding", "add_bos_token": "addBos", "add_eos_token": "addEos", "add_space_prefix": "addSpacePrefix"}


def source_of(path):
    """The fields of TokenizerSource. Needs the gguf package."""
    import gguf
    fields = gguf.GGUFReader(path).fields
    source = {ours: fields["tokenizer.ggml." + theirs].contents() for theirs, ours in KEYS.items() if "tokenizer.ggml." + theirs in fields}
    if "tokenizer.chat_template" in fields:
        source["chatTemplate"] = fields["tokenizer.chat_template"].contents()
    return source


def make_section(text_section, source, path):
    with open(path + ".json", "w") as f:
        json.dump(source, f)
    done = subprocess.run([text_section, path + ".json", path], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr.strip())


def text(data):
    data = data if isinstance(data, bytes) else data.encode()
    return struct.pack("<I", len(data)) + data


def texts(data):
    found, at = [], 0
    while at < len(data):
        (size,) = struct.unpack_from("<I", data, at)
        found.append(data[at + 4:at + 4 + size])
        at += 4 + size
    return found


class TextCheck:
    def __init__(self, program, section):
        self.program, self.section = program, section

    def run(self, data, *mode):
        done = subprocess.run([self.program, self.section, *mode], input=data, capture_output=True)
        if done.returncode:
            sys.exit(f"text-check {' '.join(mode)}: exit {done.returncode}: {done.stderr.decode()}")
        return done.stdout

    def ids(self, data, *mode):
        return [[int(i) for i in line.split()] for line in self.run(data, *mode).decode().split("\n")[:-1]]

    def encode(self, cases, *options):
        return self.ids(b"".join(map(text, cases)), "encode", *options)

    def decode(self, ids):
        return texts(self.run("".join(" ".join(map(str, i)) + "\n" for i in ids).encode(), "decode"))

    @staticmethod
    def chats(cases):
        return b"".join(struct.pack("<II", len(messages), prompt) + b"".join(text(m["role"]) + text(m["content"]) for m in messages)
                        for messages, prompt in cases)

    def render(self, cases):
        return [t.decode() for t in texts(self.run(self.chats(cases), "render"))]

    def chat(self, cases):
        return self.ids(self.chats(cases), "chat")
